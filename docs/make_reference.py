"""Write `docs/reference/`: what can be read, asked and raised, from the tables that the package itself runs on.

    python docs/make_reference.py

`tests/docs/test_reference.py` holds the kept pages equal to what this writes.
"""

from __future__ import annotations

import inspect
import re
from collections.abc import Iterable
from pathlib import Path

import pandas as pd

import operate_frames as of
from operate_frames import errors
from operate_frames.api.base import Api
from operate_frames.api.v1 import V1_API
from operate_frames.api.v2 import v2_api
from operate_frames.query.filter_words import between
from operate_frames.query.query import build_query
from operate_frames.reading.enrich.details import detail_columns
from operate_frames.schema.arrow import PANDAS_DTYPES
from operate_frames.schema.fields import Field, Resource
from operate_frames.schema.resources import RESOURCES

FOLDER = Path(__file__).parent / "reference"

READERS = {
    "process_instances": "read_instances",
    "process_definitions": "read_definitions",
    **{name: f"read_{name}" for name in RESOURCES if name not in ("process_instances", "process_definitions")},
}
MANY = 100
NEWEST = v2_api((8, 10))
# One value of each kind, many of them, and a range; where a kind has no such filter, None.
SAMPLES = {
    "key": (1, list(range(1, MANY + 1)), between(1, MANY)),
    "count": (1, list(range(1, MANY + 1)), between(1, 10)),
    "json": (5, list(range(MANY)), None),
    "text": ("x", [f"x{number}" for number in range(MANY)], None),
    "flag": (True, None, None),
    "date": ("2026-10-31", {f"{1900 + number}-10-31" for number in range(MANY)}, between("2026-09-03", "2026-10-31")),
}
# What makes each error: the answer in v1 (contract operate-v1.md 2.5, 2.6, 6.3) and in v2 (camunda-v2.md 1.2).
ANSWERS = {
    "ServerBusy": (
        "429, 502, 503, 504; 500 `API application error`, after the retries",
        "429, 502, 504; 503 `RESOURCE_EXHAUSTED`",
    ),
    "NotFound": ("404 `Requested resource not found`", "404 `NOT_FOUND`"),
    "RequestRejected": (
        "400 `Invalid request`, `Data invalid`; any other 4xx with a `type`",
        "400 `INVALID_ARGUMENT`; any other 4xx with a `title`",
    ),
    "BadAnswer": ("200 whose body is no page", "200 whose body is no page"),
    "CredentialsRejected": ("401; the token service's `invalid_client`; the login's 401", "401"),
    "AudienceRejected": ("401 `... payload validation ...`", "401"),
    "CsrfRejected": ("403 with `path` and `error`, without a `type`", "403 with `path` and `error`"),
    "PermissionMissing": ("any other 403", "403 with a `detail`; missing rights mostly give fewer rows instead"),
    "NotOperate": ("a redirect, a web page, 404 or 405 without Operate's body", "the same"),
}
V2_DETAILS = {"evaluated_inputs": "`evaluatedInputs`", "evaluated_outputs": "`matchedRules[].evaluatedOutputs`"}
NONE = "-"
GENERATED = "<!-- Written by docs/make_reference.py: change the tables it reads, not this page. -->\n\n"


def pages() -> dict[str, str]:
    """All pages by file name."""
    found = {f"{name}.md": resource_page(resource) for name, resource in RESOURCES.items()}
    found |= {"filters.md": filters_page(), "errors.md": errors_page(), "index.md": index_page()}
    return {name: GENERATED + text for name, text in found.items()}


