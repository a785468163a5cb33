"""The command `operate-frames`."""

from __future__ import annotations

import signal
import threading
from pathlib import Path
from typing import Annotated, Literal

import typer

from operate_frames._version import __version__
from operate_frames.errors import OperateError

app = typer.Typer(
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
)

Database = Literal["elasticsearch", "opensearch"]
Version = Literal["8.6", "8.8", "8.9", "8.10"]
SignIn = Literal["cookie", "oauth", "both", "none"]


def _show_version(wanted: bool) -> None:
    if wanted:
        print(f"operate-frames {__version__}")
        raise typer.Exit


@app.callback()
def main(
    version: Annotated[
        bool, typer.Option("--version", help="Show the version and leave.", callback=_show_version, is_eager=True)
    ] = False,
) -> None:
    """Camunda 8 process data as data frames."""


@app.command()
def demo(
    folder: Annotated[Path, typer.Option(help="Where the CSV file goes.")] = Path("operate-frames-demo"),
) -> None:
    """Read a sandbox by OAuth2 and by cookie, print a small report, write all instances to a CSV file."""
    try:
        from operate_frames.cli.commands.demo import report  # noqa: PLC0415 - it needs the extra `sandbox`

        for line in report(folder):
            print(line)
    except (ImportError, OperateError, OSError) as error:
        raise _failed(error) from None


@app.command()
def sandbox(  # noqa: PLR0917 - typer makes options of them
    port: Annotated[int, typer.Option(min=0, max=65535, help="0 takes a free one.")] = 8080,
    host: Annotated[str, typer.Option(help="Another address lets other machines in.")] = "127.0.0.1",
    version: Annotated[Version, typer.Option(help="Of Camunda: which APIs there are.")] = "8.6",
    database: Annotated[Database, typer.Option(help="The database driver to answer like.")] = "elasticsearch",
    auth: Annotated[SignIn, typer.Option(help="The sign-ins to accept.")] = "both",
    data: Annotated[Path | None, typer.Option(help="Rows recorded from a server, a JSON file.")] = None,
    instances: Annotated[
        int | None, typer.Option(min=0, max=10_000_000, help="Make a company with so many instances.")
    ] = None,
    seed: Annotated[int, typer.Option(help="The same seed makes the same company.")] = 0,
    until: Annotated[Literal["now"] | None, typer.Option(help="Let the company's dates end now, not in 2026.")] = None,
    delay: Annotated[float, typer.Option(min=0, help="Seconds that the server seems to be away.")] = 0.0,
    jwks: Annotated[str | None, typer.Option(help="Take tokens signed by the keys at this address.")] = None,
) -> None:
    """Run a stand-in for Camunda until it is stopped: for Operate 8.6.0, or a later cluster."""
    if data is not None and instances is not None:
        raise _failed(typer.BadParameter("give --data or --instances, not both"))
    ended = threading.Event()
    for stop in (signal.SIGINT, signal.SIGTERM):
        signal.signal(stop, lambda *_: ended.set())
    try:
        from operate_frames.sandbox import serve  # noqa: PLC0415 - it needs the extra `sandbox`

        with serve(
            host=host,
            port=port,
            version=version,
            database=database,
            auth=auth,
            data=data,
            instances=instances,
            seed=seed,
            until=until,
            delay=delay,
            jwks_url=jwks,
        ) as server:
            for name in ("base_url", "token_url", "client_id", "client_secret", "audience", "username", "password"):
                print(f"{name:14}{getattr(server, name)}", flush=True)
            for resource, rows in server.rows.items():
                print(f"{rows:14,} {resource}", flush=True)
            print("Ctrl-C stops it.", flush=True)
            ended.wait()
    except (ImportError, OSError, ValueError) as error:
        raise _failed(error) from None


def _failed(error: Exception) -> typer.Exit:
    said = error.strerror if isinstance(error, OSError) and error.strerror else str(error)
    where = f"{error.filename}: " if isinstance(error, OSError) and error.filename else ""
    typer.echo(f"operate-frames: {where}{said}", err=True)
    return typer.Exit(1)
