"""What search leaves out of a row and the server gives one call a row: whole values, inputs and outputs of decisions.

Contract ``operate-v1.md`` section 5. How a row is fetched is given by the caller.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from functools import partial
from typing import TypeVar

import msgspec
import pyarrow as pa
import pyarrow.compute as pc

from operate_frames.api.base import Api
from operate_frames.errors import BadAnswer
from operate_frames.reading.paging.threads import map_in_order
from operate_frames.schema.fields import Resource

__all__ = ["DETAIL_FIELDS", "Fetch", "detail_columns", "fetch_details"]

# None: there is nothing with that key any more.
Fetch = Callable[[int | str], bytes | None]
FetchAll = Callable[[Iterable[int | str]], Iterator[bytes | None]]

_INPUT = pa.struct([("input_id", pa.string()), ("input_name", pa.string()), ("input_value", pa.string())])
_OUTPUT = pa.struct(
    [
        ("output_id", pa.string()),
        ("output_name", pa.string()),
        ("output_value", pa.string()),
        ("rule_id", pa.string()),
        ("rule_index", pa.int64()),
    ]
)
DETAIL_FIELDS = (pa.field("evaluated_inputs", pa.list_(_INPUT)), pa.field("evaluated_outputs", pa.list_(_OUTPUT)))

T = TypeVar("T")


def detail_columns(resource: Resource) -> tuple[pa.Field, ...]:
    """The columns that details add to a resource; whole values take the place of the cut ones."""
    return DETAIL_FIELDS if resource.name == "decision_instances" else ()


def fetch_details(api: Api, resource: Resource, batch: pa.RecordBatch, fetch: Fetch, *, workers: int) -> pa.RecordBatch:
    """Fetch what search left out of these rows, some at a time, and give them whole.

    Parameters
    ----------
    api : Api
        What the server speaks.
    resource : Resource
        Variables or decision instances.
    batch : pyarrow.RecordBatch
        With all columns of the resource.
    fetch : callable
        Gives the bytes of the row with a key, None for one that has gone; several threads call it.
    workers : int
        At most so many calls at a time.

    Returns
    -------
    pyarrow.RecordBatch
        Variables: `value` whole and `is_truncated` False where the server gives it whole; where it does not, as on
        OpenSearch, `is_truncated` stays True. Decision instances: two more columns; missing where the row is gone.
    """
    complete = _with_whole_values if resource.name == "variables" else _with_inputs_and_outputs
    return complete(api, batch, partial(map_in_order, fetch, workers=workers))


def _with_whole_values(api: Api, batch: pa.RecordBatch, fetch_all: FetchAll) -> pa.RecordBatch:
    cut = pc.fill_null(batch["is_truncated"], fill_value=False)
    keys = batch.filter(cut)["variable_key"].to_pylist()
    if not keys:
        return batch
    whole = _read_all(api.read_whole_value, keys, fetch_all)
    values = pc.replace_with_mask(batch["value"], cut, pa.array(whole, pa.string()))
    gained = values.is_valid()
    names = batch.schema.names
    batch = batch.set_column(names.index("value"), "value", pc.if_else(gained, values, batch["value"]))
    return batch.set_column(names.index("is_truncated"), "is_truncated", pc.and_not(cut, gained))


def _with_inputs_and_outputs(api: Api, batch: pa.RecordBatch, fetch_all: FetchAll) -> pa.RecordBatch:
    found = _read_all(api.read_evaluation, batch["decision_evaluation_instance_key"].to_pylist(), fetch_all)
    inputs = [None if each is None else each.inputs for each in found]
    outputs = [None if each is None else each.outputs for each in found]
    for field, rows in zip(DETAIL_FIELDS, (inputs, outputs), strict=True):
        batch = batch.append_column(field, pa.array(rows, field.type))
    return batch


def _read_all(read: Callable[[bytes], T | None], keys: Sequence[int | str], fetch_all: FetchAll) -> list[T | None]:
    """Fetch and read the rows with these keys; None for one that has gone."""
    found: list[T | None] = []
    for key, content in zip(keys, fetch_all(keys), strict=True):
        try:
            found.append(None if content is None else read(content))
        except (msgspec.DecodeError, RecursionError) as error:
            raise BadAnswer(f"The answer for {key} cannot be read: {error}.") from None
    return found