def resource_page(resource: Resource) -> str:
    reader = READERS[resource.name]
    parts = [
        f"# {title(resource.name)}: `{reader}()`",
        f"{summary(getattr(of, reader))}\n`operate_frames.search({resource.name!r})` asks the same question.",
        f"{asked_of(resource)} Rows come {order(resource)}.{archived(resource)}",
        "## Columns and filters",
        "Every column is also a filter of its name. Who answers it is explained in [Filters](filters.md).",
        table(["column", "dtype", "v1", "v2"], [column_row(field) for field in resource.fields]),
        *(part for api in (V1_API, NEWEST) if api.lacks(resource) is None for part in who_answers(resource, api)),
    ]
    if resource.extra_filters:
        parts += [
            "Filters that are no columns here:",
            table(
                ["filter", "v1", "v2", "how"],
                [[f"`{field.column}`", NONE, NONE, "by way of the definitions"] for field in resource.extra_filters],
            ),
        ]
    if added := detail_columns(resource):
        parts += [
            f"With `{resource.details}=True`, one call a row:",
            table(
                ["column", "type", "v1", "v2"],
                [
                    [f"`{each.name}`", f"`{each.type}`", f"`{camel(each.name)}`", V2_DETAILS[each.name]]
                    for each in added
                ],
            ),
        ]
    if notes := [note for field in resource.fields for note in field_notes(field)]:
        parts += ["## Values", "\n".join(f"- {note}" for note in notes)]
    if own := own_options(reader):
        parts += ["## Options of this reader", "\n".join(own)]
    return "\n\n".join(parts) + "\n"


def asked_of(resource: Resource) -> str:
    v2 = f"v2: `POST {NEWEST.search_path(resource)}`"
    if resource.since is None:
        return f"v1: `POST {V1_API.search_path(resource)}`; {v2}."
    lacking = "v1 has none of them, which is an `UnknownName` before anything is sent"
    return f"{v2}, from Camunda {resource.since} on; {lacking}."


def column_row(field: Field) -> list[str]:
    since = f", from {said(field.v2.since)} on" if field.v2 and field.v2.since > (8, 8) else ""
    return [
        f"`{field.column}`",
        PANDAS_DTYPES[field.kind],
        f"`{field.v1.name}`" if field.v1 else NONE,
        f"`{camel(field.column)}`{since}" if field.v2 else NONE,
    ]


def who_answers(resource: Resource, api: Api) -> Iterable[str]:
    """Who answers a filter on each column, the server or this side."""
    version = "" if api is V1_API else f", in Camunda {said(api.version)}"
    yield f"### Who answers a filter in {api.name}{version}"
    columns = ["column", "one value", f"list of {MANY}", "range", "`pd.NA`", "`sort` with `limit`"]
    fields = [each for each in resource.fields if each.column in api.fields(resource) or api.is_looked_up(each)]
    yield table(columns, [answers_row(resource, field, api) for field in fields])


def answers_row(resource: Resource, field: Field, api: Api) -> list[str]:
    one, many, span = SAMPLES["json" if field.json else field.kind]
    if field.enum:
        one, many = field.enum[0], list(field.enum)
    sorts = not api.client_sorts(build_query(resource, sort=field.column, limit=1))
    return [
        f"`{field.column}`",
        *(answered(resource, field, value, api) for value in (one, many, span, pd.NA)),
        "server" if sorts else "here",
    ]


def answered(resource: Resource, field: Field, value: object, api: Api) -> str:
    """Who answers a filter, as the planner plans it."""
    if value is None:
        return ""
    if api.is_looked_up(field):
        return "definitions" if field.column == "process_definition_id" else "here"
    plan = api.plan(build_query(resource, filters={field.column: value}))
    searches = f", {len(plan.searches)} searches" if len(plan.searches) > 1 else ""
    if not plan.residual_filters:
        return f"server{searches}"
    search = plan.searches[0]
    if search.skip_to:
        return "server, leaping"
    if search.start is not None or search.end_before is not None:
        return "server, from end to end"
    return f"server{searches}, then here" if search.filter else "here"


