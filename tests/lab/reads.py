"""Whole reads under a random schedule of faults, resumed until they end, and what must hold of each."""

from __future__ import annotations

import random
import warnings
from dataclasses import dataclass, field
from itertools import pairwise
from typing import Any, get_args

import pandas as pd
import pyarrow as pa
import requests

import operate_frames as of
from operate_frames.reading.options import Tuning
from operate_frames.sandbox import Faults
from operate_frames.sandbox.data.company import company
from operate_frames.sandbox.http.app import application, operate_routes
from operate_frames.sandbox.http.faults import Fault, Troubled
from operate_frames.sandbox.v1.store import Store, archiver_of
from operate_frames.sandbox.v2.routes import cluster_routes
from operate_frames.sandbox.v2.store import Store as ClusterStore
from tests.support.in_process import ADDRESS, InProcess, VirtualClock

INSTANCES = 600
KINDS = get_args(Fault)
# What passes: a client that tries again has every row in the end. (A refusal passes once a call.)
PASSING = (
    "busy",
    "throttled",
    "bad_gateway",
    "error_page",
    "redirected",
    "broken",
    "cut",
    "slow",
    "doubled",
    "filter_ignored",
)
# Then trouble ends, so that each read does.
MOST_TRIES = 30

QUESTIONS: list[tuple[str, dict[str, Any]]] = [
    ("process_instances", {}),
    ("process_instances", {"state": "ACTIVE"}),
    ("process_instances", {"state": ["ACTIVE", "CANCELED"], "process_definition_version": 1}),
    ("process_instances", {"start_date": of.between("2026-08-03", "2026-08-20"), "has_incident": False}),
    ("process_instances", {"sort": "-start_date", "limit": 90}),
    ("process_instances", {"process_definition_id": "order", "columns": ["process_instance_key", "state"]}),
    ("process_definitions", {}),
    ("element_instances", {"state": "ACTIVE"}),
    ("element_instances", {"type": "SERVICE_TASK", "limit": 400}),
    ("incidents", {}),
    ("variables", {"name": "amount"}),
    ("decision_instances", {}),
    ("decision_definitions", {}),
]
HOW = ("frame", "batches", "chunks")


# The second one is read by v2, whose cursors say nothing to a client: that one leaps it cannot see.
VERSIONS = ("8.6", "8.9")
UNSEEN = {"8.6": (), "8.9": ("cursor_leaps",)}


def calm_app(archiving=None, version="8.6"):
    """The server without trouble; its rows are made once."""
    contents = company(INSTANCES)
    archiver = archiver_of(contents, archiving)
    if version == "8.6":
        return application(operate_routes(Store(contents, "elasticsearch", archiver), "elasticsearch", ""), [])
    return application(cluster_routes(ClusterStore(contents, version, archiver), ""), [], version)


@dataclass
class Schedule:
    """A read and its faults, made by chance from a number."""

    seed: int
    kinds: tuple[str, ...] | None = None
    share: float | None = None
    workers: int | None = None
    question: tuple[str, dict[str, Any]] = field(init=False)

    def __post_init__(self):
        chance = random.Random(f"read {self.seed}")
        self.question = chance.choice(QUESTIONS)
        self.how = chance.choice(HOW)
        self.workers = self.workers or chance.choice((1, 1, 2, 3, 4, 8))
        self.page_size = chance.choice((20, 33, 100, 400))
        self.recheck = None if self.how != "frame" else chance.choice((None, False, None))
        among = chance.choice((PASSING, PASSING, KINDS))
        self.kinds = self.kinds or tuple(chance.sample(among, chance.randint(1, len(among))))
        self.version = random.Random(f"version {self.seed}").choice(VERSIONS)
        self.kinds = tuple(kind for kind in self.kinds if kind not in UNSEEN[self.version]) or ("busy",)
        self.share = self.share or chance.choice((0.02, 0.08, 0.2, 0.5))

    @property
    def must_recover(self):
        """Whether six attempts a call are enough: one in twelve fails, so three in a billion calls do."""
        return set(self.kinds) <= set(PASSING) and self.share <= 0.08

    @property
    def faults(self):
        return Faults(self.seed, self.share, self.kinds, delay=0.0)


@dataclass
class Outcome:
    """What a read gave: its rows, piece by piece, and the errors between them."""

    pieces: list[pa.Table] = field(default_factory=list)
    errors: list[Exception] = field(default_factory=list)
    warned: list[type[Warning]] = field(default_factory=list)
    requests: int = 0
    faults: int = 0

    @property
    def rows(self):
        return pa.concat_tables(self.pieces, promote_options="default") if self.pieces else None


