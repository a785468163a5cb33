"""Which server a command asks: options that every command has; secrets come from elsewhere."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from operate_frames.client.operate import Operate
from operate_frames.errors import SettingsError
from operate_frames.signin.connect import connect

__all__ = ["BaseUrl", "Connection", "EnvFile", "connected"]

_PANEL = "Which server"
BaseUrl = Annotated[
    str | None,
    typer.Option(
        "--base-url", help="Such as http://localhost:8080; else the environment says.", rich_help_panel=_PANEL
    ),
]
EnvFile = Annotated[
    Path | None,
    typer.Option("--env-file", help="The credentials file of Camunda's console.", rich_help_panel=_PANEL),
]
Connection = Annotated[
    str | None,
    typer.Option("--connection", help="The name that login --name kept it under.", rich_help_panel=_PANEL),
]


def connected(base_url: str | None, env_file: Path | None, connection: str | None) -> Operate:
    """Connect to the server that a command names, else to the one of the environment.

    Raises
    ------
    SettingsError
        It names two.
    OperateError
        As `connect`.
    """
    if connection is not None and (base_url is not None or env_file is not None):
        raise SettingsError("--connection says where and as whom: leave --base-url and --env-file out.")
    return connect(connection or base_url, env_file=env_file)
