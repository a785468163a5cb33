"""Whatever stands in arguments, the environment or a file: settings that can be used, or one error of our tree."""

from __future__ import annotations

import contextlib
import string

import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

import operate_frames as of
from operate_frames.client.config.settings import Settings, resolve
from operate_frames.client.config.sources import ENVIRONMENT, from_arguments, from_environment, from_file, from_names
from operate_frames.signin.connect import _hidden

pytestmark = pytest.mark.matrix

NAMES = sorted({name for names in ENVIRONMENT.values() for name in names})
ARGUMENTS = (
    "base_url",
    "auth",
    "client_id",
    "client_secret",
    "token_url",
    "audience",
    "scope",
    "region",
    "cluster_id",
    "username",
    "password",
    "token",
    "client_auth",
    "ca",
)
LIKELY = st.sampled_from(
    [
        "oauth",
        "none",
        "system",
        "http://localhost:8080",
        "https://bru-2.operate.camunda.io/x",
        "http://[::1]",
        "http://[::1",
        "http://localhost:99999",
        "http://\udcff/",
        "http://a\nb/",
        "http://ⅷ.example/",
        "//",
        "-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----",
        "\0",
        "x" * 5000,
    ]
)
TEXTS = st.text(max_size=30) | LIKELY
ANYTHING = (
    TEXTS
    | st.none()
    | st.integers()
    | st.floats()
    | st.booleans()
    | st.binary(max_size=9)
    | st.lists(TEXTS, max_size=3)
    | st.dictionaries(TEXTS, TEXTS, max_size=2)
    | st.just(object())
)
MANY = settings(max_examples=400, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])


@MANY
@given(st.dictionaries(st.sampled_from(ARGUMENTS), ANYTHING, max_size=6))
@example({"base_url": "http://localhost", "auth": "none", "ca": "\0"})
@example({"base_url": "http://localhost", "auth": "none", "ca": "x" * 5000})
@example({"base_url": "http://\udcff", "auth": "none"})
@example({"base_url": "http://localhost", "auth": "none", "ca": [["system"]]})
@example({"base_url": "http://localhost", "auth": ["none"]})
def test_arguments(given_arguments):
    hidden = {
        name: _hidden(value) if name in ("client_secret", "password", "token") else value
        for name, value in given_arguments.items()
    }
    with contextlib.suppress(of.OperateError):
        assert isinstance(resolve([from_arguments(hidden), from_environment()]), Settings)


@MANY
@given(
    st.dictionaries(
        st.sampled_from(["timeout", "proxies", "cert", "allow_http"]), ANYTHING | st.tuples(ANYTHING, ANYTHING)
    )
)
@example({"timeout": float("nan")})
@example({"timeout": float("inf")})
@example({"timeout": 10**400})
@example({"timeout": 10**5000})
@example({"timeout": (1, float("nan"))})
@example({"cert": ("\0", "\0")})
def test_ways_to_the_server(options):
    with contextlib.suppress(of.OperateError):
        found = resolve([from_arguments({"base_url": "http://localhost", "auth": "none"})], **options)
        assert all(0 < each < 10**9 for each in found.timeout)


@MANY
@given(st.dictionaries(st.sampled_from(NAMES), TEXTS, max_size=8))
@example({"CAMUNDA_AUTH_STRATEGY": "\0", "OPERATE_FRAMES_CA": ":::"})
@example({"CAMUNDA_OPERATE_BASE_URL": "http://localhost", "CAMUNDA_AUTH_STRATEGY": "NONE", "OPERATE_FRAMES_CA": ":"})
@example({"CAMUNDA_REST_ADDRESS": "https://a.zeebe.camunda.io/", "CAMUNDA_OAUTH_TOKEN": "x"})
def test_names_of_the_environment(names):
    with contextlib.suppress(of.OperateError):
        assert isinstance(resolve([from_names(names, "the environment")]), Settings)


FILE_LINES = st.lists(
    st.tuples(st.sampled_from(NAMES) | st.text(string.ascii_uppercase + "_", max_size=9), TEXTS).map("=".join)
    | st.text(max_size=20)
).map("\n".join)


@MANY
@given(st.binary(max_size=200) | FILE_LINES.map(lambda text: text.encode("utf-8", "surrogatepass")))
@example(b"")
@example(b"\xff\xfeZ\x00E\x00")
@example("\ufeffZEEBE_CLIENT_ID=x".encode())
@example(b"ZEEBE_CLIENT_ID='unfinished")
@example(b"export export ZEEBE_CLIENT_ID==x")
@example(b"ZEEBE_CLIENT_ID=${HOME}\x00")
def test_files(tmp_path, content):
    file = tmp_path / "settings.env"
    file.write_bytes(content)
    with contextlib.suppress(of.OperateError):
        assert isinstance(resolve([from_file(file)]), Settings)


@pytest.mark.parametrize("path", ["", "\0", "x" * 5000, 5, b"x", None.__class__])
def test_paths_that_are_none(path):
    with pytest.raises(of.SettingsError):
        from_file(path)
