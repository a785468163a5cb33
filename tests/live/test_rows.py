"""The readers give what a plain second reading of the server gives."""

from __future__ import annotations

import random

import pandas as pd
import pytest

import operate_frames as of
from tests.live.stable_rows import MOST_ROWS, compared, first_rows
from tests.support.names import V1_NAMES
from tests.support.names import V1_PATHS as PATHS

# A busy server's total is another one before a read than after it; what is missing shows row by row here.
pytestmark = pytest.mark.filterwarnings("ignore::operate_frames.IncompleteWarning")
READERS = pytest.mark.parametrize("read", PATHS, ids=lambda read: read.__name__)
SEED = 20261125
FEW_ROWS = 2_000  # to choose a range of keys from
FEW_CALLS = 20  # of those that give one row each


@READERS
@pytest.mark.parametrize("workers", [1, 4])
def test_every_row_and_every_value(plain, operate, read, workers, record_property):
    names = V1_NAMES[read]
    before = first_rows(plain, PATHS[read], names)
    frame = read(operate=operate, limit=MOST_ROWS, workers=workers)
    after = first_rows(plain, PATHS[read], names)

    found = compared(frame, names, before, after, limit=MOST_ROWS)
    record_property("figures", f"{found.stable:,} rows stood still")
    assert not found.faults, "\n".join(found.faults[:20])


@READERS
def test_filters_within_a_range_of_keys(plain, operate, read):
    names = V1_NAMES[read]
    key = next(iter(names))
    before = first_rows(plain, PATHS[read], names, most=FEW_ROWS)
    keys = sorted({row[key] for row in before.rows.values()})
    if not keys:
        pytest.skip(f"The server holds no {PATHS[read]}: there is nothing to filter.")
    low, high = keys[len(keys) // 4], keys[min(len(keys) // 4 + 500, len(keys) * 3 // 4)]
    if low == high:
        high += 1
    for column, value in drawn_filters(before, key, low, high):
        frame = read(operate=operate, **{key: of.between(low, high), column: pd.NA if value is None else value})
        after = first_rows(plain, PATHS[read], names, most=FEW_ROWS)

        def wanted(row, column=column, value=value):
            return low <= row[key] < high and row[column] == value

        found = compared(frame, names, before.matching(wanted), after.matching(wanted))
        assert not found.faults, "\n".join([f"{column}={value!r} from {low} to {high}:", *found.faults[:20]])


def drawn_filters(rows, key, low, high):
    """Three columns, each with the value of some row of the range."""
    within = [row for row in rows.rows.values() if low <= row[key] < high]
    chance = random.Random(SEED)
    columns = [name for name in within[0] if name != key]
    drawn = [(column, chance.choice(within)[column]) for column in chance.sample(columns, 3)]
    return [(column, value) for column, value in drawn if value != ""]  # no filter takes an empty text


def some_keys(plain, resource, **where):
    """Keys of a resource, evenly over its first page."""
    page = next(plain.pages(resource, **where), {"items": []})
    keys = [row["id" if resource == "decision-instances" else "key"] for row in page["items"]]
    if not keys:
        pytest.skip(f"The server holds no such {resource}: there is nothing to ask for.")
    return keys[:: max(1, len(keys) // FEW_CALLS)]


def agree(ours, plainly):
    """Whether a call gives what the plain one gives; where that changes meanwhile, nothing can be said."""
    before = plainly()
    seen = ours()
    assert seen == before or before != plainly()


@pytest.mark.parametrize(
    ("read", "resource"),
    [(of.read_definition_xml, "process-definitions"), (of.read_decision_requirements_xml, "drd")],
    ids=["BPMN", "DMN"],
)
def test_diagrams(plain, operate, read, resource):
    for key in some_keys(plain, resource):
        agree(lambda key=key: read(key, operate=operate), lambda key=key: plain.xml(resource, key))


def test_statistics_and_sequence_flows(plain, operate):
    def counts(key):
        frame = of.read_element_statistics(key, operate=operate)
        return frame.rename(columns={"element_id": "activityId"}).to_dict("records")

    def flows(key):
        return of.read_sequence_flows(key, operate=operate)["sequence_flow_id"].to_list()

    for key in some_keys(plain, "process-instances"):
        agree(lambda key=key: counts(key), lambda key=key: plain.statistics(key))
        agree(lambda key=key: flows(key), lambda key=key: plain.sequence_flows(key))


def test_values_that_search_cuts(plain, operate):
    def whole(key):
        return of.read_variables(operate=operate, variable_key=key, full_values=True)["value"].to_list()

    for key in some_keys(plain, "variables", truncated=True):
        agree(lambda key=key: whole(key), lambda key=key: [plain.row("variables", key)["value"]])


def test_inputs_and_outputs_of_decisions(plain, operate):
    def ours(name):
        frame = of.read_decision_instances(
            operate=operate, decision_evaluation_instance_key=name, inputs_and_outputs=True
        )
        return [frame[column].map(texts).to_list() for column in ("evaluated_inputs", "evaluated_outputs")]

    def plainly(name):
        row = plain.row("decision-instances", name)
        return [[texts(row["evaluatedInputs"])], [texts(row["evaluatedOutputs"])]]

    for name in some_keys(plain, "decision-instances"):
        agree(lambda name=name: ours(name), lambda name=name: plainly(name))


def texts(records):
    """The values of inputs or outputs, whatever their fields are called."""
    return [list(record.values()) for record in records]
