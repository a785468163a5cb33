"""The commands that ask of a resource, ``read incidents --state ACTIVE``: made from the one table of resources."""

from __future__ import annotations

import inspect
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Annotated, Any

import typer

from operate_frames.cli.connections import BaseUrl, Connection, EnvFile, connected
from operate_frames.cli.failures import INCOMPLETE, ends_well, say
from operate_frames.cli.output import OutputFormat, print_rows
from operate_frames.cli.values import filter_value, variable_values
from operate_frames.frames.readers import search
from operate_frames.frames.search import Search
from operate_frames.query.joins import JOIN_OPTIONS
from operate_frames.schema.fields import Resource
from operate_frames.schema.resources import RESOURCES

__all__ = ["question_commands"]

# A reader's word where it is not the resource's own.
_WORDS = {"process_instances": "instances", "process_definitions": "definitions"}
_FILTERS, _ROWS, _FILE = "Filters", "Which rows and columns", "The file"
_CONNECTION = {"base_url": BaseUrl, "env_file": EnvFile, "connection": Connection}

# What a question does with a search and with the options of its own; it gives a status.
Answer = Callable[[Search, dict[str, Any]], int | None]


def _option(kind: Any, name: str, said: str, panel: str, **more: Any) -> Any:
    return Annotated[kind, typer.Option(f"--{name}", help=said, rich_help_panel=panel, **more)]


_CHOICE: dict[str, tuple[Any, Any]] = {
    "columns": (_option(list[str] | None, "columns", "Names, with commas between them.", _ROWS), None),
    "sort": (_option(list[str] | None, "sort", "Columns, a minus before those that go down.", _ROWS), None),
    "limit": (_option(int | None, "limit", "At most so many rows.", _ROWS), None),
}
_HOW: dict[str, tuple[Any, Any]] = {
    "workers": (_option(int | None, "workers", "So many requests at once.", _ROWS), None),
    "page_size": (_option(int | None, "page-size", "Rows a page.", _ROWS), None),
}
_JOINS: dict[str, tuple[Any, Any]] = {
    "variables": (_option(list[str] | None, "variables", "Variables as columns, or all.", _ROWS), None),
    "full_values": (_option(bool, "full-values", "Fetch values whole that search cuts.", _ROWS), False),
    "incidents": (_option(bool, "incidents", "The first open incident, and how many.", _ROWS), False),
    "elements": (_option(bool, "elements", "The element that each stands at, by name.", _ROWS), False),
}
_WITH_VARIABLES = _option(
    list[str] | None, "with-variables", "NAME=VALUE, such as 'amount=between(100, None)'.", _FILTERS
)
_READ: dict[str, tuple[Any, Any]] = {
    "format": (_option(OutputFormat | None, "format", "By default a table at a terminal, else CSV.", _ROWS), None)
}
_EXPORT: dict[str, tuple[Any, Any]] = {
    "resume": (_option(bool, "resume", "Go on where the same export was stopped.", _FILE), False),
    "header": (_option(bool | None, "header/--no-header", "CSV: name the columns.", _FILE), None),
    "sep": (_option(str | None, "sep", "CSV: between two cells.", _FILE), None),
    "encoding": (_option(str | None, "encoding", "CSV: UTF-8 with a mark by default.", _FILE), None),
    "date_format": (_option(str | None, "date-format", "As strftime takes it.", _FILE), None),
    "time_zone": (_option(str | None, "time-zone", "Of dates, such as Europe/Berlin.", _FILE), None),
    "decimal": (_option(str | None, "decimal", "CSV: before decimals.", _FILE), None),
    "table": (_option(str | None, "table", "DuckDB: the table.", _FILE), None),
    "partition_by": (_option(list[str] | None, "partition-by", "Parquet: columns that make a folder.", _FILE), None),
    "excel": (_option(str | None, "excel", "CSV that Excel opens right: en or de.", _FILE), None),
}
_PATH = Annotated[Path, typer.Argument(help="A file that ends with .csv, .xlsx, .jsonl or .parquet.")]
_EXCEL: dict[str, Any] = {"en": True}


def _count(found: Search, options: dict[str, Any]) -> None:  # noqa: ARG001 - it has none
    rows = found.count()
    print(rows.value)
    if not rows.exact:
        say("or more: the server counts no further.")


def _read(found: Search, options: dict[str, Any]) -> None:
    print_rows(found, options["format"], is_wide=options["is_wide"])


def _explain(found: Search, options: dict[str, Any]) -> None:
    print(found.explain(probe=options["probe"]))


