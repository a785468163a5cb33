"""LibreOffice without a window, which opens what an export wrote and says what its cells show."""

from __future__ import annotations

import csv
import os
import shutil
import subprocess
from collections.abc import Callable
from pathlib import Path

import pytest

LANGUAGES = {"English": 1033, "German": 1031}
# Comma, quotes, UTF-8, from the first line, as shown, no formulas; -1: a file for each sheet.
_AS_SHOWN = "csv:Text - txt - csv (StarCalc):44,34,76,1,,0,false,true,false,false,false,-1"

Shown = Callable[..., dict[str, list[list[str]]]]


@pytest.fixture(scope="session")
def soffice() -> str:
    found = shutil.which("soffice")
    if found is None:
        reason = "LibreOffice (soffice) is not installed: apt-get install libreoffice-calc"
        if os.environ.get("OPERATE_FRAMES_REQUIRE_SPREADSHEET") == "1":
            pytest.fail(f"OPERATE_FRAMES_REQUIRE_SPREADSHEET=1, but {reason}", pytrace=False)
        pytest.skip(reason)
    return found


@pytest.fixture(scope="session")
def shown(soffice: str, tmp_path_factory: pytest.TempPathFactory) -> Shown:
    """Gives what the cells of a file show, sheet by sheet, to somebody who opens it in a language."""

    def open_and_show(file: Path, language: str, sep: str = ",") -> dict[str, list[list[str]]]:
        folder = tmp_path_factory.mktemp("shown")
        opened = []
        if file.suffix == ".csv":  # as the dialogue proposes it: nothing is text because it is quoted
            opened = [f"--infilter=CSV:{ord(sep)},34,76,1,,{LANGUAGES[language]},false,true"]
        subprocess.run(
            [
                soffice, f"-env:UserInstallation={(folder / 'profile').as_uri()}", "--headless", *opened,
                "--convert-to", _AS_SHOWN, "--outdir", str(folder), str(file),
            ],
            check=True, capture_output=True, timeout=120, env={**os.environ, "HOME": str(folder), "LC_ALL": "C.UTF-8"},
        )  # fmt: skip
        sheets = {}
        for each in sorted(folder.glob("*.csv")):
            with each.open(encoding="utf-8", newline="") as lines:
                sheets[each.stem.removeprefix(f"{file.stem}-") or file.stem] = list(csv.reader(lines))
        return sheets

    return open_and_show
