"""The page: figures of a process as one HTML file without scripts, which loads nothing from anywhere."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

import pandas as pd

from operate_frames._version import __version__
from operate_frames.analysis.drawing.figures import duration
from operate_frames.analysis.page.content import Content
from operate_frames.analysis.page.plots import picture_of, why_no_pictures
from operate_frames.analysis.page.style import STYLE
from operate_frames.analysis.page.tables import Column, figure, moment, scrolling, table
from operate_frames.display.html import Html, element

__all__ = ["as_html"]

_MOST_ROWS = 15
# Of a name in a plot.
_MOST_LETTERS = 30
_ARROW = " → "
# Nothing is loaded and nothing runs, whatever a model or a row may say.
_POLICY = "default-src 'none'; img-src data:; style-src 'unsafe-inline'"
_PERIODS = {"D": "day", "W": "week", "MS": "month", "YS": "year"}
_AGES = (
    Column("open_median_seconds", "open for, median", "seconds"),
    Column("open_max_seconds", "longest", "seconds"),
)
_VERSIONS = (
    Column("process_definition_version", "version", "key"),
    Column("started", "started", "count"),
    Column("completed", "completed", "count"),
    Column("terminated", "terminated", "count"),
    Column("open", "open", "count"),
    Column("with_incident", "with incident", "count"),
    Column("mean_seconds", "mean", "seconds"),
    Column("median_seconds", "median", "seconds"),
    Column("p90_seconds", "90 % within", "seconds"),
    Column("p95_seconds", "95 % within", "seconds"),
    Column("median_change", "median changed by", "change"),
    *_AGES,
)
_TIME = (
    Column("period", "beginning", "text"),
    Column("started", "started", "count"),
    Column("ended", "ended", "count"),
    Column("open", "open at its end", "count"),
)
_BOTTLENECKS = (
    Column("element", "element"),
    Column("kind", "kind"),
    Column("count", "ended", "count"),
    Column("open", "open", "count"),
    Column("mean_seconds", "mean of the ended", "seconds"),
    Column("total_seconds", "time in all", "seconds"),
    Column("open_seconds", "of it in open ones", "seconds"),
    Column("share", "share", "share"),
    Column("cumulative_share", "with those above", "share"),
)
_INCIDENTS = (
    Column("element", "element"),
    Column("kind", "type"),
    Column("message_pattern", "message"),
    Column("count", "incidents", "count"),
    Column("open", "open", "count"),
    Column("instances", "instances", "count"),
    Column("last", "last one", "moment"),
    *_AGES,
)
_VARIANTS = (
    Column("variant", "", "key"),
    Column("way", "way", "path"),
    Column("instances", "instances", "count"),
    Column("share", "share", "share"),
    Column("open", "open", "count"),
    Column("mean_seconds", "mean of the ended", "seconds"),
    Column("median_seconds", "median", "seconds"),
    Column("p90_seconds", "90 % within", "seconds"),
)
_STUCK = (
    Column("process_instance_key", "process instance", "key"),
    Column("stands", "stands"),
    Column("incident", "incident"),
    Column("last_moved", "last moved", "moment"),
    Column("idle_seconds", "not moved for", "seconds"),
)
_READS = (
    Column("resource", "read"),
    Column("started", "when", "moment"),
    Column("seconds", "took", "seconds"),
    Column("rows", "rows", "count"),
    Column("total", "the server counts", "count"),
    Column("missing", "missing", "count"),
    Column("added", "added later", "count"),
    Column("second_look", "second look"),
)


def as_html(content: Content) -> str:
    """Write the page.

    Parameters
    ----------
    content : Content
        The figures.

    Returns
    -------
    str
        A whole HTML document; everything that comes from the model or from rows is escaped.
    """
    title = f"{content.name} · process report"
    head = element(
        "head",
        element("meta", charset="utf-8"),
        element("meta", http_equiv="Content-Security-Policy", content=_POLICY),
        element("meta", name="viewport", content="width=device-width, initial-scale=1"),
        element("meta", name="color-scheme", content="light dark"),
        element("title", title),
        element("style", Html(STYLE)),
    )
    body = element("body", *_beginning(content), *_sections(content), _end())
    return f"<!doctype html>\n{element('html', head, body, lang='en')}\n"


def _sections(content: Content) -> Iterator[Html]:
    pages = {
        "Diagram": _diagram,
        "Cycle times by version": _versions,
        "Throughput": _throughput,
        "Bottlenecks": _bottlenecks,
        "Incidents": _incidents,
        "Variants": _variants,
        "Stuck instances": _stuck,
        "How complete it is": _completeness,
    }
    for heading, section in pages.items():
        yield element("section", element("h2", heading), *section(content))


def _beginning(content: Content) -> Iterator[Html]:
    of_versions = _versions_said(content.versions)
    begun = "" if content.started is None else f", instances that started {content.started}"
    yield element("h1", content.name)
    about = f"Process {content.process_definition_id}, {of_versions}{begun}, as of "
    yield _said(about, moment(content.now, content.now.tz), f" ({content.now.tz})")
    if content.whole.empty:
        yield _said("No instance of it was found: there are no figures.", class_="open")
        return
    versions, whole = content.versions_compared, content.whole
    sums = {name: int(versions[name].sum()) for name in ("started", "completed", "terminated", "open", "with_incident")}
    tiles = {
        **{name.replace("_", " "): figure(value, "count") for name, value in sums.items()},
        "median time": figure(whole["median_seconds"].iloc[0], "seconds"),
        "90 % within": figure(whole["p90_seconds"].iloc[0], "seconds"),
    }
    yield element("dl", *(element("div", element("dt", name), element("dd", said)) for name, said in tiles.items()))
    if sums["open"]:
        yield _said(
            element("span", f"{sums['open']:,} of {sums['started']:,} instances are open.", class_="open"),
            " No mean, median or percentile counts them, as their time is not known yet; how long they have been open"
            " is told beside. Terminated ones have ended, and count.",
        )


def _diagram(content: Content) -> Iterator[Html]:
    drawn = content.drawn
    if drawn.drawing is None:
        yield _said(f"There is no picture of it. {drawn.why_not}")
        return
    yield _said(
        f"Version {content.versions[0]}. Colours are the mean time in an element, and the figure behind it is how often"
        " it was entered; blue and red say how many instances are there now, without and with an incident."
    )
    if len(content.versions) > 1:
        yield _said("The figures are of all versions together.", class_="faint")
    if drawn.left_out:
        yield _said(f"Not in it: {drawn.left_out:,} element instances of elements that this version does not have.")
    yield scrolling(Html(drawn.drawing.svg_in_page), label="Diagram")


def _versions(content: Content) -> Iterator[Html]:
    rows = content.versions_compared.reset_index()
    if rows.empty:
        yield _said("No instances.")
        return
    yield table(rows, _VERSIONS, label="Cycle times by version")
    by_version = content.versions_compared.droplevel("process_definition_id")
    yield from _plot(by_version.rename(index="version {}".format), "Cycle times by version")


def _throughput(content: Content) -> Iterator[Html]:
    rows = content.over_time
    if rows.empty:
        yield _said("No instances.")
        return
    period = _PERIODS[content.freq]
    yield _said(f"By the {period} in {content.now.tz}; the last {period} may not be over.")
    if content.started is not None:
        yield _said("Open are those of the instances that were asked for; who began before is not among them.")
    yield from _plot(rows, f"Process instances started, ended and open by {period}")
    periods = rows.assign(period=[f"{each:%Y-%m-%d}" for each in rows.index])
    summary = element("summary", f"{len(rows):,} {period}{'s' * (len(rows) != 1)} as a table")
    is_open = None if why_no_pictures() is None else ""
    yield element("details", summary, table(periods, _TIME, label="Throughput"), open=is_open)


def _bottlenecks(content: Content) -> Iterator[Html]:
    rows = content.bottlenecks
    if rows.empty:
        yield _said("No element was entered.")
        return
    yield _said(
        "Elements by their share of all time, waiting and working together, up to now where they have not ended."
        " Sub-processes count for nothing, what is in them does."
    )
    named = _with_elements(rows, content.element_names)
    yield table(named[:_MOST_ROWS], _BOTTLENECKS, label="Bottlenecks")
    yield from _rest(rows, "of.bottlenecks()")
    short = {each: _shortened(name) for each, name in content.element_names.items()}
    yield from _plot(rows.droplevel("type").rename(index=short), "Share of all time by element")


def _incidents(content: Content) -> Iterator[Html]:
    rows = content.incidents
    if rows.empty:
        yield _said("No incidents.")
        return
    total, are_open = rows["count"].sum(), rows["open"].sum()
    yield _said(
        f"{total:,} in all, {are_open:,} open. In messages … stands for what is in quotes, and # for a number. No row"
        " says when one was resolved."
    )
    if rows.index.get_level_values("element_id").isna().any():
        yield _said("This server does not say where incidents stood that are resolved.", class_="faint")
    named = _with_elements(rows, content.element_names)
    yield table(named[:_MOST_ROWS], _INCIDENTS, label="Incidents", zone=content.now.tz)
    yield from _rest(rows, "of.incident_report()")


def _variants(content: Content) -> Iterator[Html]:
    rows = content.variants
    if rows.empty:
        yield _said("No element was entered.")
        return
    yield _said("Ways through the process, the most frequent first; of open instances the way so far.")
    ways = [_way(path, content.element_names) for path in rows["path"]]
    yield table(rows.reset_index().assign(way=ways)[:_MOST_ROWS], _VARIANTS, label="Variants")
    yield from _rest(rows, "of.variants()")


def _stuck(content: Content) -> Iterator[Html]:
    rows = content.stuck
    idle = duration(pd.Timedelta(content.idle).total_seconds())
    if rows.empty:
        yield _said(f"There is no open instance in which nothing moved for {idle}.")
        return
    yield _said(
        f"{len(rows):,} open {'instance' if len(rows) == 1 else 'instances'} in which no element was entered or left"
        f" for {idle}, the longest first. Who waits for a called process may be busy there."
    )
    names = content.element_names
    shown = rows.reset_index()[:_MOST_ROWS]
    shown = shown.assign(
        stands=[
            f"at {_named(each, names)}" if still else f"at a joining gateway, after {_named(each, names)}"
            for each, still in zip(shown["element_id"], shown["open_elements"], strict=True)
        ],
        incident=["yes" if each else "no" for each in shown["has_incident"]],
    )
    yield table(shown, _STUCK, label="Stuck instances", zone=content.now.tz)
    yield from _rest(rows, "of.stuck_instances()")


def _completeness(content: Content) -> Iterator[Html]:
    reads = pd.DataFrame([vars(each) for each in content.reads])
    missing = int(reads["missing"].sum())
    if missing:
        yield _said(f"{missing:,} rows are missing: the server counts more than came.", class_="open")
    else:
        yield _said("No row is known to be missing. Rows that changed between the reads are as each read found them.")
    if (ignored := int(reads["unasked"].sum())) > 0:
        yield _said(f"{ignored:,} rows came that were not asked for, and were dropped.")
    hosts = ", ".join(dict.fromkeys(reads["server"]))
    rows = reads.assign(
        started=pd.to_datetime(reads["started"], utc=True),
        resource=reads["resource"].str.replace("_", " "),
        total=reads["total"].astype("Float64"),
    )
    yield table(rows, _READS, label="Reads", zone=content.now.tz)
    yield _said(
        f"From {hosts}. The server counts up to 10,000 exactly. Moments are in {content.now.tz}.", class_="faint"
    )


def _end() -> Html:
    return element(
        "footer", element("p", f"Made by operate-frames {__version__}. This file loads nothing and runs no script.")
    )


def _plot(report: Any, said: str) -> Iterator[Html]:
    why_not = why_no_pictures()
    yield picture_of(report, said) if why_not is None else _said(f"There is no plot: {why_not}", class_="faint")


def _rest(rows: pd.DataFrame, call: str) -> Iterator[Html]:
    if len(rows) > _MOST_ROWS:
        yield _said(f"The first {_MOST_ROWS} of {len(rows):,}: {call} gives all.", class_="faint")


def _with_elements(rows: pd.DataFrame, names: Mapping[str, str]) -> pd.DataFrame:
    """The keys of a report as columns that read well."""
    frame = rows.reset_index()
    kinds = frame["type"] if "type" in frame else frame["error_type"]
    return frame.assign(
        element=[_named(each, names) for each in frame["element_id"]],
        kind=kinds.str.replace("_", " ").str.lower(),
    )


def _named(element_id: Any, names: Mapping[str, str]) -> str:
    return "not known" if pd.isna(element_id) else names.get(str(element_id), str(element_id))


def _shortened(name: str) -> str:
    line = " ".join(name.split())
    return line if len(line) <= _MOST_LETTERS else f"{line[: _MOST_LETTERS - 1]}…"


def _way(path: str, names: Mapping[str, str]) -> str:
    return _ARROW.join(names.get(each, each) for each in path.split(_ARROW))


def _versions_said(versions: list[int]) -> str:
    return f"version {versions[0]}" if len(versions) == 1 else f"versions {versions[-1]} to {versions[0]}"


def _said(*words: str, class_: str | None = None) -> Html:
    return element("p", *words, class_=class_)