def _export(found: Search, options: dict[str, Any]) -> int | None:
    excel = options["excel"]
    written: dict[str, Any] = {name: options[name] for name in _EXPORT if name != "excel"}
    written["partition_by"] = options["partition_by"] or None  # none is an empty list here
    report = found.export(options["path"], excel=_EXCEL.get(excel, excel), **written)
    say(str(report))
    return INCOMPLETE if report.cut else None


def question_commands() -> dict[str, typer.Typer]:
    """The commands by name, each with a command of its own for every resource."""
    probe = _option(bool, "probe", "Also send some small requests, for counts.", _ROWS)
    return {
        "count": _for_each_resource("Count rows, without reading them where the server can.", _count, {}),
        "read": _for_each_resource("Read rows, and print them.", _read, _READ | _CHOICE | _HOW, joins=True),
        "export": _for_each_resource(
            "Write rows to a file, as they come.", _export, _EXPORT | _CHOICE | _HOW, joins=True, has_path=True
        ),
        "explain": _for_each_resource(
            "Say what would be sent.", _explain, {"probe": (probe, False)} | _CHOICE, joins=True
        ),
    }


def _for_each_resource(
    said: str,
    answer: Answer,
    options: Mapping[str, tuple[Any, Any]],
    *,
    joins: bool = False,
    has_path: bool = False,
) -> typer.Typer:
    commands = typer.Typer(help=said, no_args_is_help=True)
    for resource in RESOURCES.values():
        word = _WORDS.get(resource.name, resource.name).replace("_", "-")
        since = f" From Camunda {resource.since} on." if resource.since else ""
        command = _command(resource, answer, options, joins=joins, has_path=has_path)
        commands.command(word, help=f"{said} {_sentence(resource)}{since}")(command)
    return commands


def _sentence(resource: Resource) -> str:
    return f"Rows are {resource.name.replace('_', ' ')}; filters take Python's words, such as 'between(a, b)' or NA."


def _command(
    resource: Resource, answer: Answer, options: Mapping[str, tuple[Any, Any]], *, joins: bool, has_path: bool
) -> Callable[..., None]:
    of_instances = resource.name == "process_instances"
    joined = JOIN_OPTIONS.get(resource.name, ()) if joins else ()
    own = {**options, **{name: _JOINS[name] for name in joined}}
    as_given = {"limit", *_HOW, *joined, *([resource.details] if resource.details else [])} - {"variables"}
    if joins and resource.details:
        own[resource.details] = (_option(bool, _dashed(resource.details), "One more call for each row.", _ROWS), False)

    def run(**given: Any) -> int | None:
        asked: dict[str, Any] = {}
        for name in resource.filters:
            if given[f"where_{name}"]:
                asked[name] = filter_value(resource.field(name), given[f"where_{name}"])
        if given.get("with_variables"):
            asked["with_variables"] = variable_values(given["with_variables"])
        for name in ("columns", "sort", "variables"):
            if given.get(name):
                asked[name] = [part.strip() for text in given[name] for part in text.split(",")]
        if asked.get("variables") == ["all"]:
            asked["variables"] = "all"
        asked |= {name: given[name] for name in as_given if given.get(name)}
        with connected(given["base_url"], given["env_file"], given["connection"]) as operate:
            found = search(resource.name, operate=operate, **asked)  # type: ignore[arg-type]  # one of the names
            return answer(found, given | {"is_wide": "variables" in asked})

    parameters = [_parameter("path", _PATH, inspect.Parameter.empty)] if has_path else []
    parameters += [_parameter(f"where_{name}", _filter(resource, name), None) for name in resource.filters]
    parameters += [_parameter("with_variables", _WITH_VARIABLES, None)] if of_instances else []
    parameters += [_parameter(name, kind, default) for name, (kind, default) in own.items()]
    parameters += [_parameter(name, kind, None) for name, kind in _CONNECTION.items()]
    command = ends_well(run)
    command.__signature__ = inspect.Signature(parameters)  # type: ignore[attr-defined]  # typer makes options of it
    command.__annotations__ = {}
    return command


def _parameter(name: str, kind: Any, default: Any) -> inspect.Parameter:
    return inspect.Parameter(name, inspect.Parameter.KEYWORD_ONLY, default=default, annotation=kind)


def _filter(resource: Resource, name: str) -> Any:
    field = resource.field(name)
    words = {"flag": "true or false", "date": "A date, or between(a, b).", "key": "", "count": "", "text": ""}
    said = ", ".join(field.enum) or words[field.kind]
    return Annotated[list[str] | None, typer.Option(f"--{_dashed(name)}", help=said, rich_help_panel=_FILTERS)]


def _dashed(name: str) -> str:
    return name.replace("_", "-")
