"""`operate-frames report`: the figures in the page are those of reports, the page is harmless, and files are whole."""

from __future__ import annotations

import json
import re
from contextlib import ExitStack
from pathlib import Path

import pandas as pd
import pytest
from typer.testing import CliRunner

import operate_frames as of
from operate_frames.cli.app import app
from operate_frames.sandbox import serve
from tests.support.falsifying_proxy import falsified
from tests.support.laid_out import tasks
from tests.support.report_page import ReportPage
from tests.support.scripted import Answer
from tests.support.servers import DATASET

BOTH = pytest.mark.parametrize("api", ["v1", pytest.param("v2", marks=pytest.mark.matrix)])
MISSING = "\N{EN DASH}"
SECTIONS = [
    "Diagram",
    "Cycle times by version",
    "Throughput",
    "Bottlenecks",
    "Incidents",
    "Variants",
    "Stuck instances",
    "How complete it is",
]
HOSTILE = '<script>alert("x")</script> & \' </style> $\\frac{ \u202e'


@pytest.fixture(scope="module")
def company():
    """A company with its collaborations, over each API."""
    with ExitStack() as running:
        found = {}
        for api, version in {"v1": "8.6", "v2": "8.9"}.items():
            server = running.enter_context(serve(auth="none", version=version, collaborations=300))
            operate = running.enter_context(of.connect(server.base_url, auth="none"))
            assert operate.api.name == api
            found[api] = operate
        yield found


@pytest.fixture
def operate(api, company):
    return company[api]


@pytest.fixture
def recorded():
    with serve(auth="none", data=DATASET) as server:
        yield server


@pytest.fixture
def report(tmp_path, monkeypatch):
    """Ask for a page of a server; gives what the command said, and the page or None."""
    monkeypatch.setenv("CAMUNDA_AUTH_STRATEGY", "NONE")

    def run(base_url, process, *words, output=tmp_path / "page.html"):
        asked = ["report", process, "--output", output, *words, "--base-url", base_url]
        done = CliRunner().invoke(app, [*map(str, asked)])
        return done, output.read_text(encoding="utf-8") if Path(output).is_file() else None

    return run


@pytest.fixture
def old_page(tmp_path):
    file = tmp_path / "page.html"
    file.write_text("the old one", encoding="utf-8")
    return file


def page_of(asked):
    done, text = asked
    assert (done.exit_code, done.stdout, done.stderr) == (0, "", ""), done.exception
    return ReportPage(text)


def column(rows, heading):
    return [None if row[heading] == MISSING else float(row[heading]) for row in rows]


def figures(frame, name):
    return [None if pd.isna(value) else pytest.approx(float(value), rel=1e-12) for value in frame[name]]


@BOTH
@pytest.mark.parametrize("process", ["order", "claim", "purchase"])
def test_the_figures_are_those_of_the_reports(operate, report, process):
    page = page_of(report(operate.settings.base_url, process, "--tz", "Europe/Berlin"))
    asked = {"process_definition_id": process}
    now = page.now
    instances = of.read_instances(operate=operate, **asked)
    elements = of.read_element_instances(operate=operate, **asked)

    versions = of.compare_versions(instances, now=now)
    shown = page.tables["Cycle times by version"]
    for heading, name in {
        "started": "started",
        "completed": "completed",
        "terminated": "terminated",
        "open": "open",
        "with incident": "with_incident",
        "mean": "mean_seconds",
        "median": "median_seconds",
        "90 % within": "p90_seconds",
        "95 % within": "p95_seconds",
        "median changed by": "median_change",
        "longest": "open_max_seconds",
    }.items():
        assert column(shown, heading) == figures(versions, name), heading

    weeks = of.throughput(instances, freq="W", tz="Europe/Berlin")
    assert [row["beginning"] for row in page.tables["Throughput"]] == [f"{each:%Y-%m-%d}" for each in weeks.index]
    for heading, name in {"started": "started", "ended": "ended", "open at its end": "open"}.items():
        assert column(page.tables["Throughput"], heading) == figures(weeks, name)

    places = of.bottlenecks(elements, by="element_id", now=now)[:15]
    named = elements.drop_duplicates("element_id").set_index("element_id")["element_name"]
    shown = page.tables["Bottlenecks"]
    assert [row["element"] for row in shown] == [id_ if pd.isna(named[id_]) else named[id_] for id_ in places.index]
    for heading, name in {"ended": "count", "open": "open", "time in all": "total_seconds", "share": "share"}.items():
        assert column(shown, heading) == figures(places, name)

    ways = of.variants(elements, instances=instances)[:15]
    for heading, name in {
        "instances": "instances",
        "share": "share",
        "open": "open",
        "median": "median_seconds",
    }.items():
        assert column(page.tables["Variants"], heading) == figures(ways, name)

    stuck = of.stuck_instances(elements, instances=instances, now=now)
    shown = page.tables["Stuck instances"]
    assert [row["process instance"] for row in shown] == [*map(str, stuck.index[:15])]
    assert column(shown, "not moved for") == figures(stuck[:15], "idle_seconds")
    assert f"{len(stuck)} open instances" in page.sections["Stuck instances"]


