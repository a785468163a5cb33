"""The commands that ask a server: what stands on the output, what on the error stream, and how they end."""

from __future__ import annotations

import csv
import io
import json
import os
import signal
import subprocess
import sys

import pandas as pd
import pexpect
import pytest
from typer.testing import CliRunner

import operate_frames as of
from operate_frames.cli.app import app
from operate_frames.sandbox import serve
from operate_frames.schema.resources import RESOURCES
from operate_frames.signin.named import connections_file
from tests.support.servers import DATASET

COMMAND = [sys.executable, "-m", "operate_frames"]
WORDS = {"process_instances": "instances", "process_definitions": "definitions"}
KEY = "process_instance_key"


@pytest.fixture(scope="module")
def server():
    with serve(auth="none", version="8.10", data=DATASET) as server:
        yield server


@pytest.fixture
def operate(server):
    with of.connect(server.base_url, auth="none") as operate:
        yield operate


@pytest.fixture
def command(server, monkeypatch):
    monkeypatch.setenv("CAMUNDA_AUTH_STRATEGY", "NONE")

    def run(*words):
        asks = words[0] in {"count", "read", "export", "explain", "xml", "doctor"}
        return CliRunner().invoke(app, [*map(str, words), *(["--base-url", server.base_url] if asks else [])])

    return run


def rows_of(done):
    return list(csv.DictReader(io.StringIO(done.stdout)))


@pytest.mark.parametrize("resource", RESOURCES)
def test_every_resource_is_counted_read_and_exported_by_its_readers_word(command, operate, resource, tmp_path):
    word = WORDS.get(resource, resource).replace("_", "-")
    table = of.search(resource, operate=operate).to_arrow()

    counted, read = command("count", word), command("read", word, "--format", "json")
    exported = command("export", word, tmp_path / "rows.parquet")

    assert (counted.exit_code, counted.stdout) == (0, f"{table.num_rows}\n")
    rows = [json.loads(line) for line in read.stdout.splitlines()]
    assert len(rows) == table.num_rows
    assert list(rows[0]) == table.column_names
    assert exported.exit_code == 0
    assert exported.stdout == ""
    assert len(pd.read_parquet(tmp_path / "rows.parquet")) == table.num_rows


@pytest.mark.parametrize(
    ("words", "asked"),
    [
        (["--state", "ACTIVE"], {"state": "ACTIVE"}),
        (["--state", "ACTIVE", "--state", "COMPLETED"], {"state": ["ACTIVE", "COMPLETED"]}),
        (["--state", "exclude(ACTIVE)"], {"state": of.exclude("ACTIVE")}),
        (["--process-definition-id", "like(o*)"], {"process_definition_id": of.like("o*")}),
        (["--process-definition-version", "2"], {"process_definition_version": 2}),
        (["--process-definition-version", "between(1, 2)"], {"process_definition_version": of.between(1, 2)}),
        (["--end-date", "NA"], {"end_date": pd.NA}),
        (["--start-date", "between(2026-09, None)"], {"start_date": of.between("2026-09", None)}),
        (["--has-incident", "true"], {"has_incident": True}),
        (["--with-variables", "amount=between(100, None)"], {"with_variables": {"amount": of.between(100, None)}}),
        (["--with-variables", "customer=Ada Lovelace"], {"with_variables": {"customer": "Ada Lovelace"}}),
        (
            ["--with-variables", "amount=50", "--with-variables", "amount=200"],
            {"with_variables": {"amount": [50, 200]}},
        ),
        (["--with-variables", "customer=exclude(NA)"], {"with_variables": {"customer": of.exclude(pd.NA)}}),
        (["--sort", "-start_date", "--limit", "5"], {"sort": "-start_date", "limit": 5}),
    ],
    ids=str,
)
def test_filters_mean_what_they_mean_in_python(command, operate, words, asked):
    frame = of.read_instances(operate=operate, **asked)

    done = command("read", "instances", *words)

    assert done.exit_code == 0, done.stderr
    keys = [int(row[KEY]) for row in rows_of(done)]  # without a sort they come as the server walks
    assert (keys if "sort" in asked else sorted(keys)) == frame[KEY].tolist()
    assert len(frame)


def test_columns_variables_and_incidents(command, operate):
    asked = {"columns": [KEY, "state"], "variables": ["customer", "amount"], "incidents": True}
    frame = of.read_instances(operate=operate, **asked)

    done = command(
        "read", "instances", "--columns", f"{KEY},state", "--variables", "customer,amount", "--incidents"
    )  # fmt: skip
    whole = command("read", "instances", "--variables", "all", "--format", "json")

    assert list(rows_of(done)[0]) == list(frame.columns)
    assert [row["open_incidents"] for row in rows_of(done)] == frame["open_incidents"].astype(str).tolist()
    assert "uni" in json.loads(whole.stdout.splitlines()[0])


