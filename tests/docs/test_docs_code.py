"""Every code block of the README and the docs runs, shows what it says it shows, and every link leads somewhere."""

from __future__ import annotations

import doctest
import io
import re
import shlex
import sys
import tomllib
from base64 import b64encode
from contextlib import ExitStack, contextmanager, redirect_stdout
from dataclasses import dataclass
from functools import cache
from itertools import pairwise
from pathlib import Path
from textwrap import dedent
from unittest.mock import MagicMock

import nbformat
import papermill
import pytest
import trustme
from typer.testing import CliRunner

import operate_frames as of
from operate_frames.cli.app import app
from operate_frames.sandbox import serve
from tests.support.https_proxy import far_away
from tests.support.scripted import EMPTY_PAGE, Answer, scripted

pytestmark = pytest.mark.matrix

ROOT = Path(__file__).parents[2]
PAGES = sorted([ROOT / "README.md", ROOT / "CONTRIBUTING.md", ROOT / "CHANGELOG.md", *(ROOT / "docs").rglob("*.md")])
NOTEBOOKS = sorted((ROOT / "notebooks").glob("*.ipynb"))
BLOCK = re.compile(r"^( *)```(\w+)\n(.*?)^ *```$", re.MULTILINE | re.DOTALL)
CLUSTER = "5a4db0c5-0000-4000-8000-0a9d8f8e6c01"
# What pages call it, and what the servers of the test call it.
IN_PLACE_OF = {
    "my-client": "operate-frames-sandbox",
    "my-secret": "sandbox-secret-that-must-never-leak",
    "my-password": "demo",
    "my-user": "demo",
}
TOLERANT = doctest.ELLIPSIS | doctest.NORMALIZE_WHITESPACE


@dataclass
class Block:
    language: str
    text: str
    line: int


def blocks(page):
    text = page.read_text(encoding="utf-8")
    return [Block(found[2], dedent(found[3]), text.count("\n", 0, found.start()) + 1) for found in BLOCK.finditer(text)]


def named(page):
    return page.relative_to(ROOT).as_posix()


def commands_in(text):
    """The lines of a shell block that ask a server, without what stands behind a pipe."""
    lines = (line.removeprefix(".venv/bin/").partition(" | ")[0] for line in text.splitlines())
    asking = (line for line in lines if line.startswith("operate-frames "))
    return [words for line in asking if (words := shlex.split(line)[1:])[0] not in ("sandbox", "demo", "login")]


PAGES_WITH_CODE = [
    page for page in PAGES if any(block.language == "python" or commands_in(block.text) for block in blocks(page))
]


@pytest.fixture(scope="module")
def server():
    with serve(auth="both", instances=2000) as running:
        yield running


@pytest.fixture
def everywhere(server, monkeypatch, tmp_path):
    """Where pages connect to: a sandbox at the ports that they name, SaaS and example hosts behind a proxy."""
    ca = trustme.CA()
    ca.cert_pem.write_to_path(tmp_path / "company-ca.pem")
    token_path = server.token_url.removeprefix(server.base_url)
    with ExitStack() as running:
        open_to_all = running.enter_context(serve(auth="none"))
        basic = running.enter_context(basic_login())
        proxy = running.enter_context(
            far_away(
                {
                    "login.cloud.camunda.io": lambda _: server.base_url + token_path,
                    "bru-2.operate.camunda.io": lambda path: server.base_url + path.removeprefix(f"/{CLUSTER}"),
                    "operate.example.com": lambda path: server.base_url + path,
                    "keycloak.example.com": lambda path: server.base_url + path.removeprefix("/auth"),
                    "camunda.example.com": lambda path: basic + path,
                },
                ca,
            )
        )
        monkeypatch.setenv("HTTPS_PROXY", proxy)
        monkeypatch.setenv("REQUESTS_CA_BUNDLE", str(tmp_path / "company-ca.pem"))
        monkeypatch.chdir(tmp_path)
        (tmp_path / "notebooks").symlink_to(ROOT / "notebooks")
        monkeypatch.setitem(sys.modules, "streamlit", instead_of_streamlit())
        yield {
            "http://localhost:8080": server.base_url,
            "http://127.0.0.1:8080": open_to_all.base_url,
        }


