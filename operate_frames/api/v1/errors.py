"""What v1 says when it does not answer: contract ``operate-v1.md`` sections 2.5 and 2.6."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from operate_frames.api.answers import ApiError

__all__ = ["NOT_ALLOWED", "NOT_THERE", "read_error"]

NOT_THERE = "From Camunda 8.10 on, v1 is gone."
NOT_ALLOWED = "ask for the permission to read Operate; from 8.8 on v1 wants it for all resources (wildcard)."


def read_error(status: int, body: Mapping[str, Any]) -> ApiError:
    """Read an error's body: Operate gives 500 while its database does not answer."""
    message = str(body.get("message") or body.get("detail") or "")
    kind = body.get("type")
    return ApiError(
        message,
        is_ours="status" in body and ("type" in body or "title" in body),
        is_busy=status == 500 and kind == "API application error",
        is_missing=status == 404 and kind == "Requested resource not found",
    )
