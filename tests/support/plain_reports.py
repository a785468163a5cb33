"""The figures of reports once more, row by row in plain Python: what tests hold the package's own to.

Rows are dicts; dates are aware datetimes, or None where they are missing.
"""

from __future__ import annotations

import re
from collections import Counter, defaultdict
from datetime import UTC, datetime, time, timedelta
from itertools import pairwise
from zoneinfo import ZoneInfo

import numpy as np
import pandas as pd
import pytest

CONTAINERS = {
    "PROCESS",
    "SUB_PROCESS",
    "EVENT_SUB_PROCESS",
    "AD_HOC_SUB_PROCESS",
    "AD_HOC_SUB_PROCESS_INNER_INSTANCE",
    "MULTI_INSTANCE_BODY",
}
PROCESS, VERSION, INSTANCE = "process_definition_id", "process_definition_version", "process_instance_key"


def grouped(rows, by):
    groups = defaultdict(list)
    for row in rows:
        groups[tuple(row[name] for name in by)].append(row)
    return groups


def took(row, until=None):
    end = row["end_date"] or until
    return (end - row["start_date"]).total_seconds()


def spread(values, prefix="", names=("mean", "median", "p90", "p95")):
    """None where there is nothing to measure."""
    figures = {
        "mean": np.mean,
        "median": np.median,
        "max": np.max,
        "p90": lambda each: np.quantile(each, 0.9),
        "p95": lambda each: np.quantile(each, 0.95),
    }
    return {f"{prefix}{name}_seconds": float(figures[name](values)) if values else None for name in names}


def times(rows, by, now):
    found = {}
    for key, members in grouped(rows, by).items():
        ended = [took(row) for row in members if row["end_date"]]
        ages = [took(row, now) for row in members if not row["end_date"]]
        found[key] = {"count": len(ended), "open": len(ages)} | spread(ended)
        found[key] |= spread(ages, "open_", ("mean", "median", "max"))
    return found


def versions(rows, now):
    found, before = {}, {}
    of_versions, figures = grouped(rows, (PROCESS, VERSION)), times(rows, (PROCESS, VERSION), now)
    for key in sorted(of_versions):
        members, own = of_versions[key], figures[key]
        states = Counter(row["state"] for row in members)
        previous = before.get(key[0], {})
        found[key] = {
            "started": len(members),
            "completed": states["COMPLETED"],
            "terminated": states["TERMINATED"],
            "with_incident": sum(bool(row["has_incident"]) for row in members),
            "terminated_share": states["TERMINATED"] / own["count"] if own["count"] else None,
            **{name: value for name, value in own.items() if name != "count"},
            "median_change": change(own["median_seconds"], previous.get("median_seconds")),
            "p90_change": change(own["p90_seconds"], previous.get("p90_seconds")),
        }
        before[key[0]] = own
    return found


def change(now, before):
    if now is None or before is None:
        return None
    return now / before - 1 if before else None


