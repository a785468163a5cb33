"""What an export wrote."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from operate_frames.exports.partial import Manifest

__all__ = ["ExportReport"]


@dataclass(frozen=True)
class ExportReport:
    """What an export wrote, and when it was read.

    Attributes
    ----------
    path : Path
        The file.
    question : str
        The call that says the same.
    rows : int
        Rows in it.
    nbytes : int
        Its size.
    seconds : float
        How long it took, all runs together.
    doubles : int
        Second copies of a row that were dropped.
    rechecked : bool
        Whether rows were looked for a second time, as those of small exports are.
    formulas : int
        Cells that a spreadsheet would run as a formula.
    cut : str or None
        Why there are more rows than these; None: there are not.
    read : tuple of (datetime, datetime)
        When each part was read: after a stop, parts are as they were then.
    """

    path: Path
    question: str
    rows: int
    nbytes: int
    seconds: float
    doubles: int
    rechecked: bool
    formulas: int
    cut: str | None
    read: tuple[tuple[datetime, datetime], ...]

    @classmethod
    def of(cls, target: Path, manifest: Manifest) -> ExportReport:
        """Tell of a target that is complete."""
        return cls(
            target,
            manifest.question,
            manifest.rows,
            _size(target),
            round(manifest.seconds, 3),
            manifest.doubles,
            manifest.rechecked,
            sum(part.formulas for part in manifest.parts),
            manifest.cut,
            tuple((datetime.fromisoformat(part.began), datetime.fromisoformat(part.ended)) for part in manifest.parts),
        )

    def __str__(self) -> str:
        """One line: rows, file, size, time, and what to know of it."""
        said = [
            f"{self.rows:,} rows of {self.question} in {self.path}, {self.nbytes:,} bytes, {self.seconds:.1f} s",
            *([self.cut] if self.cut else []),
            *([f"{self.formulas:,} cells that a spreadsheet would run as formulas"] if self.formulas else []),
        ]
        return "; ".join(said)


def _size(target: Path) -> int:
    """The bytes of a file, or of all files in a folder."""
    files = [target] if target.is_file() else [each for each in target.rglob("*") if each.is_file()]
    return sum(each.stat().st_size for each in files)
