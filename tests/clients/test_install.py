"""What npm is asked for is pinned to the byte, and whoever lacks Node is told so."""

from __future__ import annotations

import json

import pytest

from tests.clients import install
from tests.support.unavailable import Unavailable

NEWER = "orchestration-cluster-api-9"


def test_the_lock_file_names_no_host():
    assert "//" not in "".join(json.dumps(entry | {"integrity": ""}) for entry in locked().values())


def test_every_package_is_pinned_by_version_and_content():
    packages = locked()
    asked = packages.pop("")["dependencies"]
    assert asked == {
        install.SDK: install.sdk_version(),
        NEWER: "npm:@camunda8/orchestration-cluster-api@9.1.5",
        "bpmn-visualization": "0.46.0",
    }
    assert packages[f"node_modules/{NEWER}"]["version"] == "9.1.5"
    assert packages["node_modules/@camunda8/orchestration-cluster-api"]["version"] == "8.8.4"
    assert packages[f"node_modules/{install.SDK}"]["version"] == install.sdk_version() == "8.8.13"
    assert [path for path, entry in packages.items() if not entry.get("integrity", "").startswith("sha512-")] == []


def test_where_node_is_missing_one_sentence_says_so(monkeypatch, tmp_path):
    monkeypatch.setenv("PATH", str(tmp_path))
    with pytest.raises(
        Unavailable, match=r"^The command node is not on the PATH\. On Debian: apt-get install nodejs npm"
    ):
        install.node_modules()


def locked():
    return json.loads(install.LOCK.read_text(encoding="utf-8"))["packages"]
