"""A question and its outcomes: batches, one Arrow table, one frame, or frames of a chosen size.

`search` in the design; named so because a public function has that name.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator

import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc

from operate_frames.api import v1
from operate_frames.columns import DtypeBackend, batch_of, in_order, matching, schema, to_pandas
from operate_frames.progress import Progress, counting
from operate_frames.question import Question, ask
from operate_frames.resources import RESOURCES, Resource
from operate_frames.transport import Transport
from operate_frames.walk import ahead, walk

__all__ = ["Search"]

_NAME = "process_definition_name"


class Search:
    """A question to one server; nothing is sent before an outcome is asked for.

    Parameters
    ----------
    transport : Transport
        The server.
    question : Question
        What to read.
    progress : bool, callable or None
        As in the readers.
    """

    def __init__(self, transport: Transport, question: Question, progress: Progress = False) -> None:
        self._transport = transport
        self._progress = progress
        self.question = question

    def batches(self) -> Iterator[pa.RecordBatch]:
        """Give the rows in key order, a batch a page; memory is that of one page.

        Definitions are few and come in one batch: their server walks them in another order.
        """
        remaining = self.question.limit
        if remaining == 0:
            return
        with counting(self._progress, self.question.resource.name) as arrived:
            for batch in self._matching_batches():
                wanted = batch.slice(0, remaining).select(self.question.columns)
                if wanted.num_rows:
                    arrived(wanted.num_rows)
                    yield wanted
                if remaining is not None:
                    remaining -= wanted.num_rows
                    if not remaining:
                        return

    def to_arrow(self) -> pa.Table:
        """Read all rows into one Arrow table, in key order."""
        return self._table(self.batches())

    def to_pandas(self, dtype_backend: DtypeBackend = "numpy_nullable") -> pd.DataFrame:
        """Read all rows into one frame, in key order."""
        return to_pandas(self.to_arrow(), dtype_backend)

    def frames(self, rows: int, dtype_backend: DtypeBackend = "numpy_nullable") -> Iterator[pd.DataFrame]:
        """Give frames of exactly so many rows, the last may be shorter; memory is bound by one of them."""
        held: list[pa.RecordBatch] = []
        waiting = 0
        for batch in self.batches():
            held.append(batch)
            waiting += batch.num_rows
            if waiting < rows:
                continue
            table = self._table(held)
            whole = waiting - waiting % rows
            for start in range(0, whole, rows):
                yield to_pandas(table.slice(start, rows), dtype_backend)
            held = table.slice(whole).to_batches()
            waiting -= whole
        if waiting:
            yield to_pandas(self._table(held), dtype_backend)

    def _matching_batches(self) -> Iterator[pa.RecordBatch]:
        """The pages as batches of the whole schema, less what only this side can filter."""
        resource = self.question.resource
        by_client = [each for each in self.question.conditions if each.field.filtered_by == "client"]
        named = _NAME in self.question.columns or any(each.field.column == _NAME for each in by_client)
        sent = v1.sent(resource)
        batches: Iterable[pa.RecordBatch] = in_order(
            resource, (batch_of(resource, pages, sent) for pages in self._pages() if pages)
        )
        if resource.text_order:
            batches = _in_key_order(resource, batches)
        if named:
            batches = self._with_definition_names(batches)
        for batch in batches:
            yield matching(batch, by_client)

    def _pages(self) -> Iterator[list[bytes]]:
        """The pages that have arrived, a few at a time where the server is fast."""
        pages = (page.content for part in v1.parts() for page in walk(self._fetch, after=part.after))
        if self.question.limit is None:
            return ahead(pages)
        # The page at hand may meet the limit: nothing is asked for that may not be wanted.
        return ([page] for page in pages)

    def _fetch(self, after: bytes | None) -> v1.Page:
        resource = self.question.resource
        content = self._transport.post(v1.path(resource), v1.body(self.question, after))
        return v1.read_page(resource, content)

    def _with_definition_names(self, batches: Iterable[pa.RecordBatch]) -> Iterator[pa.RecordBatch]:
        """Fill in the names that v1's instances lack, from one read of the definitions."""
        names: pa.Table | None = None
        for batch in batches:
            if names is None:
                definitions = ask(RESOURCES["process_definitions"], columns=["process_definition_key", "name"])
                names = Search(self._transport, definitions).to_arrow()
            found = pc.index_in(batch["process_definition_key"], value_set=names["process_definition_key"])
            column = names["name"].combine_chunks().take(found)
            yield batch.set_column(batch.schema.get_field_index(_NAME), _NAME, column)

    def _table(self, batches: Iterable[pa.RecordBatch]) -> pa.Table:
        fields = schema(self.question.resource)
        return pa.Table.from_batches(batches, pa.schema([fields.field(name) for name in self.question.columns]))


def _in_key_order(resource: Resource, batches: Iterable[pa.RecordBatch]) -> Iterator[pa.RecordBatch]:
    table = pa.Table.from_batches(batches, schema(resource)).sort_by(resource.key.column)
    yield from table.to_batches()
