"""Who is asked: a notebook that a program runs, a script and a pipe never wait for an answer."""

from __future__ import annotations

import os
import subprocess
import sys
from contextlib import suppress

import nbformat
import pytest
from nbclient import NotebookClient
from nbclient.exceptions import CellExecutionError

import operate_frames as of
from operate_frames.sandbox import serve


def run_notebook(*cells):
    """Run cells as nbclient does, and with it nbconvert and papermill."""
    notebook = nbformat.v4.new_notebook(cells=[nbformat.v4.new_code_cell(cell) for cell in cells])
    with suppress(CellExecutionError):
        NotebookClient(notebook, timeout=90, kernel_name="python3").execute()
    return [output for cell in notebook.cells for output in cell.outputs]


AS_A_PERSON = """
import operate_frames as of
get_ipython().kernel.get_parent("shell")["content"]["allow_stdin"] = True
"""


IN_THE_MATRIX = [pytest.param(call, marks=pytest.mark.matrix) for call in ("login()", "read_definitions()")]


@pytest.mark.filterwarnings("ignore::DeprecationWarning", "ignore::ResourceWarning")
@pytest.mark.filterwarnings("ignore::pytest.PytestUnraisableExceptionWarning")
class TestNotebook:
    @pytest.mark.parametrize(
        "call",
        ["connect()", *IN_THE_MATRIX],
    )
    def test_one_that_a_program_runs_is_told_at_once_what_was_looked_for(self, call):
        (output,) = run_notebook(f"import operate_frames as of\nof.{call}")

        assert output.ename == "SignInNeeded"
        assert "No credentials found, and nobody is here to be asked. Looked for:" in output.evalue
        assert "ZEEBE_CLIENT_ID" in output.evalue
        assert output.traceback == [f"SignInNeeded: {output.evalue}"]

    def test_one_that_a_program_runs_signs_in_by_the_environment(self, monkeypatch):
        with serve(auth="none") as server:
            monkeypatch.setenv("CAMUNDA_OPERATE_BASE_URL", server.base_url)
            monkeypatch.setenv("CAMUNDA_AUTH_STRATEGY", "NONE")
            outputs = run_notebook("import operate_frames as of\nof.login()", "len(of.read_definitions()) > 0")

        assert [output.data["text/plain"] for output in outputs] == ["True"]

    @pytest.mark.parametrize("call", [pytest.param("connect()", marks=pytest.mark.matrix), "read_definitions()"])
    def test_a_person_gets_the_form_and_one_line(self, call):
        form, line = run_notebook(f"{AS_A_PERSON}\nof.{call}")

        assert "application/vnd.jupyter.widget-view+json" in form.data
        assert form.data["text/plain"].startswith("A sign-in form for operate_frames stands here.")
        assert line.traceback == ["SignInNeeded: Sign in with the form: press Connect there, then run this cell again."]

    def test_a_reader_below_an_unanswered_form_shows_no_second_one(self):
        outputs = run_notebook(f"{AS_A_PERSON}\nof.login()", f"{AS_A_PERSON}\nof.read_definitions()")

        shown, line = outputs
        assert "application/vnd.jupyter.widget-view+json" in shown.data
        assert line.ename == "SignInNeeded"
        assert "The sign-in form above is not filled in yet" in line.evalue


def run(code, **environment):
    return subprocess.run(
        [sys.executable, "-c", code],
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
        env=os.environ | environment,
    )


def test_a_script_in_a_pipe_is_told_at_once():
    done = run("import operate_frames as of; of.connect()")

    assert done.returncode == 1
    assert "SignInNeeded: No credentials found, and nobody is here to be asked." in done.stderr


def test_half_a_configuration_is_no_reason_to_ask(monkeypatch):
    monkeypatch.setenv("ZEEBE_CLIENT_ID", "me")

    with pytest.raises(of.SettingsError, match="No server found") as caught:
        of.connect()
    assert type(caught.value) is of.SettingsError


def test_a_credentials_file_that_is_not_there_is_no_reason_to_ask():
    with pytest.raises(of.SettingsError, match="does not exist") as caught:
        of.connect(env_file="/no/such")
    assert type(caught.value) is of.SettingsError


def test_connecting_anew_without_anything_gives_the_connection_that_stands():
    with serve(auth="none") as server:
        operate = of.connect(server.base_url, auth="none")
        assert of.connect() is operate
        of.logout()
        with pytest.raises(of.SignInNeeded):
            of.connect()


def test_the_door_opens_without_what_comes_later():
    code = """
import sys, operate_frames
widgets = {"IPython", "ipywidgets", "anywidget"}
network = {"requests", "urllib3", "oauthlib", "requests_oauthlib", "tenacity"}
others = {"keyring", "dotenv", "psutil", "tqdm", "typer", "polars", "duckdb"}
print([*(widgets | network | others) & sys.modules.keys()])
"""
    assert run(code).stdout.strip() == "[]"
