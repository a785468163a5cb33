"""The folder beside a target in which its parts wait until all are there, and the manifest that tells of them.

A part counts once the manifest names it, which is written anew, as a whole, behind each part. Nothing else is believed
after a stop: what the manifest does not name is written again.
"""

from __future__ import annotations

import os
import shutil
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, BinaryIO

import filelock
import msgspec

from operate_frames.errors import ExportFailed
from operate_frames.exports.targets import Target

__all__ = ["Manifest", "Part", "PartialExport"]

_VERSION = 2
_LOCK = "lock"


class Part(msgspec.Struct, frozen=True):
    """Rows that were written.

    Attributes
    ----------
    file : str
        Its name in the folder.
    rows, nbytes, formulas : int
        How many rows, bytes, and cells that a spreadsheet would run.
    began, ended : str
        When it was read, UTC.
    resume : dict
        Where to go on behind it.
    """

    file: str
    rows: int
    nbytes: int
    formulas: int
    began: str
    ended: str
    resume: dict[str, Any]


class Manifest(msgspec.Struct):
    """What an export is of, and how far it has come.

    Attributes
    ----------
    question : str
        The call that says the same.
    fingerprint : str
        The same for the same question, server and way of writing.
    resource : str
        What is read.
    server : str
        Its host.
    version : int
        Of this file's own form.
    parts : list of Part
        In order.
    doubles : int
        Second copies that were dropped.
    rechecked : bool
        Whether rows were looked for a second time.
    cut : str or None
        Why there may be more rows than these.
    seconds : float
        All runs together.
    is_read : bool
        Whether all rows have come.
    digest : str or None
        Of the whole target, once it was put together.
    """

    question: str
    fingerprint: str
    resource: str
    server: str
    version: int = _VERSION
    parts: list[Part] = []
    doubles: int = 0
    rechecked: bool = False
    cut: str | None = None
    seconds: float = 0.0
    is_read: bool = False
    digest: str | None = None

    @property
    def rows(self) -> int:
        """How many rows have been written."""
        return sum(part.rows for part in self.parts)


class PartialExport:
    """The folder of one target.

    Parameters
    ----------
    target : Target
        What it is to be.
    """

    def __init__(self, target: Target) -> None:
        self._target = target
        self.target = target.path
        self.folder = target.path.with_name(f"{target.beside}.partial")
        # What is known of a target that is complete.
        self.record = target.path.with_name(f"{target.beside}.manifest.json")
        self._manifest = self.folder / "manifest.json"

    @contextmanager
    def held(self) -> Iterator[None]:
        """Keep other exports away from the target while one works on it; leave no empty folder behind.

        Raises
        ------
        ExportFailed
            Another one works on it.
        """
        self.folder.mkdir(exist_ok=True)
        lock = filelock.FileLock(self.folder / _LOCK, blocking=False)
        try:
            lock.acquire()
        except filelock.Timeout:
            raise ExportFailed(f"Another export writes {self.target} just now: wait until it ends.") from None
        try:
            yield
        finally:
            lock.release()
            if not self._manifest.exists():
                shutil.rmtree(self.folder, ignore_errors=True)

    def begun(self) -> Manifest | None:
        """What an earlier run has left; None: nothing that can be gone on with."""
        return _read(self._manifest)

    def complete(self, begun: Manifest | None) -> Manifest | None:
        """What is known of the target, if it is still the one that was put in place, and none has been begun since."""
        manifest = begun or _read(self.record)
        return manifest if manifest is not None and self._is_in_place(manifest) else None

    def begin(self, manifest: Manifest) -> None:
        """Make the folder, empty but for the manifest."""
        self._clear()
        self.save(manifest)

    def save(self, manifest: Manifest) -> None:
        """Write the manifest, as a whole."""
        _replace(self._manifest, lambda file: file.write(msgspec.json.format(msgspec.json.encode(manifest))))

    def path_of(self, part: Part) -> Path:
        """Where a part lies."""
        return self.folder / part.file

    def write(self, name: str, write: Callable[[BinaryIO], object]) -> int:
        """Write a file of the folder, to the disk itself, and give its size."""
        _replace(self.folder / name, write)
        return (self.folder / name).stat().st_size

    def put_in_place(self, manifest: Manifest, write: Callable[[BinaryIO], object]) -> None:
        """Put the target together beside the parts, then in its place in one step."""
        whole = self.folder / "whole"
        _replace(whole, write)
        manifest.digest = self._target.digest_of(whole)
        self.save(manifest)
        self._target.take(whole)
        self.finish(manifest)

    def finish(self, manifest: Manifest) -> None:
        """Keep what is known of the target beside it, and nothing else."""
        _replace(self.record, lambda file: file.write(msgspec.json.format(msgspec.json.encode(manifest))))
        self._clear()

    def _clear(self) -> None:
        """Remove what parts there are."""
        for each in self.folder.iterdir():
            if each.name == _LOCK:
                continue
            shutil.rmtree(each) if each.is_dir() else each.unlink()

    def _is_in_place(self, manifest: Manifest) -> bool:
        return manifest.digest is not None and self._target.digest() == manifest.digest


def _read(manifest: Path) -> Manifest | None:
    try:
        found = msgspec.json.decode(manifest.read_bytes(), type=Manifest)
    except (OSError, msgspec.DecodeError, UnicodeDecodeError):
        return None
    return found if found.version == _VERSION else None


def _replace(path: Path, write: Callable[[BinaryIO], object]) -> None:
    """Write a file that is there as a whole or not at all, also after the power has gone."""
    unfinished = path.with_name(f"{path.name}.unfinished")
    with unfinished.open("wb") as file:
        write(file)
        file.flush()
        os.fsync(file.fileno())
    os.replace(unfinished, path)  # noqa: PTH105 - the one step
