"""The public door: what it lets out, that each thing is described, and that the examples in docstrings run."""

from __future__ import annotations

import doctest
import inspect
import re
from pathlib import Path

import pytest

import operate_frames as of
from operate_frames import errors
from operate_frames.sandbox import serve

ROOT = Path(__file__).parents[2]


def test_the_door_lets_out_what_the_reference_lists():
    listed = re.findall(r"^- `(\w+)`", (ROOT / "docs" / "reference" / "index.md").read_text("utf-8"), re.MULTILINE)

    assert sorted(of.__all__) == sorted(listed)
    assert sorted(of.__all__) == dir(of)


@pytest.mark.parametrize(
    ("name", "meant"),
    [
        ("read_process_instances", "read_instances"),
        ("read_process_instance", "read_instances"),
        ("search_process_definitions", "read_definitions"),
        ("get_flow_node_instances", "read_element_instances"),
        ("searchIncidents", "read_incidents"),
        ("read_flownode_instances", "read_element_instances"),
        ("read_decisions", "read_decision_definitions"),
        ("get_process_definition_xml", "read_definition_xml"),
        ("read_variabels", "read_variables"),
        ("conect", "connect"),
        ("OperateErr", "OperateError"),
    ],
)
def test_a_name_that_is_not_there_is_answered_with_the_one_that_is(name, meant):
    with pytest.raises(AttributeError, match=rf"operate_frames has no '{name}': did you mean {meant}\?"):
        getattr(of, name)


def test_a_name_that_nothing_is_like():
    with pytest.raises(AttributeError, match=r"^operate_frames has no 'quux'$"):
        of.quux  # noqa: B018
    assert not hasattr(of, "__path_of_nobody__")


def test_what_is_imported_later_is_what_the_type_checker_is_told():
    told = re.findall(
        r"^    from ([\w.]+) import (.+)$", (ROOT / "operate_frames/__init__.py").read_text("utf-8"), re.MULTILINE
    )
    listed = {name: module for module, names in told for name in names.split(", ")}
    listed = {name: module for name, module in listed.items() if module.startswith("operate_frames.analysis")}

    assert listed == of._LATER
    assert set(listed) <= set(of.__all__)


def test_nothing_public_is_forgotten():
    public = {name for name, value in vars(of).items() if not name.startswith("_") and not inspect.ismodule(value)}

    assert public <= set(of.__all__)
    assert set(errors.__all__) <= set(of.__all__)


def test_the_drawn_error_tree_is_the_real_one():
    drawn = {}
    path = []
    for line in errors.__doc__.splitlines():
        found = re.match(r"^ {4}((?:[│ ]   )*(?:[├└]── )?)(\w+)(?: \((\w+)\))?(?:\s{2,}|$)", line)
        if not found or not hasattr(errors, found[2]):
            continue
        depth = len(found[1]) // 4
        path = [*path[:depth], found[2]]
        parents = {path[-2]} if depth else {"Exception"} if found[2] == "OperateError" else set()
        drawn[found[2]] = parents | ({found[3]} if found[3] else set())

    real = {name: {base.__name__ for base in getattr(errors, name).__bases__} for name in errors.__all__}
    assert drawn == real


@pytest.mark.parametrize("name", [name for name in of.__all__ if not name.startswith("_")])
def test_everything_public_is_described(name):
    assert len(getattr(of, name).__doc__.strip()) > 20


FUNCTIONS = [getattr(of, name) for name in of.__all__ if inspect.isfunction(getattr(of, name))]
READERS = [
    each
    for each in FUNCTIONS
    if each.__name__.startswith("read_") and "**filters" in each.__doc__ and each is not of.read_element_statistics
]


@pytest.mark.parametrize("function", FUNCTIONS, ids=lambda function: function.__name__)
def test_docstrings_name_every_parameter(function):
    described = inspect.getdoc(function)
    named = set(re.findall(r"^((?:\**\w+, )*\**\w+)(?: :.*)?$", described, re.MULTILINE))
    named = {name.strip("*") for names in named for name in names.split(", ")}
    named |= set(re.findall(r"- ``(\w+)``: ", described)) | set(re.findall(r"Also `(\w+)`", described))

    assert set(inspect.signature(function).parameters) - named == set()


@pytest.mark.parametrize("read", READERS, ids=lambda function: function.__name__)
def test_docstrings_list_every_column_with_its_dtype(read):
    with serve(auth="none", version="8.10") as server, of.connect(server.base_url, auth="none") as operate:
        frame = read(operate=operate)

    listed = dict(re.findall(r"- ``(\w+)``: (.+)", read.__doc__))
    assert listed == frame.dtypes.astype(str).to_dict()


@pytest.mark.parametrize("example", [*FUNCTIONS, serve], ids=lambda shown: shown.__name__)
def test_the_examples_in_docstrings_run(example):
    parsed = doctest.DocTestParser().get_doctest(inspect.getdoc(example), {}, example.__name__, None, 0)

    assert parsed.examples
    assert doctest.DocTestRunner().run(parsed).failed == 0