def period_of(moment, freq, tz):
    """The first day of the period that a moment lies in."""
    day = moment.astimezone(ZoneInfo(tz)).date()
    return {
        "D": day,
        "W": day - timedelta(days=day.weekday()),
        "MS": day.replace(day=1),
        "QS": day.replace(day=1, month=(day.month - 1) // 3 * 3 + 1),
        "YS": day.replace(day=1, month=1),
    }[freq]


def begin_of(day, tz):
    """The moment at which a day begins, the first of two and behind a leap."""
    return datetime.combine(day, time(), ZoneInfo(tz)).astimezone(UTC)


def periods(moments, freq, tz):
    """The first days of all periods between the first and the last moment."""
    days = [period_of(moment, freq, tz) for moment in moments]
    if not days:
        return []
    found = [min(days)]
    while found[-1] < max(days):
        following = {"D": 1, "W": 7, "MS": 32, "QS": 93, "YS": 366}[freq]
        noon = datetime.combine(found[-1] + timedelta(days=following), time(12), ZoneInfo(tz))
        found.append(period_of(noon, freq, tz))
    return found


def throughput(rows, freq, tz):
    started = Counter(period_of(row["start_date"], freq, tz) for row in rows)
    ended = Counter(period_of(row["end_date"], freq, tz) for row in rows if row["end_date"])
    moments = [row[name] for row in rows for name in ("start_date", "end_date") if row[name]]
    found, running = {}, 0
    for day in periods(moments, freq, tz):
        running += started[day] - ended[day]
        found[(begin_of(day, tz),)] = {"started": started[day], "ended": ended[day], "open": running}
    return found


def sla(rows, within, freq, tz, now):
    found = {}
    for day in periods([row["start_date"] for row in rows], freq, tz):
        members = [row for row in rows if period_of(row["start_date"], freq, tz) == day]
        counts = Counter()
        for row in members:
            is_late = now - row["start_date"] > within if not row["end_date"] else took(row) > within.total_seconds()
            counts["open" if not row["end_date"] else "late" if is_late else "within"] += 1
            counts["open_late"] += not row["end_date"] and is_late
        known = counts["within"] + counts["late"] + counts["open_late"]
        figures = {name: counts[name] for name in ("within", "late", "open", "open_late")}
        share = counts["within"] / known if known else None
        found[(begin_of(day, tz),)] = {"started": len(members), **figures, "share": share}
    return found


def bottlenecks(rows, by, now):
    single = [row for row in rows if row["type"] not in CONTAINERS]
    everything = sum(took(row, now) for row in single)
    found = {}
    for key, members in grouped(single, by).items():
        ended = [took(row) for row in members if row["end_date"]]
        opened = [took(row, now) for row in members if not row["end_date"]]
        total = sum(ended) + sum(opened)
        found[key] = {
            "count": len(ended),
            "open": len(opened),
            "total_seconds": total,
            "open_seconds": sum(opened),
            **spread(ended, names=("mean",)),
            "share": total / everything if everything else None,
        }
    return found


def running(rows, instances):
    """The keys of those that run: that stand in an element, or are said to."""
    return {row[INSTANCE] for row in [*rows, *instances] if not row["end_date"]}


def stuck(rows, idle, now, instances=()):
    found = {}
    for key, members in grouped(rows, (INSTANCE,)).items():
        moved = max(row[name] for row in members for name in ("start_date", "end_date") if row[name])
        if key[0] not in running(rows, instances) or now - moved < idle:
            continue
        standing = [row for row in members if not row["end_date"]]
        last = max(standing or members, key=lambda row: (row["start_date"], row["element_instance_key"]))
        found[key] = {
            **{name: last[name] for name in (PROCESS, "element_id", "type", "element_instance_key")},
            "open_elements": len(standing),
            "has_incident": any(row["has_incident"] for row in standing),
            "last_moved": moved,
            "idle_seconds": (now - moved).total_seconds(),
        }
    return found


def single(rows):
    """Without the inner instances of what has several at once."""
    bodies = {(row[INSTANCE], row["element_id"]) for row in rows if row["type"] == "MULTI_INSTANCE_BODY"}
    return [
        row for row in rows if row["type"] == "MULTI_INSTANCE_BODY" or (row[INSTANCE], row["element_id"]) not in bodies
    ]


def variants(rows, instances=()):
    by_path, open_ones = defaultdict(list), running(rows, instances)
    for (instance,), members in grouped(single(rows), (INSTANCE,)).items():
        members.sort(key=lambda row: (row["start_date"], row["element_instance_key"]))
        by_path[members[0][PROCESS], tuple(row["element_id"] for row in members)].append((instance, members))
    sizes = Counter()
    for (process, _), taken in by_path.items():
        sizes[process] += len(taken)
    found, so_far = {}, Counter()
    for (process, path), taken in sorted(
        by_path.items(), key=lambda each: (each[0][0], -len(each[1]), " → ".join(each[0][1]))
    ):
        ended = [members for instance, members in taken if instance not in open_ones]
        lengths = [
            (max(row["end_date"] for row in members) - min(row["start_date"] for row in members)).total_seconds()
            for members in ended
        ]
        so_far[process] += len(taken)
        found[process, len([key for key in found if key[0] == process]) + 1] = {
            "path": " → ".join(path),
            "elements": len(path),
            "instances": len(taken),
            "share": len(taken) / sizes[process],
            "cumulative_share": so_far[process] / sizes[process],
            "open": len(taken) - len(ended),
            **spread(lengths),
        }
    return found


def rework(rows, instances=()):
    found, open_ones = {}, running(rows, instances)
    for key, members in grouped(single(rows), (PROCESS, "element_id")).items():
        entries = Counter(row[INSTANCE] for row in members)
        again = sum(count > 1 for count in entries.values())
        found[key] = {
            "instances": len(entries),
            "open": len(entries.keys() & open_ones),
            "reworked": again,
            "entries": len(members),
            "repetitions": len(members) - len(entries),
            "most_entries": max(entries.values()),
            "share": again / len(entries),
        }
    return found


def changes(rows):
    """A list: keys of the index may come again."""
    found = []
    for (instance,), members in sorted(grouped(rows, (INSTANCE,)).items()):
        events = [(row["start_date"], row["element_instance_key"], 0, "ENTERED", row) for row in members]
        events += [
            (row["end_date"], row["element_instance_key"], 1, row["state"], row) for row in members if row["end_date"]
        ]
        events.sort(key=lambda each: each[:3])
        gaps = [None, *((after[0] - before[0]).total_seconds() for before, after in pairwise(events))]
        for (moment, key, _, said, row), gap in zip(events, gaps, strict=True):
            figures = {
                "date": moment,
                "element_name": row["element_name"],
                "type": row["type"],
                "element_instance_key": key,
                "elapsed_seconds": (moment - min(each[0] for each in events)).total_seconds(),
                "since_previous_seconds": gap,
            }
            found.append(((instance, row["element_id"], said), figures))
    return found


def pattern(message):
    """What a message has in common with others."""
    line = message.split("\n")[0]
    line = re.sub(r'"[^"]*"', '"…"', line)
    line = re.sub(r"(?<![A-Za-z0-9_])'[^']*'", "'…'", line)
    return re.sub(r"[0-9]+(?:[.,:][0-9]+)*", "#", line)


def incidents(rows, by, now, resolved=None, period=None):
    """By `by`, and by a function of the row where one is given."""
    groups = defaultdict(list)
    for row in rows:
        key = tuple(pattern(row["error_message"]) if name == "message_pattern" else row[name] for name in by)
        groups[(*key, period(row)) if period else key].append(row)
    found = {}
    for key, members in groups.items():
        is_open = [row for row in members if row["state"] != "RESOLVED"]
        ages = [(now - row["creation_time"]).total_seconds() for row in is_open]
        lengths = [
            (resolved[row["incident_key"]] - row["creation_time"]).total_seconds()
            for row in members
            if row["state"] == "RESOLVED" and row["incident_key"] in (resolved or {})
        ]
        found[key] = {
            "count": len(members),
            "open": len(is_open),
            "instances": len({row[INSTANCE] for row in members}),
            "first": min(row["creation_time"] for row in members),
            "last": max(row["creation_time"] for row in members),
            **spread(ages, "open_", ("mean", "median", "max")),
            "timed": len(lengths),
            **spread(lengths, "resolution_"),
        }
    return found


def listed(report):
    """The rows of a report as plain values: the key, then the figures by name."""
    rows = []
    for key, row in zip(report.index, report.to_dict("records"), strict=True):
        labels = key if isinstance(key, tuple) else (key,)
        values = {name: None if pd.isna(value) else moment(value) for name, value in row.items()}
        rows.append((tuple(map(moment, labels)), values))
    return rows


def moment(value):
    return value.tz_convert("UTC").to_pydatetime() if isinstance(value, pd.Timestamp) else value


def assert_same(report, expected, *, ordered=True):
    """Labels, names and counts are equal, floats to the last digits."""
    found = listed(report)
    wanted = sorted(expected.items()) if isinstance(expected, dict) and ordered else [*dict(expected).items()]
    wanted = expected if isinstance(expected, list) else wanted
    if not ordered:
        found, wanted = sorted(found), sorted(wanted)
    assert [key for key, _ in found] == [key for key, _ in wanted]
    for (key, row), (_, figures) in zip(found, wanted, strict=True):
        assert row.keys() >= figures.keys()
        for name, value in figures.items():
            same = pytest.approx(value, rel=1e-9, abs=1e-9) if isinstance(value, float) else value
            assert row[name] == same, (key, name)
