"""What a notebook or a script shows of an error: the user's own line and the message."""

from __future__ import annotations

import subprocess
import sys
import traceback
from pathlib import Path

import pytest
from IPython.core.interactiveshell import InteractiveShell

import operate_frames as of
from operate_frames.client import discover
from operate_frames.sandbox import serve
from tests.support.causes import with_causes
from tests.support.quick_retries import connect_quickly
from tests.support.scripted import EMPTY_PAGE, Answer, scripted

PACKAGE = str(Path(of.__file__).parent)


@pytest.fixture
def connected():
    with serve(auth="none") as server:
        of.connect(server.base_url, auth="none")
        yield server


def frames_of(error):
    """The files of an error's traceback, and of those that led to it."""
    return [frame.filename for each in with_causes(error) for frame in traceback.extract_tb(each.__traceback__)]


MISUSES = {
    "a misspelt filter": lambda: of.read_instances(stat="ACTIVE"),
    "a misspelt resource": lambda: of.search("instances"),
    "a range of texts": lambda: of.between("b", "a") and of.read_instances(start_date=of.between("x", "y")),
    "an unknown column": lambda: of.read_incidents(columns=["nothing"]),
    "a bad key": lambda: of.read_definition_xml("x"),
    "a missing thing": lambda: of.read_definition_xml(5),
    "bad statistics": lambda: of.read_element_statistics(5.5),
    "bad flows": lambda: of.read_sequence_flows(None),
    "bad requirements": lambda: of.read_decision_requirements_xml(5),
    "an option of an outcome": lambda: of.search("incidents").to_pandas("nothing"),
    "chunks of none": lambda: of.read_variables(chunksize=0),
    "a refused connection": lambda: of.connect("http://127.0.0.1:1", auth="none"),
    "an unfinished setting": lambda: of.connect("http://127.0.0.1:1", client_id="x"),
    "a wrong time-out": lambda: of.login(timeout=-1),
}


@pytest.mark.usefixtures("connected")
@pytest.mark.parametrize("misuse", MISUSES.values(), ids=MISUSES)
def test_the_traceback_ends_at_the_users_own_line(misuse):
    with pytest.raises(of.OperateError) as caught:
        misuse()

    inside = [file for file in frames_of(caught.value) if file.startswith(PACKAGE)]
    assert [Path(file).name for file in inside] == ["tracebacks.py"] * len(inside)
    assert len(frames_of(caught.value)) <= 2 + len(inside) <= 5


@pytest.mark.parametrize(
    "read",
    [
        lambda: of.read_instances(columns=["state"]),
        lambda: list(of.read_instances(columns=["state"], chunksize=10)),
    ],
    ids=["whole", "in chunks"],
)
def test_trouble_in_the_middle_of_a_read(read):
    page = b'{"items":[{"key":1,"state":"ACTIVE"}],"sortValues":[1],"total":9}'
    answers = [Answer(body=EMPTY_PAGE), Answer(body=page)]
    with scripted(lambda _: answers.pop(0) if answers else Answer(503)) as (url, _):
        connect_quickly(url, auth="none")
        with pytest.raises(of.ReadFailed) as caught:
            read()

    assert isinstance(caught.value.__cause__, of.ServerBusy)
    assert len([file for file in frames_of(caught.value) if file.startswith(PACKAGE)]) <= 2


@pytest.fixture
def shell():
    yield InteractiveShell.instance(colors="nocolor")
    InteractiveShell.clear_instance()


def test_what_a_notebook_shows(shell, capsys):
    for wrong in ("of.read_instances(stat='x')", "of.connect('http://127.0.0.1:1', auth='none')"):
        shell.run_cell(f"import operate_frames as of\n{wrong}")
        shown = capsys.readouterr().out
        assert f"----> 2 {wrong}" in shown
        assert "operate_frames/" not in shown
        assert "tenacity" not in shown
        assert len(shown.strip().splitlines()) <= 8


def test_the_line_of_a_users_own_callable_is_kept():
    def broken():
        raise OSError("the vault is closed")

    with pytest.raises(of.CredentialsRejected) as caught:
        of.connect("http://127.0.0.1:1", token=broken)

    (line,) = traceback.extract_tb(caught.value.__cause__.__traceback__)
    assert line.name == "broken"


@pytest.mark.usefixtures("connected")
def test_the_full_one_on_request(monkeypatch):
    monkeypatch.setenv("OPERATE_FRAMES_TRACEBACK", "full")
    with pytest.raises(of.UnknownName) as caught:
        of.read_instances(stat="ACTIVE")

    assert len([file for file in frames_of(caught.value) if file.startswith(PACKAGE)]) > 2


def test_that_of_a_bug_is_whole(monkeypatch):
    monkeypatch.setattr(discover, "places", lambda *_: 1 / 0)
    with pytest.raises(ZeroDivisionError) as caught:
        of.connect("http://127.0.0.1:1", auth="none")

    assert any(file.endswith("discover.py") for file in frames_of(caught.value))


def test_a_script_shows_one_line_of_ours_at_most(tmp_path):
    script = tmp_path / "report.py"
    script.write_text("import operate_frames as of\nof.connect('http://127.0.0.1:1', auth='none')\n")
    run = subprocess.run([sys.executable, script], capture_output=True, text=True, check=False)

    assert run.returncode == 1
    assert run.stderr.count("  File ") == 2
    assert "ConnectionRefused: Nothing listens at http://127.0.0.1:1" in run.stderr