def field_notes(field: Field) -> Iterable[str]:
    name = f"`{field.column}`"
    v1_words = field.v1.words if field.v1 else {}
    if field.enum:
        words = ", ".join(
            f"`{ours}` (v1: `{v1_words[ours]}`)" if ours in v1_words else f"`{ours}`" for ours in field.enum
        )
        yield f"{name} takes {words}; any other word is a `QuestionError` that names the nearest one."
    if field.listed:
        yield f"{name} is the JSON text of a list; a filter of one text finds the lists that have it."
    if field.v2 and field.v2.is_nested:
        yield f"{name} is the JSON that the server writes there, as its text; a filter takes any JSON value."
    if field.v2 and field.v2.asked_as:
        yield f"{name}: the server's filter is called `{field.v2.asked_as}`."
    if field.v1 and field.v1.missing is not None:
        yield f"{name} is missing where v1 writes `{field.v1.missing!r}`."
    if field.v1 and field.v1.as_text:
        yield f"{name}: v1 writes this number as a text."
    if V1_API.is_looked_up(field):
        yield f"{name} is not in v1's rows: it is filled from the definitions, by `process_definition_key`."
    elif field.v1 and not field.v1.filtered:
        yield f"{name}: v1's own filter of that name finds other rows or all of them, so it is never sent."


def own_options(reader: str) -> list[str]:
    """What this reader takes beside what all take."""
    signature = inspect.signature(getattr(of, reader)).parameters
    resource = next(RESOURCES[name] for name, each in READERS.items() if each == reader)
    shared = set.intersection(*(set(inspect.signature(getattr(of, each)).parameters) for each in READERS.values()))
    described = inspect.getdoc(getattr(of, reader)) or ""
    own = [name for name in signature if name not in shared and name not in resource.filters]
    return [f"- `{name}`: {described_parameter(described, name)}" for name in own]


def described_parameter(docstring: str, name: str) -> str:
    found = re.search(rf"^{name} : (.*)\n((?:    .*\n)+)", docstring, re.MULTILINE)
    assert found, name
    return f"{found[1]}. {' '.join(line.strip() for line in found[2].splitlines())}"


def order(resource: Resource) -> str:
    if resource.v1 and resource.v1.text_order:
        return "by key; v1 walks them as text, so they are sorted here"
    if resource.sorted_by:
        return f"by `{resource.sorted_by}`, then by `{resource.key.column}`"
    return "by key"


def archived(resource: Resource) -> str:
    if not resource.archived:
        return ""
    return " Ended rows move to other indices after an hour: a single pass can miss some meanwhile (`recheck`)."


def filters_page() -> str:
    return f"""# Filters

Several filters must all hold. `None` is no filter.

| written | means |
|---|---|
| `state="ACTIVE"` | that value |
| `state=["ACTIVE", "COMPLETED"]`, a set, a Series, an array | any of them |
| `start_date=of.between("2026-10-01", "2026-11-01")` | from the first on, without the second |
| `start_date=of.between("2026-10-01", None)` | an open end |
| `end_date=pd.NA` | missing |
| `process_definition_id=of.like("ord-*")` | texts that look like that |
| `state=of.exclude("COMPLETED")` | all others, missing ones among them |
| `end_date=of.exclude(pd.NA)` | not missing |
| `end_date=[pd.NA, "2026-10-31"]` | missing, or that day |
| `start_date="2026-10-31"`, a `date`, a `Timestamp` at midnight | that whole day, in its own zone; naive is UTC |
| `start_date="2026-10"`, `"2026"`, `"2026Q3"`, a `Period` | that whole period |
| `start_date=datetime(...)` with a time of day, a text with a written time | that millisecond |
| `process_instance_key="2251799813685271"` | the same as the number |
| `with_variables={{"orderId": 42}}` | instances whose variables equal these, as JSON |

The tables of the resources say who answers:

- **server**: the server was asked for exactly that; *n searches* where v1, which knows neither lists nor ranges, is
  asked several times. Never more than {V1_API.max_searches} times for one question.
- **server, leaping**: a walk goes from one wanted key to the next, as v1 takes any key for `searchAfter`.
- **server, from end to end**: the walk begins at the low end and stops at the high one; between them rows are cut here.
- **server, then here**: the server finds a little more than was asked for, and the rest is cut here.
- **definitions**: the definitions are read first, and their keys are asked for.
- **here**: every row that the other filters leave is read, and cut here.

An empty cell: that cannot be asked. `search(...).explain()` says it of a question as it stands.

## What is refused before anything is sent

| given | error |
|---|---|
| a filter, column or resource that does not exist; the v1 name of one | `UnknownName`, naming the nearest |
| a key as float, a flag as text, a date as number, `None` in a list | `WrongType` |
| a text that is no date, an unknown word of an enumeration, an empty text | `QuestionError` |
| a range that holds nothing, or of text; a list of two dates | `QuestionError` |
| a negative limit, no workers or more than 32, a column twice, no columns | `QuestionError` |
"""