def test_a_table_is_for_whoever_looks(command, operate):
    done = command("read", "definitions", "--format", "table")

    for name in of.read_definitions(operate=operate)["process_definition_id"]:
        assert name in done.stdout
    assert command("read", "instances", "--process-instance-key", "1", "--format", "table").stdout.startswith(
        "no rows of"
    )


def test_parquet_goes_to_a_pipe(server):
    command = [*COMMAND, "read", "incidents", "--format", "parquet", "--base-url", server.base_url]
    done = subprocess.run(
        command, capture_output=True, timeout=60, check=True, env={**os.environ, "CAMUNDA_AUTH_STRATEGY": "NONE"}
    )

    assert len(pd.read_parquet(io.BytesIO(done.stdout))) > 3


def test_no_byte_order_mark_stands_on_the_output(command):
    assert command("read", "incidents").stdout_bytes.startswith(b"incident_key,")


@pytest.mark.parametrize(
    ("words", "status", "said"),
    [
        (["count", "instances", "--state", "ACTIV"], 2, "did you mean 'ACTIVE'?"),
        (["read", "instances", "--columns", "stat"], 2, "did you mean 'state'?"),
        (["read", "instances", "--start-date", "between(2026-09-01)"], 2, "has not two ends"),
        (["read", "instances", "--start-date", "soon"], 2, "is no date"),
        (["read", "instances", "--with-variables", "amount"], 2, "takes NAME=VALUE"),
        (["read", "instances", "--process-instance-key", "x"], 2, "takes an integer"),
        (["export", "instances", "x.doc"], 2, "names no format"),
        (["export", "instances", "no/such/x.csv"], 2, "there is no folder"),
        (["xml", "no such"], 1, "There is no process 'no such'"),
        (["xml", "order", "--version", "99"], 1, "There is no process 'order' with version 99"),
        (["xml", "17"], 1, "17"),
        (["login", "--name", "a b"], 1, "cannot name a connection"),
    ],
    ids=str,
)
def test_trouble_is_one_sentence_and_a_status(command, words, status, said):
    done = command(*words)

    assert done.exit_code == status
    assert done.stdout == ""
    assert done.stderr.startswith("operate-frames: ")
    assert said in done.stderr
    assert len(done.stderr.strip().splitlines()) == 1


def test_an_option_that_there_is_not_names_those_that_there_are(command):
    done = command("read", "instances", "--stat", "ACTIVE")

    assert done.exit_code == 2
    assert "--state" in done.stderr


def test_a_server_that_is_not_there_and_two_that_are_named():
    env = {**os.environ, "CAMUNDA_AUTH_STRATEGY": "NONE"}
    gone = CliRunner().invoke(app, ["count", "instances", "--base-url", "http://127.0.0.1:9"], env=env)
    two = CliRunner().invoke(app, ["count", "instances", "--base-url", "http://x", "--connection", "prod"], env=env)

    assert gone.exit_code == two.exit_code == 1
    assert "Nothing listens at http://127.0.0.1:9" in gone.stderr
    assert "leave --base-url and --env-file out" in two.stderr


def test_a_cut_export_is_no_success(command, tmp_path):
    done = command("export", "instances", tmp_path / "rows.csv", "--limit", "5")
    again = command("export", "instances", tmp_path / "rows.csv", "--limit", "5", "--resume")

    assert (done.exit_code, again.exit_code) == (3, 3)
    assert "cut by limit=5" in done.stderr
    assert command("export", "instances", tmp_path / "rows.csv", "--excel", "de", "--sep", ";").exit_code == 0
    assert b'="2251799813685271"' in (tmp_path / "rows.csv").read_bytes().replace(b'""', b'"')


def test_explain_and_xml(command, operate):
    said = command("explain", "instances", "--state", "ACTIVE", "--variables", "amount", "--probe").stdout
    key = of.read_definitions(operate=operate, process_definition_id="order", sort="-version")[
        "process_definition_key"
    ][0]

    assert "then reads variables amount" in said
    assert "sent for this explanation" in said
    assert command("xml", "order").stdout == command("xml", key).stdout
    assert "<bpmn:process " in command("xml", "order", "--version", "1").stdout


def test_head_ends_it_quietly(server):
    environment = {**os.environ, "CAMUNDA_AUTH_STRATEGY": "NONE"}
    reading = f"{' '.join(COMMAND)} read variables --page-size 10 --base-url {server.base_url}"
    script = f"{reading} | head -n 1; echo ${{PIPESTATUS[0]}}"
    done = subprocess.run(
        ["bash", "-c", script], capture_output=True, text=True, timeout=60, check=True, env=environment
    )

    assert done.stdout.splitlines()[0].startswith("variable_key,")
    assert done.stdout.splitlines()[1] == "0"
    assert done.stderr == ""


def test_ctrl_c_says_where_it_stands():
    with serve(auth="none", instances=20_000, delay=0.05) as slow:
        with subprocess.Popen(
            [*COMMAND, "read", "instances", "--base-url", slow.base_url, "--format", "json"],
            stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True,
            env={**os.environ, "CAMUNDA_AUTH_STRATEGY": "NONE"},
        ) as reading:  # fmt: skip
            reading.stdout.readline()
            reading.send_signal(signal.SIGINT)
            _, errors = reading.communicate(timeout=30)

    assert reading.returncode == 130
    assert errors.startswith("operate-frames: Interrupted")
    assert "Traceback" not in errors


