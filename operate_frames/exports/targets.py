"""What an export becomes: a file, a folder of Parquet files, a table of DuckDB; each takes its place in one step."""

from __future__ import annotations

import hashlib
import os
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, Protocol

import pyarrow.dataset

from operate_frames.errors import QuestionError
from operate_frames.exports.options import FileOptions
from operate_frames.optional import needed

__all__ = ["Target", "target_of"]


class Target(Protocol):
    """Where rows go that stand in a whole file, until then beside it.

    Attributes
    ----------
    path : Path
        What the caller named.
    beside : str
        The name of what stands beside it, but for its ending.
    """

    path: Path
    beside: str

    def check(self) -> None:
        """Check before anything is read that it can be written; `QuestionError` where it cannot."""

    def take(self, whole: Path) -> None:
        """Become what a whole file says."""

    def digest_of(self, whole: Path) -> str:
        """What `digest` will be once it has taken a whole file."""

    def digest(self) -> str | None:
        """What tells that nobody has changed it; None where there is nothing."""


def target_of(path: Path, resource: str, options: FileOptions) -> Target:
    """The target that a path and options name.

    Raises
    ------
    QuestionError
        An option that it has no use for.
    """
    is_database = path.suffix.lower() == ".duckdb"
    vain = (
        "partition_by" if is_database and options.partition_by else "table" if options.table and not is_database else ""
    )
    if vain:
        raise QuestionError(f"{vain} says nothing about a {path.suffix} file: leave it out.")
    if is_database:
        return _Table(path, options.table or resource)
    return _Folder(path, options.partition_by) if options.partition_by else _File(path)


class _File:
    def __init__(self, path: Path) -> None:
        self.path = path
        self.beside = path.name

    def check(self) -> None:
        _check_parent(self.path)
        if self.path.is_dir():
            raise QuestionError(f"path={str(self.path)!r} is a folder: name a file in it.")

    def take(self, whole: Path) -> None:
        os.replace(whole, self.path)  # noqa: PTH105 - the one step

    def digest_of(self, whole: Path) -> str:
        with whole.open("rb") as file:
            return hashlib.file_digest(file, "sha256").hexdigest()

    def digest(self) -> str | None:
        return self.digest_of(self.path) if self.path.is_file() else None


class _Folder:
    """A folder of Parquet files, a folder in it for each value, as Hive names them."""

    def __init__(self, path: Path, columns: tuple[str, ...]) -> None:
        self.path = path
        self.beside = path.name
        self._columns = list(columns)

    def check(self) -> None:
        _check_parent(self.path)
        if self.path.is_file():
            raise QuestionError(f"path={str(self.path)!r} is a file: partition_by= makes a folder.")

    def take(self, whole: Path) -> None:
        new, old = whole.with_name("new"), whole.with_name("old")
        shutil.rmtree(new, ignore_errors=True)
        rows = pyarrow.dataset.dataset(whole, format="parquet")
        pyarrow.dataset.write_dataset(
            rows,
            new,
            format="parquet",
            partitioning=self._columns,
            partitioning_flavor="hive",
            file_options=pyarrow.dataset.ParquetFileFormat().make_write_options(compression="zstd"),
            preserve_order=True,
        )
        if self.path.exists():  # no system has one step for folders with something in them
            shutil.rmtree(old, ignore_errors=True)
            self.path.rename(old)
        new.rename(self.path)

    def digest_of(self, whole: Path) -> str:
        return str(pyarrow.dataset.dataset(whole, format="parquet").count_rows())

    def digest(self) -> str | None:
        if not self.path.is_dir():
            return None
        return str(pyarrow.dataset.dataset(self.path, format="parquet", partitioning="hive").count_rows())


class _Table:
    """A table of a DuckDB database, beside others that stay as they are."""

    def __init__(self, path: Path, table: str) -> None:
        self.path = path
        self.beside = f"{path.name}.{table}".replace(os.sep, "_")
        self._table = table

    def check(self) -> None:
        _check_parent(self.path)
        try:
            with self._opened() as database:
                database.execute("select 1")
        except OSError as error:
            raise QuestionError(f"path={str(self.path)!r} cannot be opened as a database: {error.strerror}") from None

    def take(self, whole: Path) -> None:
        with self._opened() as database:
            database.execute("begin")
            database.execute(f"create or replace table {self._name} as from read_parquet($1)", [str(whole)])
            database.execute("commit")

    def digest_of(self, whole: Path) -> str:
        with _without_trouble("memory") as duckdb, duckdb.connect() as database:
            database.execute("create view rows as from read_parquet('" + str(whole).replace("'", "''") + "')")
            return _digest(database, "rows")

    def digest(self) -> str | None:
        if not self.path.exists():
            return None
        with self._opened() as database:
            known = database.execute("select 1 from duckdb_tables() where table_name = $1", [self._table]).fetchall()
            return _digest(database, self._name) if known else None

    @property
    def _name(self) -> str:
        return '"' + self._table.replace('"', '""') + '"'

    @contextmanager
    def _opened(self) -> Iterator[Any]:
        with _without_trouble(str(self.path)) as duckdb, duckdb.connect(str(self.path)) as database:
            yield database


@contextmanager
def _without_trouble(where: str) -> Iterator[Any]:
    """DuckDB, whose errors are those of the system: another program holds the database, the disk is full."""
    duckdb = needed("duckdb", "A table in DuckDB")
    try:
        yield duckdb
    except duckdb.Error as error:
        raise OSError(0, str(error).splitlines()[0], where) from None


def _digest(database: Any, table: str) -> str:
    query = f"select count(*), bit_xor(hash(rows)) from {table} as rows"  # noqa: S608 - a name in quotes
    count, mixed = database.execute(query).fetchall()[0]
    return f"{count} rows, {mixed}"


def _check_parent(path: Path) -> None:
    if not path.parent.is_dir():
        raise QuestionError(f"path={str(path)!r} cannot be written: there is no folder {str(path.parent)!r}.")