def instead_of_streamlit():
    """Takes what a dashboard shows: what it asks us for is run, without a dependency that only a page speaks of."""
    shown = MagicMock()
    shown.cache_resource = cache
    shown.cache_data = lambda **_: cache
    shown.selectbox = lambda _, choices: choices[0]
    shown.columns = lambda count: [MagicMock() for _ in range(count)]
    return shown


@contextmanager
def basic_login():
    """A server of 8.8 as far as its sign-in goes."""
    right = f"Basic {b64encode(b'demo:demo').decode()}"
    with scripted(
        lambda request: Answer(200, EMPTY_PAGE) if request.headers.get("Authorization") == right else Answer(401)
    ) as (base_url, _):
        yield base_url


@pytest.mark.parametrize("page", PAGES_WITH_CODE, ids=named)
def test_a_pages_code_runs_from_top_to_bottom_and_shows_what_the_page_says(page, server, everywhere, monkeypatch):
    names, printed = {}, None
    stand_ins = {**IN_PLACE_OF, **everywhere}
    for block in blocks(page):
        text = replaced(block.text, stand_ins)
        if block.language == "python":
            with monkeypatch.context() as environment:
                if "of.login()" in text:  # nobody can fill the form in here: then the environment says who signs in
                    for name, value in sign_in_of(server).items():
                        environment.setenv(name, value)
                printed = run(page, block, text, names)
        elif block.language == "text":
            shown = replaced(printed, as_the_page_says(everywhere))
            assert doctest.OutputChecker().check_output(block.text, shown, TOLERANT), (
                f"{named(page)}:{block.line} says\n{block.text}\nand the code above it prints\n{shown}"
            )
        elif block.language == "sh":
            for name, value in exported(text).items():
                monkeypatch.setenv(name, value)
            for words in commands_in(text):
                with monkeypatch.context() as environment:
                    for name, value in sign_in_of(server).items():
                        environment.setenv(name, value)
                    done = CliRunner().invoke(app, words)
                assert done.exit_code == 0, f"{named(page)}:{block.line} {words}: {done.stderr}"
        elif block.language == "ini":  # the credentials file that the page speaks of
            Path("credentials.txt").write_text(text, encoding="utf-8")
    for connected in (value for value in names.values() if isinstance(value, of.Operate)):
        connected.close()


def sign_in_of(server):
    return {
        "CAMUNDA_OPERATE_BASE_URL": server.base_url,
        "CAMUNDA_COOKIE_AUTH_USERNAME": server.username,
        "CAMUNDA_COOKIE_AUTH_PASSWORD": server.password,
    }


def run(page, block, text, names):
    printed = io.StringIO()
    code = compile("\n" * block.line + text, named(page), "exec")  # so that tracebacks show the page's own lines
    with redirect_stdout(printed):
        exec(code, names)
    return printed.getvalue()


def replaced(text, stand_ins):
    for said, meant in stand_ins.items():
        text = text.replace(said, meant)
    return text


def as_the_page_says(everywhere):
    hosts = {url.removeprefix("http://"): said.removeprefix("http://") for said, url in everywhere.items()}
    return hosts | {"operate-frames-sandbox": "my-client"}


def exported(text):
    words = [shlex.split(line)[1] for line in text.splitlines() if line.startswith("export ")]
    return dict(word.split("=", 1) for word in words)


@pytest.mark.parametrize("page", PAGES, ids=named)
def test_every_block_is_of_a_kind_that_is_checked(page):
    checked = {"python", "text", "sh", "ini"}
    if page.name in ("index.md", "api.md"):
        checked.add("eval-rst")
    fences = re.findall(r"^```(.+)$", page.read_text(encoding="utf-8"), re.MULTILINE)
    kinds = [kind for kind in fences if not kind.startswith("{")]
    drawings = {"docs/architecture.md", "docs/reference/errors.md"}

    assert set(kinds) <= checked
    before = [None, *kinds]
    for kind, previous in zip(kinds, before, strict=False):
        assert kind != "text" or previous == "python" or named(page) in drawings


COMMANDS = [
    pytest.param(line, id=f"{named(page)}: {line[:60]}")
    for page in PAGES
    for block in blocks(page)
    if block.language == "sh"
    for line in block.text.splitlines()
    if line and not line.startswith("#")
]
EXTRAS = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]["optional-dependencies"]


