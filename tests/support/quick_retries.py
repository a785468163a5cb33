"""A connection whose waits between attempts are real, but short."""

from __future__ import annotations

from typing import Any

from operate_frames import Operate
from operate_frames.client.config.secret import Secret
from operate_frames.client.config.settings import resolve
from operate_frames.client.config.sources import SECRETS, from_arguments
from operate_frames.client.discover import open_connection
from operate_frames.client.operate import make_current
from operate_frames.client.retry import RetryPolicy

QUICK = RetryPolicy(first_wait=0.001, longest_wait=0.01)


def connect_quickly(base_url: str, *, timeout: float = 10, policy: RetryPolicy = QUICK, **arguments: Any) -> Operate:
    """`connect`, with arguments alone, which tries again as often as ever, but soon."""
    hidden = {name: Secret(value) if name in SECRETS else value for name, value in arguments.items()}
    settings = resolve([from_arguments({"base_url": base_url, **hidden})], timeout=timeout)
    return make_current(open_connection(settings, policy=policy))