@BOTH
def test_incidents_stand_at_their_elements_with_their_patterns(operate, report):
    page = page_of(report(operate.settings.base_url, "order"))
    looked_up = {"elements": True} if operate.api.name == "v1" else {}
    found = of.read_incidents(operate=operate, process_definition_id="order", **looked_up)
    by = ["element_id", "error_type", "message_pattern"]
    expected = of.incident_report(found, by=by, now=page.now)

    shown = page.tables["Incidents"]

    assert len(expected)
    assert [row["message"] for row in shown] == [pattern for *_, pattern in expected.index]
    assert {row["element"] for row in shown if row["open"] != "0"} == {"Charge card"}
    assert column(shown, "incidents") == figures(expected, "count")
    assert column(shown, "open") == figures(expected, "open")
    assert f"{len(found)} in all, {(found['state'] == 'ACTIVE').sum()} open" in page.sections["Incidents"]


@BOTH
def test_open_instances_are_said_and_the_drawing_is_that_of_draw(operate, report):
    _, text = report(operate.settings.base_url, "claim")
    page = ReportPage(text)
    instances = of.read_instances(operate=operate, process_definition_id="claim")
    elements = of.read_element_instances(operate=operate, process_definition_id="claim")
    drawing = of.draw("claim", heat="mean_time", counts=True, tokens=True, element_instances=elements, operate=operate)

    is_open = instances["end_date"].isna().sum()

    assert is_open
    assert f"{is_open} of {len(instances)} instances are open." in page.sections[""]
    assert list(page.sections)[1:] == SECTIONS
    inside = drawing.svg.partition(">")[2]
    assert inside in text


@BOTH
def test_only_some_instances_with_what_is_theirs(operate, report):
    url = operate.settings.base_url
    page = page_of(report(url, "claim", "--start-date", "between(2026-08-01, 2026-09-01)", "--version", "2"))
    instances = of.read_instances(
        operate=operate,
        process_definition_id="claim",
        process_definition_version=2,
        start_date=of.between("2026-08-01", "2026-09-01"),
    )
    elements = of.read_element_instances(operate=operate, process_instance_key=[*instances["process_instance_key"]])

    places = of.bottlenecks(elements, by="element_id", now=page.now)[:15]

    assert len(instances)
    assert column(page.tables["Cycle times by version"], "started") == [len(instances)]
    assert column(page.tables["Bottlenecks"], "ended") == figures(places, "count")
    assert "version 2, instances that started between(2026-08-01, 2026-09-01)" in page.sections[""]


@BOTH
def test_a_key_is_one_version_and_none_may_have_no_instances(operate, report):
    url = operate.settings.base_url
    key = of.read_definitions(operate=operate, process_definition_id="order", version=1)["process_definition_key"][0]

    of_key, of_version = (page_of(report(url, *words)) for words in ([key], ["order", "--version", "1"]))
    empty = page_of(report(url, "order", "--start-date", "2030-01"))

    assert of_key.tables["Bottlenecks"][0]["element"] == of_version.tables["Bottlenecks"][0]["element"]
    assert column(of_key.tables["Variants"], "share") == column(of_version.tables["Variants"], "share")
    assert "No instance of it was found" in empty.sections[""]
    assert list(empty.tables) == ["Reads"]


def test_who_waits_at_a_joining_gateway_is_open_and_stuck(recorded, report):
    page = page_of(report(recorded.base_url, "loan.request-ä", "--idle", "1s"))
    with of.connect(recorded.base_url, auth="none") as operate:
        ways = of.variants(operate=operate, process_definition_id="loan.request-ä")
        stuck = of.stuck_instances(operate=operate, process_definition_id="loan.request-ä", idle="1s", now=page.now)

    waiting = [row for row in page.tables["Stuck instances"] if row["stands"].startswith("at a joining gateway, after")]
    assert len(waiting) == (stuck["open_elements"] == 0).sum() > 0
    assert column(page.tables["Variants"], "open") == figures(ways, "open")


