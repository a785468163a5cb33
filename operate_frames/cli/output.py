"""Rows on the output: a table to look at, or CSV, JSON Lines and Parquet for other programs."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from typing import BinaryIO, Literal

import pandas as pd
import pyarrow as pa
import pyarrow.parquet

from operate_frames.errors import QuestionError
from operate_frames.exports.formats.csv import Csv
from operate_frames.exports.formats.json_lines import JsonLines
from operate_frames.exports.options import FileOptions
from operate_frames.frames.search import Search

__all__ = ["OutputFormat", "print_rows"]

OutputFormat = Literal["table", "csv", "json", "parquet"]


def print_rows(search: Search, output_format: OutputFormat | None, *, is_wide: bool) -> None:
    """Write all rows to the output, as they come where the format lets them.

    Parameters
    ----------
    search : Search
        What to read.
    output_format : str, optional
        By default a table for whoever looks at it, and CSV for a program or a file.
    is_wide : bool
        Whether columns of variables are among them, whose types show at the end.
    """
    is_looked_at = sys.stdout.isatty()
    chosen = output_format or ("table" if is_looked_at else "csv")
    if chosen == "table":
        print(_as_table(search.to_pandas()))
        return
    if chosen == "parquet" and is_looked_at:
        raise QuestionError("--format parquet is not for a terminal: send it to a file, or use export.")
    write = _WRITERS[chosen]
    if is_wide:
        whole = search.to_arrow()
        write(whole.schema, iter([whole]), sys.stdout.buffer)
    else:
        write(search.schema, map(pa.table, search.batches()), sys.stdout.buffer)


def _as_table(frame: pd.DataFrame) -> str:
    if frame.empty:
        return f"no rows of {', '.join(frame.columns)}"
    return frame.to_string(index=False, na_rep="")


def _write_csv(schema: pa.Schema, tables: Iterator[pa.Table], output: BinaryIO) -> None:
    rows = Csv(FileOptions(encoding="utf-8"))  # no byte-order mark, which programs would take for a letter
    rows.write_header(schema, output)
    for table in tables:
        rows.write_part(table, output)


def _write_json(schema: pa.Schema, tables: Iterator[pa.Table], output: BinaryIO) -> None:  # noqa: ARG001 - rows name their columns
    rows = JsonLines(FileOptions())
    for table in tables:
        rows.write_part(table, output)


def _write_parquet(schema: pa.Schema, tables: Iterator[pa.Table], output: BinaryIO) -> None:
    with pa.parquet.ParquetWriter(output, schema, compression="zstd") as whole:
        for table in tables:
            whole.write_table(table)


_WRITERS = {"csv": _write_csv, "json": _write_json, "parquet": _write_parquet}
