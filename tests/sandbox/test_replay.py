"""Every recorded exchange with a real Operate 8.6.0, asked again of the sandbox on the same data."""

from __future__ import annotations

import json
from datetime import datetime
from http.cookiejar import DefaultCookiePolicy
from pathlib import Path

import pytest
import requests

from operate_frames.sandbox import serve
from operate_frames.sandbox.tables import dates

RECORDINGS = Path(__file__).parents[1] / "data"

# Name of an exchange: why the sandbox answers it otherwise.
EXCEPTIONS = {
    "api docs": "the sandbox has no OpenAPI document; nothing of the client reads it",
}
# The moment of the recording, for filters with "now".
RECORDED = datetime.fromisoformat("2026-11-24T02:11:30+00:00")


def recorded(database):
    with (RECORDINGS / f"exchanges.{database}.jsonl").open(encoding="utf-8") as lines:
        return [json.loads(line) for line in lines]


class Replayer:
    """Sends recorded requests with the cookies and the CSRF header of one login."""

    def __init__(self, sandbox):
        self.base_url = sandbox.base_url
        self.session = requests.Session()
        self.session.trust_env = False
        self.session.cookies.set_policy(DefaultCookiePolicy(allowed_domains=[]))
        self.session.headers.clear()
        login = self.session.post(f"{self.base_url}/api/login", params={"username": "demo", "password": "demo"})
        cookies = [cookie.split(";")[0] for cookie in login.raw.headers.getlist("Set-Cookie")]
        self.credentials = {
            "cookie": {"Cookie": "; ".join(cookies)},
            "csrf": {"X-CSRF-TOKEN": login.headers["X-CSRF-TOKEN"]},
        }

    def log_out(self):
        self.session.post(f"{self.base_url}/api/logout", headers=self.credentials["cookie"])

    def send(self, request):
        headers = {}
        for part in request["auth"].split("+"):
            headers |= self.credentials.get(part, {})
        body = request.get("body")
        if body is not None:
            headers["Content-Type"] = "application/json"
            body = (body if isinstance(body, str) else json.dumps(body)).encode()
        headers |= request["headers"]
        return self.session.request(
            request["method"],
            self.base_url + request["path"],
            params=request.get("params"),
            data=body,
            headers={name: value for name, value in headers.items() if value},
            allow_redirects=False,
        )


def seen_headers(pairs):
    """The headers that matter, without what differs from run to run."""
    headers = {name.lower(): value for name, value in pairs.items()}
    cookies = headers.get("set-cookie")
    return {
        "content-type": headers.get("content-type"),
        "allow": sorted(headers.get("allow", "").split(", ")),
        "chunked": headers.get("transfer-encoding"),
        "has csrf": "x-csrf-token" in headers,
        "cookies": sorted(without_values(cookies)) if cookies else [],
    }


def without_values(cookies):
    for cookie in cookies.split(", "):
        name, _, rest = cookie.partition("=")
        # The recording cut the text of two cookies before the end of the second.
        yield name, rest.partition(";")[2][:15]


def body_of(text):
    try:
        body = json.loads(text)
    except ValueError:
        return text[: text.find("<timestamp>")], text[text.find("</timestamp>") :]
    if isinstance(body, dict):
        return {name: value for name, value in body.items() if name not in {"instance", "timestamp"}}
    return body


def mismatch(exchange, answer):
    wanted = exchange["response"]
    if answer.status_code != wanted["status"]:
        return f"status {answer.status_code}, not {wanted['status']}: {answer.text[:200]}"
    if seen_headers(answer.headers) != seen_headers(wanted["headers"]):
        return f"headers {seen_headers(answer.headers)}, not {seen_headers(wanted['headers'])}"
    text = answer.content.decode()
    body = wanted["body"]
    if isinstance(body, dict) and "_cut" in body:
        if text.startswith(body["_cut"]):
            return None
        return f"text {text[:300]}, not {body['_cut']}"
    sent = body_of(text)
    kept = body_of(body if isinstance(body, str) else json.dumps(body))
    return None if sent == kept else f"body {sent}, not {kept}"


@pytest.mark.parametrize("database", ["elasticsearch", "opensearch"])
def test_every_recorded_exchange_is_answered_alike(database, monkeypatch):
    monkeypatch.setattr(dates, "now", lambda: int(RECORDED.timestamp() * 1000))
    exchanges = recorded(database)
    assert len(exchanges) == 757
    with serve(database=database, data=RECORDINGS / "dataset.json") as sandbox:
        replayer = Replayer(sandbox)
        faults = []
        for exchange in exchanges:
            if exchange["name"].startswith("after logout"):
                replayer.log_out()
            fault = mismatch(exchange, replayer.send(exchange["request"]))
            if fault and exchange["name"] not in EXCEPTIONS:
                faults.append(f"{exchange['name']} {exchange['request']}: {fault}")
    assert not faults, f"{len(faults)} faults:\n" + "\n".join(faults[:20])


@pytest.mark.parametrize("database", ["elasticsearch", "opensearch"])
def test_every_row_of_the_data_set_is_served_unchanged(database):
    data = json.loads((RECORDINGS / "dataset.json").read_text(encoding="utf-8"))
    with serve(database=database, data=data, auth="none") as sandbox, requests.Session() as session:
        for resource, kept in data.items():
            url = f"{sandbox.base_url}/v1/{resource}"
            rows, after = [], None
            while True:
                body = {"size": 100} | ({"searchAfter": after} if after else {})
                page = session.post(f"{url}/search", json=body).json()
                if not page["items"]:
                    break
                rows += page["items"]
                assert len(rows) <= page["total"]
                after = page["sortValues"]
            assert rows == [as_shown(row, database) for row in kept["search"]]
            for route in ("xml", "statistics", "sequence-flows"):
                for key, wanted in kept.get(route, {}).items():
                    answer = session.get(f"{url}/{key}/{route}")
                    assert (answer.text if route == "xml" else answer.json()) == wanted
            if database == "elasticsearch":
                searched = {str(row.get("id", row["key"])): row for row in kept["search"]}
                for number, (key, wanted) in enumerate(kept.get("by_key", {}).items()):
                    if wanted != searched[key] or number % 20 == 0:
                        assert session.get(f"{url}/{key}").json() == wanted


def as_shown(row, database):
    """OpenSearch's driver never shows whether a variable was cut."""
    return {name: value for name, value in row.items() if name != "truncated" or database != "opensearch"}