@pytest.mark.parametrize("line", COMMANDS)
def test_a_shell_line_names_what_there_is(line):
    for command in line.split(" && "):
        words = [word.removeprefix(".venv/bin/") for word in shlex.split(command)]
        check = {"export": check_export, "pip": check_pip, "operate-frames": check_operate_frames}.get(words[0])
        if check:
            check(words)
        elif words[0] == "jupyter":
            check_jupyter(words)
        elif words[0] == "sphinx-build":
            assert [word for word in words if word.startswith(("-", "docs"))] == ["-W", "-n", "--keep-going", "docs"]
        elif words[0] == "papermill":
            check_papermill(words)
        elif words[0] == "python":
            assert (ROOT / words[1]).exists()
        else:
            assert command in ("python3 -m venv .venv", "pytest -q", ".venv/bin/pytest -q", "source .venv/bin/activate")


def check_export(words):
    name = words[1].partition("=")[0]
    assert any(f'"{name}"' in file.read_text(encoding="utf-8") for file in (ROOT / "operate_frames").rglob("*.py"))


def check_pip(words):
    for extras in re.findall(r"\[(.+)\]", " ".join(words)):
        assert set(extras.split(",")) <= set(EXTRAS)


def check_jupyter(words):
    assert words[1] in ("execute", "nbconvert")
    assert words[1] == "nbconvert" or list(ROOT.glob(words[-1]))


def check_papermill(words):
    given = {after for word, after in pairwise(words) if word == "-p"}
    assert given
    assert given <= papermill.inspect_notebook(ROOT / words[1]).keys()


def check_operate_frames(words):
    command = words[1:3] if words[1] in ("count", "read", "export", "explain") else words[1:2]
    command = [word for word in command if not word.startswith("--")]
    helped = CliRunner().invoke(app, [*command, "--help"], env={"COLUMNS": "200", "NO_COLOR": "1", "TERM": "dumb"})

    assert helped.exit_code == 0
    for option in (word for word in words if word.startswith("--")):
        assert re.search(rf"{option}\b", helped.output), f"{words[1]} has no {option}"


@pytest.mark.parametrize("page", [*PAGES, *NOTEBOOKS], ids=named)
def test_relative_links_lead_somewhere(page):
    text = prose(page)
    for target, anchor in re.findall(r"\]\((?!https?:|mailto:)([^)#\s]*)(?:#([^)\s]+))?\)", text):
        there = (page.parent / target).resolve() if target else page
        assert there.exists(), f"{named(page)} links to {target}"
        if anchor:
            assert anchor in anchors(there), f"{named(page)} links to {target}#{anchor}"


def prose(page):
    if page.suffix == ".ipynb":
        cells = nbformat.read(page, as_version=4).cells
        return "\n\n".join(cell.source for cell in cells if cell.cell_type == "markdown")
    return BLOCK.sub("", page.read_text(encoding="utf-8"))


def anchors(page):
    """The anchors of a page's headings, as forges and MyST make them."""
    headings = re.findall(r"^#{1,6} (.+)$", prose(page), re.MULTILINE)
    return {re.sub(r"[^\w\- ]", "", heading.lower()).strip().replace(" ", "-") for heading in headings}


def test_every_page_and_notebook_of_the_site_is_reached_from_its_start():
    reached = {page.resolve() for page in (ROOT / "docs" / "reference").glob("*.md")}
    for start in (ROOT / "docs" / "index.md", ROOT / "docs" / "decisions" / "index.md"):
        reached.add(start)
        for tree in re.findall(r"```\{toctree\}\n(.*?)```", start.read_text(encoding="utf-8"), re.DOTALL):
            reached |= {start.parent / f"{name}{kind}" for name in tree.split() for kind in (".md", ".ipynb")}

    for page in PAGES:
        if page.is_relative_to(ROOT / "docs") and page.parent.name != "contract":
            assert page in reached
    assert {ROOT / "docs" / "notebooks" / page.name for page in NOTEBOOKS} <= reached


def test_the_reference_shows_every_public_name():
    page = (ROOT / "docs" / "api.md").read_text(encoding="utf-8")
    shown = re.findall(r"^\.\. auto\w+:: (\w+)$", page, re.MULTILINE)

    assert len(shown) == len(set(shown))
    assert set(of.__all__) - {"__version__"} <= set(shown)
