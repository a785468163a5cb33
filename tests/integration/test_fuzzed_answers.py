"""Whatever a server sends, what comes out is rows or an error of this package's tree."""

from __future__ import annotations

import json
import socket
import threading
from contextlib import contextmanager

import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

import operate_frames as of
from tests.support.quick_retries import connect_quickly
from tests.support.scripted import EMPTY_PAGE, Answer, scripted

pytestmark = pytest.mark.matrix

HEALTHY = {"deadline": None, "derandomize": True, "suppress_health_check": [HealthCheck.function_scoped_fixture]}
DEEP = b"[" * 100_000 + b"]" * 100_000
WHEN = "2026-11-24T02:08:11.001+0000"
JSON_VALUES = st.recursive(
    st.none()
    | st.booleans()
    | st.integers(-(2**70), 2**70)
    | st.floats()
    | st.text(max_size=5)
    | st.sampled_from(["--5", "9" * 5000, "-", "1e5", "", "\ud800", WHEN, "٣"]),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner, max_size=3),
    max_leaves=6,
)
# Where a page is changed, and to what.
CHANGES = st.dictionaries(
    st.sampled_from(["items", "sortValues", "total", "key", "startDate", "state", "incident", "processVersion"]),
    JSON_VALUES,
    max_size=2,
)


def text_of(said):
    return json.dumps(said).encode(errors="surrogatepass")


def page_with(changes, *, key=1):
    row = {"key": key, "startDate": WHEN, "state": "ACTIVE", "incident": False, "processVersion": 1}
    said = {"items": [row], "sortValues": [key], "total": 1}
    row |= {name: value for name, value in changes.items() if name in row}
    return text_of(said | {name: value for name, value in changes.items() if name in said})


@contextmanager
def answering():
    """Gives a function that reads instances from a server which sends this body as its first page."""
    pages = []

    def answer(request):
        if "definitions" in request.path or not pages:
            return Answer(body=EMPTY_PAGE)
        return pages.pop(0)

    with scripted(answer) as (url, _):
        operate = connect_quickly(url, auth="none")

        def read(*answers, **asked):
            pages[:] = answers
            return of.read_instances(operate=operate, recheck=False, **asked)

        yield read


@pytest.fixture(scope="module")
def read():
    with answering() as read:
        yield read


def rows_or_our_error(read, *answers, **asked):
    try:
        found = read(*answers, **asked)
    except of.OperateError as error:
        found = error
    assert not isinstance(found, Exception) or 0 < len(str(found)) < 1000
    return found