@BOTH
def test_it_says_what_was_read_when_and_how_much(operate, report):
    page = page_of(report(operate.settings.base_url, "order"))

    assert [row["read"] for row in page.tables["Reads"]] == ["process instances", "element instances", "incidents"]
    assert [int(row["rows"]) for row in page.tables["Reads"]] == [
        len(read(operate=operate, process_definition_id="order"))
        for read in (of.read_instances, of.read_element_instances, of.read_incidents)
    ]
    assert column(page.tables["Reads"], "the server counts") == column(page.tables["Reads"], "rows")
    assert all(row["second look"] for row in page.tables["Reads"])


@pytest.fixture
def hostile(tmp_path):
    """The recorded rows with names and messages that would do harm, and a model that has them, too."""
    rows = json.loads(DATASET.read_text(encoding="utf-8"))
    for definition in rows["process-definitions"]["search"]:
        definition["name"] = HOSTILE
    for element in rows["flownode-instances"]["search"]:
        element["flowNodeName"] = HOSTILE
        element["flowNodeId"] = "t0"
    for incident in rows["incidents"]["search"]:
        incident["message"] = HOSTILE
    name = HOSTILE.replace("&", "&amp;").replace("<", "&lt;").replace('"', "&quot;")
    model = tasks(name).replace('id="p"', 'id="order"').replace('bpmnElement="p"', 'bpmnElement="order"')
    rows["process-definitions"]["xml"] = dict.fromkeys(rows["process-definitions"]["xml"], model)
    file = tmp_path / "hostile.json"
    file.write_text(json.dumps(rows), encoding="ascii")
    return file


@pytest.mark.parametrize("version", ["8.6", "8.9"])
def test_what_models_and_rows_say_does_no_harm(hostile, report, version):
    with serve(auth="none", version=version, data=hostile) as server:
        page = page_of(report(server.base_url, "order"))

    assert {"script", "iframe", "link", "object", "embed", "base", "form", "a"} & {tag for tag, _ in page.tags} == set()
    assert [tag for tag, _ in page.tags].count("style") == 1
    assert {name for _, attributes in page.tags for name in attributes if name.startswith("on")} == set()
    assert '<script>alert("x")</script>' in page.tables["Bottlenecks"][0]["element"]
    assert "<script>" in page.tables["Incidents"][0]["message"]
    assert "<script>" in page.sections[""]


def test_nothing_is_loaded_from_anywhere(company, report):
    _, text = report(company["v2"].settings.base_url, "purchase")
    page = ReportPage(text)

    addresses = [attributes.get(name) for _, attributes in page.tags for name in ("src", "href", "data", "xlink:href")]
    assert {address.partition(",")[0] for address in addresses if address} == {"data:image/svg+xml;base64"}
    assert set(re.findall(r"https?://[^\"'\s<]+", text)) == {"http://www.w3.org/2000/svg"}
    assert not re.search(r"url\(|@import", text)
    policy = next(attributes["content"] for tag, attributes in page.tags if "http-equiv" in attributes)
    assert policy.startswith("default-src 'none'")
    assert len([tag for tag, _ in page.tags if tag == "img"]) == 3


def test_without_the_extra_a_sentence_stands_in_the_place_of_plots(company, report, monkeypatch):
    monkeypatch.setattr("operate_frames.optional.find_spec", lambda _: None)
    page = page_of(report(company["v2"].settings.base_url, "order"))

    assert "img" not in {tag for tag, _ in page.tags}
    assert page.sections["Bottlenecks"].count("pip install 'operate-frames[plot]'") == 1
    assert {"open": ""} in [attributes for tag, attributes in page.tags if tag == "details"]


def test_a_model_that_cannot_be_drawn_leaves_the_rest(recorded, report):
    page = page_of(report(recorded.base_url, "order"))

    assert page.sections["Diagram"].startswith("There is no picture of it.")
    assert "coordinates" in page.sections["Diagram"]
    assert page.tables["Bottlenecks"]


@pytest.mark.parametrize("step", [1, 2])
def test_elements_that_the_last_version_does_not_have_are_said(hostile, report, step):
    rows = json.loads(hostile.read_text(encoding="ascii"))
    for element in rows["flownode-instances"]["search"][::step]:
        element["flowNodeId"] = "gone"
    hostile.write_text(json.dumps(rows), encoding="ascii")
    with serve(auth="none", data=hostile) as server, of.connect(server.base_url, auth="none") as operate:
        page = page_of(report(server.base_url, "order"))
        elements = of.read_element_instances(operate=operate, process_definition_id="order")

    gone = (elements["element_id"] == "gone").sum()
    assert gone
    assert "svg" in {tag for tag, _ in page.tags}
    assert f"Not in it: {gone} element instances" in page.sections["Diagram"]