def read_until_it_ends(operate, schedule, calm, tries=MOST_TRIES, begins=lambda: None):
    """Read, and go on from where each error says; `calm` ends the trouble for a read that would never end."""
    outcome, resume = Outcome(), None
    resource, asked = schedule.question
    for number in range(tries + 1):
        begins()
        if number == tries:
            calm()
        search = of.search(
            resource, operate=operate, workers=schedule.workers, resume=resume, recheck=schedule.recheck, **asked
        )
        try:
            with warnings.catch_warnings(record=True) as caught:
                warnings.simplefilter("always")
                _take(search, schedule.how, outcome.pieces)
            return outcome
        except of.ReadFailed as error:
            outcome.errors.append(error)
            if error.partial is not None:
                outcome.pieces.append(_table(error.partial))
            resume = error.resume
        except of.OperateError as error:  # before the first row
            outcome.errors.append(error)
        finally:
            outcome.warned += [each.category for each in caught]
    raise AssertionError("a read without trouble did not end")


def _take(search, how, pieces):
    if how == "frame":
        pieces.append(_table(search.to_arrow()))
    elif how == "batches":
        pieces.extend(_table(batch) for batch in search.batches())
    else:
        pieces.extend(_table(frame) for frame in search.frames(70))


def _table(rows):
    if isinstance(rows, pd.DataFrame):
        return pa.Table.from_pandas(rows, preserve_index=False).replace_schema_metadata(None)
    return pa.Table.from_batches([rows]) if isinstance(rows, pa.RecordBatch) else rows


class Lab:
    """A connection to a server in this process, and the rows that are right."""

    def __init__(self):
        self.apps = {version: calm_app(version=version) for version in VERSIONS}
        self._right = {}

    def right(self, question, version="8.6"):
        """The rows that a question has where all goes well, read by one worker at once."""
        name = f"{version} {question!r}"
        if name not in self._right:
            with self.connected(self.apps[version]) as (operate, adapter):
                before = adapter.count
                rows = of.search(question[0], operate=operate, workers=1, recheck=False, **question[1]).to_arrow()
                self._right[name] = rows, adapter.count - before
        return self._right[name]

    def connected(self, app, clock=None, most=100_000):
        return _Connected(app, clock or VirtualClock(), most)

    def check(self, schedule):
        """Do one read and hold what it gave against what must be."""
        right, fewest = self.right(schedule.question, schedule.version)
        clock, app = VirtualClock(), self.apps[schedule.version]
        with self.connected(app, clock) as (operate, adapter):
            operate.tuning = Tuning(page_size=schedule.page_size, seconds_between_passes=0)
            adapter.app = troubled = Troubled(app, schedule.faults)
            pages = fewest + right.num_rows // schedule.page_size
            # Three passes of twice the pages, some requests to look things up, six attempts each, and every try.
            adapter.most = adapter.count + 6 * (6 * pages + 60) * (MOST_TRIES if not schedule.must_recover else 1)

            def begins():
                adapter.tries += 1

            outcome = read_until_it_ends(operate, schedule, lambda: setattr(adapter, "app", app), begins=begins)
            assert_right(outcome, right, schedule)
            assert_waits_are_kept(adapter)
            outcome.requests, outcome.faults = adapter.count, troubled.met
            assert clock.now() <= adapter.count * (10 + 0.25 + schedule.faults.wait)
        return outcome


class _Connected:
    def __init__(self, app, clock, most):
        self._session = requests.Session()
        self._session.trust_env = False
        self._adapter = InProcess(app, clock, most)
        self._session.mount("http://", self._adapter)
        self._clock = clock

    def __enter__(self):
        self._operate = of.connect(
            ADDRESS, token=lambda: "t0ken", session=self._session, retry=of.RetryPolicy(clock=self._clock)
        )
        return self._operate, self._adapter

    def __exit__(self, *_):
        self._operate.close()
        self._adapter.close()


def assert_right(outcome, right, schedule):
    """Every row once and in order, every value; what could not be looked up was told."""
    rows = outcome.rows
    found = right.slice(0, 0) if rows is None else rows
    told = of.IncompleteWarning in outcome.warned
    key = right.column_names[0]
    if schedule.version != "8.6":  # a stream comes by date, and what goes on behind it too
        by_key = [(key, "ascending")]
        found, right = found.sort_by(by_key), right.sort_by(by_key)
    assert found[key].to_pylist() == right[key].to_pylist()
    for name in right.column_names:
        if name in _LOOKED_UP and told:
            given = found[name].to_pylist() if name in found.column_names else []
            assert all(
                value in (None, is_right) for value, is_right in zip(given, right[name].to_pylist(), strict=False)
            )
        else:
            assert found[name].to_pylist() == right[name].to_pylist(), name
    assert set(outcome.warned) <= {of.IncompleteWarning, of.FilterIgnoredWarning}
    if schedule.must_recover:
        assert outcome.errors == []


# These may be missing in one piece and there in the next; that is told.
_LOOKED_UP = ("process_definition_name", "process_definition_id")


def assert_waits_are_kept(adapter):
    """Who was told to wait asked the same again no sooner."""
    for thread in adapter.sent.values():
        for before, after in pairwise(thread):
            if before.wait and before.question == after.question:
                assert after.at >= before.at + before.wait