def test_debug_shows_what_is_sent_and_no_secret(monkeypatch):
    with serve(auth="cookie", data=DATASET) as server:
        environment = {
            "CAMUNDA_COOKIE_AUTH_USERNAME": server.username,
            "CAMUNDA_COOKIE_AUTH_PASSWORD": "s3cret-l3tters",
        }
        done = subprocess.run(
            [*COMMAND, "--debug", "count", "instances", "--base-url", server.base_url],
            capture_output=True, text=True, timeout=60, check=False, env={**os.environ, **environment},
        )  # fmt: skip

    assert done.returncode == 1
    assert "operate_frames" in done.stderr
    assert "s3cret-l3tters" not in done.stdout + done.stderr


def test_doctor_says_what_holds_step_by_step(command):
    done, as_json = command("doctor"), command("doctor", "--json")

    assert done.exit_code == 0
    steps = json.loads(as_json.stdout)
    assert [step["name"] for step in steps] == [
        "settings", "DNS", "server", "clock", "sign-in", "API", *RESOURCES
    ]  # fmt: skip
    assert {step["outcome"] for step in steps} == {"ok"}
    assert all(step["name"] in done.stdout for step in steps)


@pytest.mark.parametrize(
    ("environment", "failing", "said"),
    [
        ({"CAMUNDA_OPERATE_BASE_URL": "http://no-such-host.invalid"}, "DNS", "no-such-host.invalid is not known"),
        ({"CAMUNDA_OPERATE_BASE_URL": "http://127.0.0.1:9"}, "server", "Nothing listens"),
        ({"CAMUNDA_OPERATE_BASE_URL": "ftp://127.0.0.1"}, "settings", "ftp"),
        ({}, "settings", "base_url"),
    ],
    ids=lambda value: value if isinstance(value, str) else "",
)
def test_doctor_names_the_step_that_fails(environment, failing, said):
    done = CliRunner().invoke(app, ["doctor", "--json"], env={"CAMUNDA_AUTH_STRATEGY": "NONE", **environment})

    assert done.exit_code == 1
    steps = {step["name"]: step for step in json.loads(done.stdout)}
    assert steps[failing]["outcome"] == "failed"
    assert said in steps[failing]["said"]
    names = list(steps)
    assert {step["outcome"] for step in list(steps.values())[names.index(failing) + 1 :]} <= {"not tried"}


def test_doctor_tells_a_wrong_password_from_a_server_that_is_not_there():
    with serve(auth="cookie", data=DATASET) as server:
        environment = {"CAMUNDA_COOKIE_AUTH_USERNAME": server.username, "CAMUNDA_COOKIE_AUTH_PASSWORD": "wrong"}
        done = CliRunner().invoke(app, ["doctor", "--base-url", server.base_url], env=environment)

    assert "ok        server" in done.stdout
    assert "failed    sign-in" in done.stdout
    assert "not tried API" in done.stdout
    assert "wrong" not in done.stdout.replace("wrong, unknown", "").replace("is wrong", "")


def test_login_keeps_a_connection_that_other_commands_use(tmp_path):
    clean = {name: value for name, value in os.environ.items() if name != "CI"}
    with serve(auth="cookie", data=DATASET) as server:
        child = pexpect.spawn(
            COMMAND[0], [*COMMAND[1:], "login", "--name", "prod"], env=clean, encoding="utf-8", timeout=30
        )
        child.expect("Kind of server")
        child.sendline("3")
        child.expect("Base URL of Operate")
        child.sendline(server.base_url)
        child.expect("User name")
        child.sendline(server.username)
        child.expect("Password")
        child.sendline(server.password)
        child.expect("Keep the secret in .*prod.env, which only you can read")
        child.sendline("y")
        child.expect("Kept as 'prod'")
        child.expect(pexpect.EOF)
        child.close()
        assert child.exitstatus == 0
        counted = CliRunner().invoke(app, ["count", "instances", "--connection", "prod"])
        doctor = CliRunner().invoke(app, ["doctor", "--connection", "prod"])

    assert counted.stdout == "145\n"
    assert "the connection 'prod'" in doctor.stdout
    assert "password" not in connections_file().read_text(encoding="utf-8")


@pytest.mark.parametrize("word", ["count", "read", "export", "explain"])
def test_help_names_every_filter(word):
    for resource in RESOURCES.values() if word == "read" else [RESOURCES["process_instances"]]:
        said = CliRunner().invoke(
            app, [word, WORDS.get(resource.name, resource.name).replace("_", "-"), "--help"], env={"COLUMNS": "200"}
        )
        assert said.exit_code == 0
        missing = [name for name in resource.filters if f"--{name.replace('_', '-')}" not in said.stdout]
        assert missing == []
