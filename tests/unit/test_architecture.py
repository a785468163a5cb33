"""Data flows one way: which package may import which, what touches the network, and how large a room may be."""

from __future__ import annotations

import ast
import re
from pathlib import Path

import pytest

import operate_frames

PACKAGE = Path(operate_frames.__file__).parent
# A module may import its own package and those of the rows above; never its row's other packages, nor what is below.
LAYERS = [
    ["errors", "_version"],
    ["optional", "display", "schema"],
    ["query"],
    ["api"],
    ["client"],
    ["signin", "reading"],
    ["exports"],
    ["frames"],
    ["analysis"],
    ["cli"],
    ["__main__"],
]
NETWORK = {"requests", "urllib3", "requests_oauthlib", "socket", "http"}
AT_THE_DOOR = {"client.session", "client.auth.token_service"}
# Whoever names an exception sends nothing.
EXCEPTIONS = {"requests.exceptions", "urllib3.exceptions"}
PURE = ("api.", "query.", "schema.", *(f"reading.paging.{name}" for name in ("schedule", "key_range", "partitions")))
DIALECT = re.compile(r"(?i)(?<![a-z0-9-])v[12](?![0-9])")
DOCUMENTED = (ast.Module, ast.ClassDef, ast.FunctionDef, ast.AsyncFunctionDef)
MOST_LINES = 400
MOST_MODULES = 10


def modules():
    for file in sorted(PACKAGE.rglob("*.py")):
        yield ".".join(file.relative_to(PACKAGE).with_suffix("").parts).removesuffix(".__init__"), file


MODULES = dict(modules())
EVERY_MODULE = pytest.mark.parametrize(("name", "file"), list(MODULES.items()), ids=str)


def imported(file, *, at_run_time=False):
    """Full names of what a module imports, inside functions too; `at_run_time` leaves out what only types need."""
    tree = ast.parse(file.read_text(encoding="utf-8"))
    for_types = set()
    if at_run_time:
        for node in ast.walk(tree):
            if isinstance(node, ast.If) and isinstance(node.test, ast.Name) and node.test.id == "TYPE_CHECKING":
                for_types |= {id(inner) for inner in ast.walk(node)}
    for node in ast.walk(tree):
        if id(node) in for_types:
            continue
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            assert node.level == 0, f"{file} imports relatively"
            for alias in node.names:
                full = f"{node.module}.{alias.name}"
                yield full if full.removeprefix("operate_frames.") in MODULES else node.module


def names_and_texts(file):
    """The names that a module uses, and its texts but for docstrings, which cite the contract."""
    tree = ast.parse(file.read_text(encoding="utf-8"))
    docstrings = {ast.get_docstring(node, clean=False) for node in ast.walk(tree) if isinstance(node, DOCUMENTED)}
    for node in ast.walk(tree):
        if isinstance(node, ast.Name):
            yield node.id
        elif isinstance(node, ast.Attribute):
            yield node.attr
        elif isinstance(node, ast.Constant) and isinstance(node.value, str) and node.value not in docstrings:
            yield node.value


def ours(file, **how):
    """The modules of this package that a module imports."""
    return {
        name.removeprefix("operate_frames.") for name in imported(file, **how) if name.startswith("operate_frames.")
    }


def top(module):
    return module.split(".")[0]


def layer(module):
    return next(number for number, packages in enumerate(LAYERS) if top(module) in packages)


@EVERY_MODULE
def test_a_module_imports_only_its_own_package_and_what_stands_above_it(name, file):
    if name == "__init__" or top(name) == "sandbox":
        return
    seen = {each for each in ours(file, at_run_time=True) if top(each) not in {top(name), "sandbox"}}

    assert {each for each in seen if layer(each) >= layer(name)} == set()


def test_no_two_modules_import_each_other_however_far_around():
    left = {name: ours(file, at_run_time=True) & MODULES.keys() - {name} for name, file in MODULES.items()}
    while left:
        free = [name for name, needed in left.items() if not needed & left.keys()]
        assert free, f"a circle among {sorted(left)}"
        for name in free:
            del left[name]


def test_the_sandbox_shares_nothing_with_the_client_and_only_the_command_starts_it():
    for name, file in MODULES.items():
        if top(name) == "sandbox":
            assert {top(each) for each in ours(file)} <= {"sandbox"}, name
        elif top(name) != "cli":
            assert "sandbox" not in {top(each) for each in ours(file)}, name


@EVERY_MODULE
def test_only_the_apis_and_what_finds_them_out_name_a_dialect(name, file):
    if top(name) in {"api", "sandbox", "schema"} or name in {"client.discover", "client.places"}:
        return  # the schema's table says what a field is called in each

    assert {each for each in [*imported(file), *names_and_texts(file)] if DIALECT.search(each)} == set()


@EVERY_MODULE
def test_only_the_door_touches_the_network(name, file):
    if top(name) == "sandbox":
        return
    named = EXCEPTIONS if name == "client.failures" else set()
    touched = {module.split(".")[0] for module in {*imported(file, at_run_time=True)} - named} & NETWORK

    assert not touched or name in AT_THE_DOOR


@EVERY_MODULE
def test_what_is_pure_does_no_io(name, file):
    if not name.startswith(PURE):
        return
    doors = NETWORK | {"threading", "queue", "concurrent", "os", "pathlib", "time", "logging"}

    assert {module.split(".")[0] for module in imported(file, at_run_time=True)} & doors == set()


def test_no_room_is_too_large():
    sizes = {name: len(file.read_text(encoding="utf-8").splitlines()) for name, file in MODULES.items()}

    assert {name: size for name, size in sizes.items() if size > MOST_LINES} == {}


def test_no_folder_holds_too_much():
    folders = {file.parent for file in MODULES.values()}
    counts = {str(each.relative_to(PACKAGE)): len([*each.glob("[!_]*.py")]) for each in folders}

    assert {folder: count for folder, count in counts.items() if count > MOST_MODULES} == {}


def test_nothing_at_the_top_of_the_package_has_the_name_of_a_public_function():
    assert {top(name) for name in MODULES} & set(operate_frames.__all__) == set()