def errors_page() -> str:
    rows = []
    for name in errors.__all__:
        kind = getattr(errors, name)
        builtin = ", ".join(f"`{base.__name__}`" for base in kind.__bases__ if base.__module__ == "builtins")
        ours = ", ".join(f"`{base.__name__}`" for base in kind.__bases__ if base.__module__ == errors.__name__)
        v1, v2 = ANSWERS.get(name, (NONE, NONE))
        rows.append([f"`{name}`", ours, builtin, summary(kind), v1, v2])
    tree = inspect.cleandoc(errors.__doc__ or "").partition("::\n\n")[2]
    return (
        "\n\n".join(
            [
                "# Errors",
                "```text\n" + inspect.cleandoc(tree) + "\n```",
                table(["error", "is a", "and the builtin", "what happened", "v1 answered", "v2 answers"], rows),
            ]
        )
        + "\n"
    )


def index_page() -> str:
    names = [name for name in of.__all__ if not name.startswith("_")]
    groups = {
        "Connecting": ["connect", "login", "logout", "Operate"],
        "Reading": [name for name in names if name.startswith("read_")],
        "Asking": ["search", "between", "like", "exclude", "Search", "Count", "Explanation", "Report", "RetryPolicy"],
        "Writing files": ["export", "export_instances", "ExportReport"],
        "Event logs": ["event_log", "write_xes", "write_ocel"],
        "Reports": [
            "cycle_times",
            "compare_versions",
            "throughput",
            "sla",
            "element_times",
            "bottlenecks",
            "stuck_instances",
            "incident_report",
            "variants",
            "rework",
            "changes_since_start",
        ],
        "Drawing": ["draw", "Drawing"],
        "Errors and warnings": errors.__all__,
    }
    forgotten = set(names) - {name for group in groups.values() for name in group}
    assert not forgotten, f"no group holds {forgotten}"
    parts = [
        "# Reference",
        "Everything that `operate_frames` lets out. The whole texts are the docstrings: `help(of.read_instances)`.",
        "Pages: " + ", ".join(f"[{title(name)}]({name}.md)" for name in RESOURCES) + ";"
        " [Filters](filters.md); [Errors](errors.md).",
    ]
    for heading, group in groups.items():
        parts += [f"## {heading}", "\n".join(f"- `{name}`: {summary(getattr(of, name))}" for name in group)]
    parts += ["## Other", "- `__version__`: The version."]
    return "\n\n".join(parts) + "\n"


def summary(thing: object) -> str:
    return " ".join((inspect.getdoc(thing) or "").partition("\n\n")[0].split())


def title(name: str) -> str:
    return name.replace("_", " ").capitalize()


def said(version: tuple[int, int]) -> str:
    return ".".join(map(str, version))


def camel(column: str) -> str:
    """Camunda's own spelling of a v2 name."""
    first, *rest = column.split("_")
    return first + "".join(word.capitalize() for word in rest)


def table(head: list[str], rows: Iterable[list[str]]) -> str:
    return "\n".join(f"| {' | '.join(cells)} |" for cells in [head, ["---"] * len(head), *rows])


if __name__ == "__main__":
    FOLDER.mkdir(exist_ok=True)
    for name, text in pages().items():
        (FOLDER / name).write_text(text, encoding="utf-8")
