"""What a machine lacks is said in a sentence; what is there is found."""

from __future__ import annotations

import pytest

from tests.support.unavailable import Unavailable

from . import downloads, fixtures, java
from .java import Java


@pytest.fixture
def runtimes(monkeypatch, tmp_path):
    def there_are(*found: int, from_pypi: int | None = None):
        monkeypatch.setattr(java, "installed", lambda: [Java(tmp_path / str(major), major) for major in found])
        shipped = [] if from_pypi is None else [Java(tmp_path / "pypi", from_pypi, complete=False)]
        monkeypatch.setattr(java, "from_pypi", lambda: shipped)

    return there_are


def test_each_server_gets_the_oldest_java_that_fits(runtimes):
    runtimes(25, 8, 17, 21)
    assert java.java_for_opensearch().major == 17
    assert java.java_for_camunda().major == 21


def test_the_runtime_from_pypi_is_the_last_resort_and_not_for_opensearch(runtimes):
    runtimes(17, from_pypi=21)
    assert java.java_for_camunda().complete is False
    runtimes(17, 25, from_pypi=21)
    assert java.java_for_camunda().major == 25
    runtimes(from_pypi=21)
    with pytest.raises(Unavailable, match="OpenSearch needs a Java 17 or later"):
        java.java_for_opensearch()


def test_a_missing_java_is_named(runtimes):
    runtimes(17)
    with pytest.raises(Unavailable, match="Camunda and Keycloak need a Java 21 or later"):
        java.java_for_camunda()


def test_missing_maven_is_named_and_leaves_no_half_download(runtimes, monkeypatch, tmp_path):
    monkeypatch.setenv("OPERATE_FRAMES_CACHE", str(tmp_path / "cache"))
    monkeypatch.setenv("PATH", str(tmp_path))
    with pytest.raises(Unavailable, match=r"Maven .* is not installed"):
        downloads.programs(Java(tmp_path, 21))
    assert [path.name for path in (tmp_path / "cache").iterdir()] == ["lock"]


def test_a_maven_that_fails_is_quoted(monkeypatch, tmp_path):
    maven = tmp_path / "mvn"
    maven.write_text("#!/bin/sh\necho no route to anywhere\nexit 1\n")
    maven.chmod(0o755)
    monkeypatch.setenv("OPERATE_FRAMES_CACHE", str(tmp_path / "cache"))
    monkeypatch.setenv("PATH", f"{tmp_path}:/usr/bin:/bin")
    with pytest.raises(Unavailable, match=r"(?s)could not fetch.*io\.camunda:camunda-zeebe.*no route to anywhere"):
        downloads.programs(Java(tmp_path, 21))


def test_missing_things_skip_unless_the_environment_says_that_they_must_be_there(monkeypatch):
    monkeypatch.delenv("OPERATE_FRAMES_REQUIRE_CAMUNDA", raising=False)
    with pytest.raises(pytest.skip.Exception, match=r"No real Camunda to test against\. No Java\."):
        fixtures.skip_or_fail("No Java.")
    monkeypatch.setenv("OPERATE_FRAMES_REQUIRE_CAMUNDA", "1")
    with pytest.raises(pytest.fail.Exception, match=r"no Camunda can be started\. No Java\."):
        fixtures.skip_or_fail("No Java.")