@pytest.mark.parametrize(
    ("words", "status", "said"),
    [
        (["nothing"], 1, "There is no process 'nothing': count definitions shows what there is."),
        (["order", "--version", "9"], 1, "There is no process 'order' with version 9"),
        (["4711"], 1, "There is no process '4711'"),
        (["4711", "--version", "1"], 2, "is the key of one version"),
        (["order", "--tz", "Mars"], 2, "tz='Mars' is none that this machine knows"),
        (["order", "--idle", "long"], 2, "idle='long' is no length of time"),
        (["order", "--start-date", "between(1)"], 2, "has not two ends"),
        (["order", "--start-date", "soon"], 2, "start_date"),
    ],
    ids=lambda value: " ".join(value) if isinstance(value, list) else "",
)
@pytest.mark.usefixtures("old_page")
def test_trouble_is_one_sentence_and_a_status_and_the_old_page_stays(recorded, report, words, status, said):
    done, text = report(recorded.base_url, *words)

    assert (done.exit_code, done.stdout) == (status, "")
    assert said in done.stderr
    assert done.stderr.count("\n") == 1
    assert text == "the old one"


@pytest.mark.parametrize(
    ("name", "said"), [("page.txt", "name a file that ends with .html"), ("no/page.html", "there is no folder")]
)
def test_a_place_that_cannot_be_is_told_before_anything_is_sent(recorded, report, tmp_path, name, said):
    before = len(recorded.requests)
    done, _ = report(recorded.base_url, "order", output=tmp_path / name)

    assert done.exit_code == 2
    assert said in done.stderr
    assert len(recorded.requests) == before


def test_what_stood_there_is_replaced_only_at_the_end(recorded, report, old_page, tmp_path):
    seen = []

    def watch(request, pass_on):
        seen.append(([each.name for each in tmp_path.iterdir()], old_page.read_text(encoding="utf-8")))
        return pass_on(request)

    with falsified(recorded.base_url, watch) as url:
        page_of(report(url, "order"))

    assert len(seen) > 4
    assert all(each == (["page.html"], "the old one") for each in seen)
    assert [each.name for each in tmp_path.iterdir()] == ["page.html"]


@pytest.mark.usefixtures("old_page")
def test_a_read_that_fails_leaves_the_old_page(recorded, report, tmp_path):
    def refuse(request, pass_on):
        return Answer(403) if "incidents" in request.path else pass_on(request)

    with falsified(recorded.base_url, refuse) as url:
        done, text = report(url, "order")

    assert done.exit_code == 1
    assert done.stderr.startswith("operate-frames: ")
    assert text == "the old one"
    assert [each.name for each in tmp_path.iterdir()] == ["page.html"]


@pytest.mark.filterwarnings("default")
def test_rows_that_are_missing_are_said_by_the_page_and_by_the_status(recorded, report):
    def count_more(request, pass_on):
        answer = pass_on(request)
        if "flownode-instances" not in request.path:
            return answer
        said = json.loads(answer.body)
        return Answer(200, json.dumps(said | {"total": said["total"] + 2}).encode(), answer.headers)

    with falsified(recorded.base_url, count_more) as url:
        done, text = report(url, "order")

    assert (done.exit_code, done.stdout) == (3, "")
    assert "4 more than came" in done.stderr
    assert "4 rows are missing" in ReportPage(text).sections["How complete it is"]


def test_a_tenant_is_named_where_several_have_the_process(recorded, report, tmp_path):
    rows = json.loads(DATASET.read_text(encoding="utf-8"))
    theirs = [each for each in rows["process-definitions"]["search"] if each["bpmnProcessId"] == "order"]
    theirs[-1]["tenantId"] = "acme"
    for each in rows["process-instances"]["search"]:
        if each["processDefinitionKey"] == theirs[-1]["key"]:
            each["tenantId"] = "acme"
    file = tmp_path / "tenants.json"
    file.write_text(json.dumps(rows), encoding="utf-8")
    with serve(auth="none", data=file) as server:
        done, _ = report(server.base_url, "order")
        page = page_of(report(server.base_url, "order", "--tenant-id", "acme"))

    assert done.exit_code == 2
    assert "2 tenants have a process 'order'" in done.stderr
    assert "acme" in done.stderr
    assert len(page.tables["Cycle times by version"]) == 1
