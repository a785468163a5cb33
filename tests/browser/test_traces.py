"""A search that finds nothing must be one that can find."""

from __future__ import annotations

import base64
import json
from urllib.parse import quote

import pytest

from tests.browser.traces import files_with, holds

SECRET = 'pa"ss/wörd+\\'


@pytest.mark.parametrize(
    "content",
    [
        SECRET.encode(),
        json.dumps({"value": SECRET}).encode(),
        json.dumps({"value": SECRET}, ensure_ascii=False).encode(),
        b"token?secret=" + quote(SECRET, safe="").encode(),
        *(base64.b64encode(b"user:"[:length] + SECRET.encode() + b"!") for length in range(4)),
    ],
)
def test_a_secret_is_found_however_it_is_spelled(content, tmp_path):
    assert holds(content, SECRET)
    (tmp_path / "notebook.ipynb").write_bytes(content)
    (tmp_path / "other.ipynb").write_bytes(b"nothing of the kind")
    assert files_with(SECRET, sorted(tmp_path.iterdir())) == ["notebook.ipynb"]


def test_what_is_no_secret_is_not_found():
    assert not holds(b'{"value": "pa"}', SECRET)
