"""What an API of Camunda's is to the rest of the package: one protocol, and the plain data that it speaks in.

Each dialect is a folder beside this file that implements `Api`. Nothing else names a dialect, but for the place that
finds out what a server speaks. How one read of another dialect goes through it:
``docs/decisions/0001-one-protocol-for-an-api.md``.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from types import MappingProxyType
from typing import Any, NamedTuple, Protocol

from operate_frames.api.answers import ApiError, ElementCounts, Evaluation, Request, VersionCounts
from operate_frames.query.filters import Filter
from operate_frames.query.query import Order, Query
from operate_frames.schema.fields import Field, Resource, Version

__all__ = [
    "Api",
    "ApiField",
    "Cursor",
    "Page",
    "Partition",
    "Plan",
    "SearchRequest",
    "Total",
    "VersionStatistics",
]


@dataclass(frozen=True)
class Cursor:
    """The place in a walk that a page ended at.

    Attributes
    ----------
    raw : bytes
        What to send back, to the letter: as the server wrote it; empty where it gave none.
    position : int or None
        The value of the first column that the walk goes by: a key, or the milliseconds of a date; None where that is
        neither, or the cursor does not tell.
    """

    raw: bytes
    position: int | None = None


class Total(NamedTuple):
    """How many rows the server counts; where not `exact` there may be more."""

    value: int
    exact: bool


@dataclass(frozen=True)
class Page:
    """One page as the server gave it, its rows not yet read.

    Attributes
    ----------
    content : bytes
        The whole answer, a JSON object whose ``items`` are the rows.
    cursor : Cursor
        Where it ended.
    empty : bool
        Whether it has no rows, which ends a walk.
    total : Total
        How many rows answer the search.
    """

    content: bytes
    cursor: Cursor
    empty: bool
    total: Total

    @property
    def position(self) -> int | None:
        """That of its last row; None where it has no row, or does not tell."""
        return None if self.empty else self.cursor.position


@dataclass(frozen=True)
class SearchRequest:
    """One search, walked page after page.

    Attributes
    ----------
    filter : mapping
        The API's own names and values, as they are sent.
    start : tuple or None
        The place behind which it begins, the values of the order's columns; None: at the first row.
    end_before : int or None
        It ends where the position reaches this.
    skip_to : tuple of int
        Where given, only these positions, going up: the walk skips from one to the next.
    """

    filter: Mapping[str, Any]
    start: tuple[Any, ...] | None = None
    end_before: int | None = None
    skip_to: tuple[int, ...] = ()

    @property
    def is_whole(self) -> bool:
        """Whether it gives all rows that meet its filter, so that the server's total is its own."""
        return self.start is None and self.end_before is None and not self.skip_to


@dataclass(frozen=True)
class Plan:
    """All that is sent for a query, and what is left to do.

    Attributes
    ----------
    resource : Resource
        What is searched.
    searches : tuple of SearchRequest
        No row answers two of them.
    order : tuple of Order
        By what the rows of each search come, the key last.
    sent_filters : tuple of Filter
        What the server was asked for exactly.
    residual_filters : tuple of Filter
        What rows must still meet: the server was not asked for it, or not exactly.
    page_size : int
        Rows a page.
    seekable : bool
        Whether a walk can begin at any position, so that a search can be divided at it.
    text_order : bool
        Whether the server sorts the keys as texts.
    starts_exactly : bool
        Whether a search gives no row at or before its `start`; else these are cut here.
    details : bool
        Whether what search leaves out of a row is wanted too.
    weighed : tuple of str
        What it was chosen from, the best first; empty where there was no choice.
    """

    resource: Resource
    searches: tuple[SearchRequest, ...]
    order: tuple[Order, ...]
    sent_filters: tuple[Filter, ...]
    residual_filters: tuple[Filter, ...]
    page_size: int
    seekable: bool = False
    text_order: bool = False
    starts_exactly: bool = True
    details: bool = False
    weighed: tuple[str, ...] = ()


class Partition(NamedTuple):
    """A stretch of positions behind which there may be a gap; None: it has no end."""

    start: int
    end: int | None


@dataclass(frozen=True)
class ApiField:
    """How an API writes a column in its rows.

    Attributes
    ----------
    name : str
        What it is called there.
    as_text : bool
        Whether a number is written as a text.
    missing : int, str or None
        What is written where there is no value, beside leaving the field out.
    words : mapping
        Ours for those of its words that differ.
    nullable : bool
        Whether a row may lack it; else it is sent with every row.
    since : str or None
        The first version of Camunda that sends it, where not all do.
    hidden : bool
        Whether the server filters by it also where its rows do not show it.
    is_list : bool
        Whether it is a list of texts, which becomes a text of JSON.
    is_nested : bool
        Whether it is any other JSON, which becomes its text.
    """

    name: str
    as_text: bool = False
    missing: int | str | None = None
    nullable: bool = False
    since: str | None = None
    hidden: bool = False
    is_list: bool = False
    is_nested: bool = False
    words: Mapping[str, str] = field(default_factory=lambda: MappingProxyType({}))


class VersionStatistics(Protocol):
    """How a server is asked for the instances of each version of a process."""

    def processes(self, start: int) -> Request:
        """Ask for processes with active instances, from so many on."""

    def read_processes(self, content: bytes) -> list[str]:
        """Their ids."""

    def versions(self, process_definition_id: str, start: int) -> Request:
        """Ask for the versions of a process, from so many on."""

    def read_versions(self, content: bytes) -> list[VersionCounts]:
        """How many of each version."""


