"""Data flows one way: who may import whom, and how large a room may be."""

from __future__ import annotations

import ast
from pathlib import Path

import pytest

import operate_frames

PACKAGE = Path(operate_frames.__file__).parent
ARROWS = {
    "_version": set(),
    "errors": set(),
    "cards": set(),
    "spread": set(),
    "telling": set(),
    "side_by_side": set(),
    "turns": set(),
    "secret": set(),
    "resources": set(),
    "addresses": {"errors"},
    "extras": {"errors"},
    "sources": {"errors", "secret"},
    "settings": {"addresses", "errors", "secret", "sources"},
    "wire": {"_version", "errors", "secret", "settings"},
    "answers": {"errors", "settings", "wire"},
    "tokens": {"errors", "secret", "settings", "wire"},
    "patience": {"errors"},
    "auth": {"answers", "errors", "patience", "secret", "tokens", "wire"},
    "transport": {"answers", "auth", "errors", "patience", "secret", "wire"},
    "api": set(),
    "api.v1": {"api", "errors", "resources"},
    "parts": {"api", "errors", "spread"},
    "walk": {"api", "errors", "parts"},
    "columns": {"errors", "resources"},
    "progress": {"errors", "surroundings"},
    "conditions": {"errors", "resources"},
    "api.windows": {"conditions"},
    "details": {"errors", "resources", "side_by_side"},
    "json_text": {"errors"},
    "question": {"conditions", "errors", "json_text", "resources"},
    "api.v1_plan": {"api", "conditions", "json_text", "question", "resources"},
    "lookups": {"conditions", "question", "resources"},
    "surveys": {"api", "question", "spread"},
    "explanations": {"api", "cards", "lookups", "parts", "question", "spread", "surveys"},
    "reports": {"cards"},
    "connection": {
        "api",
        "cards",
        "errors",
        "patience",
        "reports",
        "resources",
        "secret",
        "settings",
        "transport",
        "wire",
    },
    "surroundings": set(),
    "remembered": {"errors", "extras", "secret", "settings", "sources"},
    "questionnaire": {"addresses", "connection", "errors", "secret", "sources"},
    "prompt": {"connection", "errors", "questionnaire", "remembered", "secret"},
    "notebook": set(),
    "notebook.secret_field": {"secret", "sources"},
    "notebook.form": {"connection", "errors", "notebook", "questionnaire", "remembered", "secret", "sources"},
    "signing_in": {
        "connection",
        "errors",
        "notebook",
        "prompt",
        "questionnaire",
        "remembered",
        "secret",
        "settings",
        "sources",
        "surroundings",
    },
    "rows": {"conditions", "errors", "question", "resources"},
    "passes": {
        "api",
        "columns",
        "errors",
        "lookups",
        "parts",
        "question",
        "reports",
        "resources",
        "rows",
        "spread",
        "surveys",
        "transport",
        "turns",
        "walk",
    },
    "single": {"api", "columns", "conditions", "connection", "errors", "resources", "telling", "signing_in"},
    "readings": {
        "api",
        "columns",
        "connection",
        "details",
        "errors",
        "passes",
        "progress",
        "question",
        "reports",
        "rows",
        "telling",
        "turns",
        "walk",
    },
    "searches": {
        "api",
        "cards",
        "columns",
        "connection",
        "errors",
        "explanations",
        "extras",
        "passes",
        "progress",
        "question",
        "readings",
        "side_by_side",
        "walk",
    },
    "readers": {
        "columns",
        "connection",
        "details",
        "errors",
        "progress",
        "question",
        "resources",
        "searches",
        "signing_in",
        "walk",
    },
    "demo": {"readers", "sandbox", "signing_in"},
    "cli": {"demo", "errors", "sandbox"},
    "__main__": {"cli"},
    "__init__": {
        "_version",
        "conditions",
        "connection",
        "errors",
        "explanations",
        "readers",
        "reports",
        "searches",
        "signing_in",
        "single",
    },
}
NETWORK = {"requests", "urllib3", "requests_oauthlib", "socket", "http"}
# `connection` and `signing_in` name the type of the user's own session.
MAY_NAME_THE_NETWORK = {"wire", "tokens", "connection", "signing_in"}


def modules(sandbox=False):
    for file in sorted(PACKAGE.rglob("*.py")):
        name = ".".join(file.relative_to(PACKAGE).with_suffix("").parts).removesuffix(".__init__")
        if name.startswith("sandbox") == sandbox:
            yield name, file


def imported(file):
    """Full names of what a module imports, inside functions too."""
    for node in ast.walk(ast.parse(file.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            assert node.level == 0, f"{file} imports relatively"
            yield node.module


def rooms(file):
    """The rooms of this package that a module imports."""
    names = (name for name in imported(file) if name.startswith("operate_frames."))
    return {name.split(".")[1] for name in names}


@pytest.mark.parametrize(("name", "file"), list(modules()), ids=str)
def test_a_module_imports_only_what_stands_before_it(name, file):
    assert name in ARROWS, f"{name} has no place in the picture: docs/architecture.md"
    assert rooms(file) == ARROWS[name]


def test_the_arrows_have_no_circle():
    left = {name: set(arrows) - {"sandbox"} for name, arrows in ARROWS.items()}
    while left:
        free = [name for name, arrows in left.items() if not arrows & left.keys()]
        assert free, f"a circle among {sorted(left)}"
        for name in free:
            del left[name]


def test_the_sandbox_shares_nothing_with_the_client():
    for name, file in modules(sandbox=True):
        assert rooms(file) <= {"sandbox"}, name


@pytest.mark.parametrize(("name", "file"), list(modules()), ids=str)
def test_only_the_wire_touches_the_network(name, file):
    touched = {module.split(".")[0] for module in imported(file)} & NETWORK
    touched -= {"http"} if name == "wire" else set()

    assert not touched or name in MAY_NAME_THE_NETWORK


def test_no_room_is_too_large():
    sizes = {name: len(file.read_text().splitlines()) for name, file in [*modules(), *modules(sandbox=True)]}

    assert {name: size for name, size in sizes.items() if size > 430} == {}


def test_no_module_has_the_name_of_a_public_function():
    assert {name for name, _ in modules()} & set(operate_frames.__all__) == set()
