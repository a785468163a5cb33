"""What element instances say of each element: how often, how long, how many incidents, how many are there now."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from typing import Literal, get_args

import pandas as pd

from operate_frames.analysis.drawing.model import Diagram
from operate_frames.errors import QuestionError, UnknownName, WrongType

__all__ = [
    "Figures",
    "Heat",
    "HeatName",
    "PathTaken",
    "Tokens",
    "duration",
    "figures_of",
    "needed_columns",
    "times_said",
]

HeatName = Literal["frequency", "mean_time", "p90_time", "incidents"]

_TITLES = {
    "frequency": "element instances",
    "mean_time": "mean time of ended element instances",
    "p90_time": "90th percentile of the time of ended element instances",
    "incidents": "open incidents",
}
_COLUMNS: dict[str, tuple[str, ...]] = {
    "frequency": (),
    "mean_time": ("start_date", "end_date"),
    "p90_time": ("start_date", "end_date"),
    "incidents": ("incident_key",),
}
_TOKENS = ("state", "has_incident")
_OF_ALL = ("element_id", "type")
_BODY = "MULTI_INSTANCE_BODY"
_LEAST_SHOWN = 0.0005
_UNITS = ((86_400, "d"), (3_600, "h"), (60, "min"), (1, "s"))


@dataclass(frozen=True)
class Heat:
    """What colours say: what it is, and for each element the value, its text, and a sentence on it.

    `highest` is the strongest colour's; what others lie in has none, since it would outshine them.
    """

    title: str
    values: Mapping[str, float]
    texts: Mapping[str, str]
    sentences: Mapping[str, str]
    highest: float = 0.0
    highest_text: str = ""


@dataclass(frozen=True)
class Tokens:
    """How many instances are at an element now, those with an incident apart."""

    active: int
    incidents: int


@dataclass(frozen=True)
class PathTaken:
    """The way of one process instance: the elements that it entered, and the flows that it took."""

    process_instance_key: int
    elements: frozenset[str]
    flows: frozenset[str]


@dataclass(frozen=True)
class Figures:
    """What is shown upon a diagram.

    Attributes
    ----------
    summary : str
        What the figures were taken from.
    heat, counts, tokens, path
        By element, empty or None where not asked for.
    """

    summary: str = ""
    heat: Heat | None = None
    counts: Mapping[str, int] = field(default_factory=dict)
    tokens: Mapping[str, Tokens] = field(default_factory=dict)
    path: PathTaken | None = None


def needed_columns(heat: HeatName | None, counts: bool, tokens: bool) -> list[str]:
    """The columns of element instances that the figures are taken from; none where there are no figures.

    Raises
    ------
    QuestionError
        No such heat.
    WrongType
        A flag that is none.
    """
    if heat is not None and heat not in get_args(HeatName):
        raise QuestionError(f"heat takes {', '.join(map(repr, get_args(HeatName)))} or None, not {heat!r:.100}.")
    for name, flag in (("counts", counts), ("tokens", tokens)):
        if not isinstance(flag, bool):
            raise WrongType(f"{name} takes True or False, not {flag!r:.100}.")
    if heat is None and not counts and not tokens:
        return []
    return [*_OF_ALL, *(_COLUMNS[heat] if heat else ()), *(_TOKENS if tokens else ())]


def figures_of(
    element_instances: pd.DataFrame,
    diagram: Diagram,
    *,
    heat: HeatName | None,
    counts: bool,
    tokens: bool,
) -> Figures:
    """Take the figures from element instances.

    Of an activity with several instances its turns count, not the body around them, as in Operate.

    Parameters
    ----------
    element_instances : pandas.DataFrame
        Rows as `read_element_instances` gives them; those of other processes than the diagram's are left out.
    diagram : Diagram
        Its elements.
    heat, counts, tokens
        Which figures.

    Raises
    ------
    UnknownName
        A column is missing.
    QuestionError
        No row is of an element of the diagram.
    """
    columns = needed_columns(heat, counts, tokens)
    rows = _of_diagram(element_instances, diagram, columns)
    turns = rows[rows["type"] != _BODY]
    sizes = turns.groupby("element_id", observed=True).size()
    frequency = {str(element): int(size) for element, size in sizes.items()}
    return Figures(
        summary=_several(len(turns), "element instance"),
        heat=_with_highest(_heat(heat, rows, turns, frequency), diagram) if heat else None,
        counts=frequency if counts else {},
        tokens=_tokens(turns) if tokens else {},
    )


def _of_diagram(rows: pd.DataFrame, diagram: Diagram, columns: Iterable[str]) -> pd.DataFrame:
    if not isinstance(rows, pd.DataFrame):
        raise WrongType(f"element_instances takes a frame of read_element_instances, not a {type(rows).__name__}.")
    missing = [column for column in columns if column not in rows.columns]
    if missing:
        raise UnknownName(
            f"element_instances lacks the column {missing[0]}, which these figures are taken from: read it with the"
            " others."
        )
    if "process_definition_id" in rows.columns:
        rows = rows[rows["process_definition_id"].isin(list(diagram.processes))]
    here = rows["element_id"].isin([shape.id for shape in diagram.shapes])
    if len(rows) and not here.any():
        raise QuestionError(
            f"None of the {len(rows):,} element instances is of an element of this diagram: is it another process's?"
        )
    return rows[here]


def _heat(heat: HeatName, rows: pd.DataFrame, turns: pd.DataFrame, frequency: Mapping[str, int]) -> Heat:
    if heat == "frequency":
        texts = {element: f"{size:,}" for element, size in frequency.items()}
        sentences = {element: f"entered {times_said(size)}" for element, size in frequency.items()}
        return Heat(_TITLES[heat], dict(frequency), texts, sentences)
    if heat == "incidents":
        counted = rows.groupby("element_id", observed=True)["incident_key"].nunique()
        incidents = {str(element): int(count) for element, count in counted.items()}
        texts = {element: f"{count:,}" for element, count in incidents.items() if count}
        sentences = {element: _several(count, "open incident") for element, count in incidents.items()}
        return Heat(_TITLES[heat], incidents, texts, sentences)
    return _times_heat(heat, turns, frequency)


def _with_highest(heat: Heat, diagram: Diagram) -> Heat:
    colored = [each.id for each in diagram.shapes if not each.is_container and heat.texts.get(each.id)]
    if not colored:
        return heat
    first = max(colored, key=lambda element: heat.values[element])
    return replace(heat, highest=heat.values[first], highest_text=heat.texts[first])


def _times_heat(heat: HeatName, turns: pd.DataFrame, frequency: Mapping[str, int]) -> Heat:
    ended = turns[turns["end_date"].notna()]
    seconds = (ended["end_date"] - ended["start_date"]).dt.total_seconds()
    grouped = seconds.groupby(ended["element_id"], observed=True)
    found = grouped.mean() if heat == "mean_time" else grouped.quantile(0.9)
    counted = {str(element): int(count) for element, count in grouped.size().items()}
    times = {str(element): float(time) for element, time in found.items()}
    word = "mean" if heat == "mean_time" else "90 %"
    within = "mean time" if heat == "mean_time" else "90 % within"
    sentences = {element: f"{within} {duration(time)} of {counted[element]:,} ended" for element, time in times.items()}
    for element, size in frequency.items():
        if size > counted.get(element, 0):
            still = f"{size - counted.get(element, 0):,} still there, not in the {word}"
            sentences[element] = f"{sentences[element]}; {still}" if element in sentences else still
    left = len(turns) - len(ended)
    title = _TITLES[heat] + (f"; {left:,} not ended are left out" if left else "")
    # What takes no time to speak of, such as a gateway, needs no figure beside it.
    texts = {element: duration(time) for element, time in times.items() if time >= _LEAST_SHOWN}
    return Heat(title, times, texts, sentences)


def _tokens(turns: pd.DataFrame) -> dict[str, Tokens]:
    there = turns[turns["state"] == "ACTIVE"]
    failing = there["has_incident"].fillna(value=False).astype(bool).groupby(there["element_id"], observed=True)
    incidents = {str(element): int(count) for element, count in failing.sum().items()}
    return {
        str(element): Tokens(int(count) - incidents[str(element)], incidents[str(element)])
        for element, count in failing.size().items()
    }


def duration(seconds: float) -> str:
    """A time in its own unit: ms, s, min, h or d, with two digits at least."""
    for length, unit in _UNITS:
        if abs(seconds) >= length * 0.9995:
            value = seconds / length
            return f"{value:.1f} {unit}" if abs(value) < 9.95 else f"{value:,.0f} {unit}"
    return f"{seconds * 1000:.0f} ms"


def times_said(count: int) -> str:
    """``once``, or how many times."""
    return "once" if count == 1 else f"{count:,} times"


def _several(count: int, what: str) -> str:
    return f"{count:,} {what}" + ("" if count == 1 else "s")