class Api(Protocol):
    """One of Camunda's APIs: how a query becomes requests, and answers become rows. Pure: nothing in it does I/O."""

    @property
    def name(self) -> str:
        """As the API is called, such as ``v1``."""

    @property
    def version(self) -> Version:
        """The first version of Camunda that speaks it so."""

    @property
    def max_searches(self) -> int:
        """A query becomes at most so many searches."""

    @property
    def keys_per_search(self) -> int:
        """So many keys may be asked for by one search."""

    @property
    def max_page_size(self) -> int:
        """The most rows that it gives a page."""

    @property
    def max_sequence_flows(self) -> int | None:
        """The server gives no more of them and says nothing; None: it gives all."""

    @property
    def counts_from_start(self) -> bool:
        """Whether a page's total counts the rows from the start of its search on, and not all that meet the filter."""

    @property
    def closes_date_ranges(self) -> bool:
        """Whether the open end of a range of dates has to be found out first."""

    # What rows it has

    def fields(self, resource: Resource) -> Mapping[str, ApiField]:
        """What the API sends of a resource, by our column names."""

    def lacks(self, resource: Resource) -> str | None:
        """Why the server does not have a resource, a sentence; None: it has it."""

    def is_looked_up(self, field: Field) -> bool:
        """Whether its rows lack the field, so that its values come from the definitions."""

    def joins_variable(self, asked: Filter) -> bool:
        """Whether instances that have a variable are found only by way of the variables."""

    # Planning

    def client_sorts(self, query: Query) -> bool:
        """Whether this side sorts, so that all rows are read before the first one is given."""

    def plan(self, query: Query, after: Sequence[Any] | None = None, *, page_size: int | None = None) -> Plan:
        """Plan the searches for a query whose filters are all on the API's fields and closed."""

    def alternatives(
        self, query: Query, plan: Plan, after: Sequence[Any] | None = None, *, page_size: int | None = None
    ) -> Sequence[Plan]:
        """Other plans for the same rows than the one of many searches, which may take fewer requests."""

    def filters_of_no_row(self, field: Field) -> Sequence[Mapping[str, Any]]:
        """Filters on a field that no row meets all of, by which one sees whether they are heeded; empty: none is."""

    # Searching

    def search_path(self, resource: Resource, *, details: bool = False) -> str:
        """The path of a resource's search, below the base URL; with details where it can give them."""

    def body(self, plan: Plan, search: SearchRequest, after: Cursor | None, *, size: int) -> bytes:
        """Write the request body of one page; `after` is None for the first page."""

    def read_page(self, plan: Plan, content: bytes) -> Page:
        """Find the cursor of a page, its total and whether it has rows; `BadAnswer` where it is no page."""

    def keys_in(self, plan: Plan, page: Page) -> list[bytes]:
        """The last column of the order in the rows of a page, as they are written; empty where it cannot be read."""

    def first_position(self, plan: Plan, page: Page) -> int | None:
        """The position of a page's first row, as `Cursor.position` is that of its last one."""

    # Cursors, and dividing a search

    def first_cursor(self, search: SearchRequest) -> Cursor | None:
        """Where a walk begins; None: at the first row."""

    def next_cursor(self, search: SearchRequest, cursor: Cursor) -> Cursor | None:
        """Where a walk goes on behind a page; None: it is at its end."""

    def cursor_before(self, plan: Plan, position: int) -> Cursor:
        """The cursor behind which the rows from a position on come, or those below it where the order goes down."""

    def downward(self, plan: Plan) -> Plan:
        """The same searches with the last row first."""

    def split(self, plan: Plan, search: SearchRequest, at: int) -> tuple[SearchRequest, SearchRequest]:
        """Divide a search at a position: the rows below it, and those from it on."""

    def partition(self, position: int) -> Partition:
        """The stretch of positions that one belongs to."""

    def beyond(self, plan: Plan, search: SearchRequest, found: Sequence[int]) -> SearchRequest:
        """The same search for rows whose first column is none of these keys, which were found one after the other."""

    # What is got by key

    def row_path(self, resource: Resource, key: int | str) -> str:
        """The path of one row."""

    def xml_path(self, resource: Resource, key: int) -> str:
        """The path of a diagram."""

    def statistics_path(self, process_instance_key: int) -> str:
        """The path of an instance's element statistics."""

    def sequence_flows_path(self, process_instance_key: int) -> str:
        """The path of the flows that an instance took."""

    def read_whole_value(self, content: bytes) -> str | None:
        """The whole value of a variable; None where the answer is cut too."""

    def read_evaluation(self, content: bytes) -> Evaluation:
        """The inputs and outputs of a decision."""

    def read_statistics(self, content: bytes) -> list[ElementCounts]:
        """How many of each element."""

    def read_sequence_flows(self, content: bytes) -> list[str]:
        """The ids of flows."""

    # What it counts

    def element_counts(self, plan: Plan, process_definition_key: int) -> Request | None:
        """Ask how many elements instances of a definition have that a plan finds; None: the server does not count."""

    @property
    def version_statistics(self) -> VersionStatistics | None:
        """How it counts the instances of each version of a process; None: it does not."""

    # What is told when it does not answer

    @property
    def not_there(self) -> str:
        """Why nothing of the API may answer at an address, a sentence; it may be empty."""

    @property
    def not_allowed(self) -> str:
        """What to do where the permission to read is missing."""

    def read_error(self, status: int, body: Mapping[str, Any]) -> ApiError:
        """Read the JSON object of an error, empty where it has none."""