@pytest.mark.filterwarnings("ignore::operate_frames.IncompleteWarning", "ignore::operate_frames.FilterIgnoredWarning")
@given(
    changes=CHANGES,
    asked=st.sampled_from(
        [
            {},
            {"limit": 2},
            {"sort": "-start_date", "limit": 2},
            {"workers": 3},
            {"process_instance_key": of.between(1, 900)},
            {"state": "ACTIVE"},
            {"process_instance_key": list(range(1, 200))},
        ]
    ),
)
@settings(
    max_examples=200, deadline=None, derandomize=True, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@example(changes={"sortValues": {}}, asked={})
@example(changes={"sortValues": 5}, asked={})
@example(changes={"sortValues": ""}, asked={})
@example(changes={"sortValues": True}, asked={})
@example(changes={"sortValues": ["--5"]}, asked={"process_instance_key": of.between(1, 900)})
@example(changes={"sortValues": ["9" * 5000]}, asked={"process_instance_key": of.between(1, 900)})
@example(changes={"sortValues": [[[]]]}, asked={})
@example(changes={"total": -5}, asked={})
@example(changes={"total": 1e300}, asked={})
def test_a_page_of_odd_values(read, changes, asked):
    rows_or_our_error(read, Answer(body=page_with(changes)), **asked)


@pytest.mark.filterwarnings("ignore::operate_frames.IncompleteWarning")
@given(body=st.binary(max_size=60), cut=st.integers(0, 200), place=st.integers(0, 200))
@settings(
    max_examples=150, deadline=None, derandomize=True, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
def test_bytes_in_a_page(read, body, cut, place):
    good = page_with({})
    rows_or_our_error(read, Answer(body=good[:place] + body + good[place + cut :]))


@pytest.mark.filterwarnings("ignore::operate_frames.IncompleteWarning")
@pytest.mark.parametrize(
    "body",
    [
        DEEP,
        b'{"items":[{"key":1,"x":' + DEEP + b'}],"sortValues":[1],"total":1}',
        b'{"items":[{"key":1}],"sortValues":' + DEEP + b',"total":1}',
        b'{"items":' + DEEP + b',"sortValues":[1]}',
        b'{"total":1,"items":[{"key":1,"x":' + DEEP + b'}],"sortValues":[1]}',
        b'{"items":[{"key":1}],"sortValues":[' + b"9" * 5000 + b"]}",
        b'{"items":[{"key":' + b"9" * 5000 + b'}],"sortValues":[1]}',
        b"\xef\xbb\xbf" + EMPTY_PAGE,
        b"",
        b"null",
        b"[]",
        b"5",
    ],
)
def test_pages_of_odd_shapes(read, body):
    rows_or_our_error(read, Answer(body=body))


@pytest.mark.parametrize("status", [400, 401, 403, 404, 500, 503])
@pytest.mark.parametrize(
    "body", [DEEP, b'{"message":' + DEEP + b"}", b"\xff\xfe", b"[]", b"5", b'{"status":"x","type":[]}']
)
def test_errors_of_odd_shapes(read, status, body):
    error = rows_or_our_error(read, *[Answer(status, body)] * 6)

    assert isinstance(error, of.OperateError)


NAMES = st.sampled_from(
    ["Retry-After", "Location", "Content-Type", "Set-Cookie", "WWW-Authenticate", "Content-Encoding"]
)


@pytest.mark.filterwarnings("ignore::operate_frames.IncompleteWarning")
@given(
    status=st.sampled_from([200, 201, 204, 302, 307, 308, 401, 403, 429, 503]),
    headers=st.dictionaries(
        NAMES, st.text(st.characters(min_codepoint=32, max_codepoint=255), max_size=20), max_size=2
    ),
)
@settings(max_examples=80, deadline=None, derandomize=True, suppress_health_check=[HealthCheck.function_scoped_fixture])
@example(status=302, headers={"Location": "http://[::1"})
@example(status=302, headers={"Location": "\xff\xfe"})
@example(status=429, headers={"Retry-After": "9" * 5000})
@example(status=429, headers={"Retry-After": "Fri, 31 Dec 99999 23:59:59 GMT"})
@example(status=200, headers={"Content-Encoding": "gzip"})
def test_headers_of_any_kind(read, status, headers):
    given_headers = {name: value.strip() for name, value in headers.items()}
    if given_headers.get("Retry-After", "").isdecimal() and len(given_headers["Retry-After"]) < 5000:
        given_headers["Retry-After"] = "0"
    rows_or_our_error(read, *[Answer(status, page_with({}), given_headers)] * 6)


@pytest.mark.parametrize(
    "answer",
    [
        b"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nTransfer-Encoding: chunked\r\n\r\n-5\r\nhello\r\n",
        b"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nTransfer-Encoding: chunked\r\n\r\nxyz\r\nhello\r\n",
        b"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: -5\r\n\r\nhello",
        b"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: abc\r\n\r\nhello",
        b"HTTP/1.1 999999 OK\r\n\r\n",
        b"HTTP/9.9 200 OK\r\n\r\n",
        b"hello\r\n\r\n",
        b"\x16\x03\x01\x00",
        b"HTTP/1.1 200 OK\r\n" + b"X: y\r\n" * 2000 + b"\r\n",
        b"HTTP/1.1 200 OK\r\nX: " + b"y" * 100_000 + b"\r\n\r\n",
    ],
)
def test_what_is_hardly_http(answer):
    with socket.create_server(("127.0.0.1", 0)) as listener:

        def serve():
            while True:
                try:
                    connection, _ = listener.accept()
                except OSError:
                    return
                with connection:
                    connection.recv(65536)
                    connection.sendall(answer)

        threading.Thread(target=serve, daemon=True).start()
        with pytest.raises(of.OperateError):
            connect_quickly(f"http://127.0.0.1:{listener.getsockname()[1]}", auth="none", timeout=5)
        listener.shutdown(socket.SHUT_RDWR)


@pytest.mark.parametrize("depth", [1500, 100_000])
def test_values_that_python_cannot_decode_stay_texts(depth):
    deep = "[" * depth + "]" * depth
    items = [
        {"key": 1, "value": '"Ada"'},
        {"key": 2, "value": deep},
        {"key": 3, "value": "9" * 5000},
        {"key": 4, "value": '"cut'},
    ]
    page = json.dumps({"items": items, "sortValues": [3], "total": 4}).encode()
    with scripted(lambda request: Answer(body=EMPTY_PAGE if b"searchAfter" in request.body else page)) as (url, _):
        operate = connect_quickly(url, auth="none")
        with pytest.warns(of.UndecodedWarning, match="left 2 values as JSON text") as told:
            frame = of.read_variables(operate=operate, decode=True, recheck=False, columns=["value"])

    assert frame["value"].to_list()[:3] == ["Ada", deep, "9" * 5000]
    assert frame["value"].isna().to_list() == [False, False, False, True]
    assert told[0].filename == __file__


def test_a_diagram_that_is_no_text():
    answer = Answer(200, b"<?xml version='1.0'?><a>\xff</a>", {"Content-Type": "text/xml"})
    with scripted(lambda request: answer if request.path.endswith("xml") else Answer(body=EMPTY_PAGE)) as (url, _):
        connect_quickly(url, auth="none")
        with pytest.raises(of.BadAnswer, match="The diagram cannot be read as text"):
            of.read_definition_xml(5)
