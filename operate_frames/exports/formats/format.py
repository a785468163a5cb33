"""What a file of rows is made of: parts while it is written, and what puts them together. One class for each format."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path
from typing import BinaryIO, Protocol

import pyarrow as pa

from operate_frames.errors import QuestionError
from operate_frames.exports.formats.csv import Csv
from operate_frames.exports.formats.excel import Excel
from operate_frames.exports.formats.json_lines import JsonLines
from operate_frames.exports.formats.parquet import Parquet
from operate_frames.exports.formats.wide import Wide
from operate_frames.exports.options import FileOptions
from operate_frames.exports.partial import Manifest
from operate_frames.query.joins import NO_JOINS, Joins

__all__ = ["Format", "format_of"]


class Format(Protocol):
    """How rows are kept while they come, and how the file is made of them."""

    def write_part(self, table: pa.Table, part: BinaryIO) -> None:
        """Write the rows of one part."""

    def put_together(self, schema: pa.Schema, parts: Iterable[Path], target: BinaryIO, about: Manifest) -> None:
        """Write the whole file of its parts, in their order, with what stands around them."""


_FORMATS: dict[str, type[Csv | Excel | JsonLines | Parquet]] = {
    ".csv": Csv,
    ".xlsx": Excel,
    ".jsonl": JsonLines,
    ".ndjson": JsonLines,
    ".parquet": Parquet,
    ".duckdb": Parquet,  # which the database reads
}


def format_of(path: Path, options: FileOptions, joins: Joins = NO_JOINS) -> Format:
    """The format that a file's name asks for.

    Raises
    ------
    QuestionError
        No such format, or an option that it has no use for.
    """
    chosen = _FORMATS.get(path.suffix.lower())
    if chosen is None:
        raise QuestionError(
            f"path={str(path)!r} names no format: it takes a file that ends with one of {', '.join(_FORMATS)}."
        )
    vain = [name for name in options.given if name not in chosen.options]
    if vain:
        raise QuestionError(f"{vain[0]} says nothing about a {path.suffix} file: leave it out.")
    return Wide(chosen(options), joins) if joins.variables != () else chosen(options)
