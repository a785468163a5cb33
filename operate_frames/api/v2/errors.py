"""What v2 says when it does not answer: problem+json, contract ``camunda-v2.md`` section 1.2."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from operate_frames.api.answers import ApiError

__all__ = ["NOT_ALLOWED", "NOT_THERE", "read_error"]

NOT_THERE = "v2 is there from Camunda 8.8 on."
NOT_ALLOWED = (
    "ask for the permission to read process and decision definitions and instances (READ_PROCESS_INSTANCE and its"
    " like). A cluster without a secondary storage answers no search at all."
)


def read_error(status: int, body: Mapping[str, Any]) -> ApiError:
    """Read a problem: `detail` says more than `title`, which names its kind; a sign-in is refused otherwise."""
    title, detail = str(body.get("title") or ""), str(body.get("detail") or body.get("message") or "")
    return ApiError(
        detail or title,
        is_ours="status" in body and "title" in body,
        is_busy=title == "RESOURCE_EXHAUSTED",
        is_missing=status == 404 and "title" in body,
    )
