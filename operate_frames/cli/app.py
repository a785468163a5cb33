"""The command `operate-frames`."""

from __future__ import annotations

import json
import signal
import threading
from pathlib import Path
from typing import Annotated, Literal

import typer

from operate_frames._version import __version__
from operate_frames.cli.connections import BaseUrl, Connection, EnvFile, connected
from operate_frames.cli.failures import FAILED, ends_well, say, show_everything
from operate_frames.cli.questions import question_commands

app = typer.Typer(
    no_args_is_help=True,
    pretty_exceptions_enable=False,
)
for name, commands in question_commands().items():
    app.add_typer(commands, name=name)

Database = Literal["elasticsearch", "opensearch"]
Version = Literal["8.6", "8.8", "8.9", "8.10"]
SignIn = Literal["cookie", "oauth", "both", "none"]


def _show_version(wanted: bool) -> None:
    if wanted:
        print(f"operate-frames {__version__}")
        raise typer.Exit


@app.callback()
def main(
    version: Annotated[  # noqa: ARG001 - its callback shows it
        bool, typer.Option("--version", help="Show the version and leave.", callback=_show_version, is_eager=True)
    ] = False,
    debug: Annotated[
        bool, typer.Option("--debug", help="Say on the error stream what is sent, secrets masked.")
    ] = False,
) -> None:
    """Camunda 8 process data as data frames: in a terminal, in a pipe, in cron."""
    if debug:
        show_everything()


@app.command()
@ends_well
def login(
    name: Annotated[str | None, typer.Option(help="Keep the connection under this name.")] = None,
) -> None:
    """Sign in: ask who and where, check it, and with --name keep it, the secret in the keyring."""
    from operate_frames.client.operate import current  # noqa: PLC0415
    from operate_frames.signin.connect import login as ask  # noqa: PLC0415
    from operate_frames.signin.questions import connected_parts  # noqa: PLC0415

    ask(name=name)
    operate = current()
    if operate is not None:
        print(" · ".join(connected_parts(operate)))
        operate.close()


@app.command()
@ends_well
def xml(
    process: Annotated[str, typer.Argument(help="The key of a process definition, or the id of a process.")],
    version: Annotated[int | None, typer.Option(min=1, help="Of the process; the last one by default.")] = None,
    base_url: BaseUrl = None,
    env_file: EnvFile = None,
    connection: Connection = None,
) -> None:
    """Print the BPMN diagram of a process."""
    from operate_frames.errors import NotFound  # noqa: PLC0415
    from operate_frames.frames.by_key import read_definition_xml  # noqa: PLC0415
    from operate_frames.frames.readers import read_definitions  # noqa: PLC0415

    with connected(base_url, env_file, connection) as operate:
        if process.isdecimal():
            print(read_definition_xml(int(process), operate=operate))
            return
        known = read_definitions(operate=operate, process_definition_id=process, version=version, sort="-version")
        if known.empty:
            of_version = "" if version is None else f" with version {version}"
            raise NotFound(f"There is no process {process!r}{of_version}: count definitions shows what there is.")
        print(read_definition_xml(int(known["process_definition_key"][0]), operate=operate))


@app.command()
@ends_well
def report(  # noqa: PLR0917 - typer makes options of them
    process: Annotated[str, typer.Argument(help="The id of a process, or the key of one of its versions.")],
    output: Annotated[Path, typer.Option(help="The page, a file that ends with .html.")],
    version: Annotated[int | None, typer.Option(min=1, help="One version; all by default.")] = None,
    tenant_id: Annotated[str | None, typer.Option(help="Whose process, where several have one.")] = None,
    start_date: Annotated[
        str | None, typer.Option(help="When instances started: a date, or between(a, b); whenever by default.")
    ] = None,
    idle: Annotated[str, typer.Option(help="Stuck is what has not moved for so long, such as 36h.")] = "1D",
    tz: Annotated[str, typer.Option(help="The time zone of days and moments.")] = "UTC",
    base_url: BaseUrl = None,
    env_file: EnvFile = None,
    connection: Connection = None,
) -> None:
    """Write a page on a process for a colleague: diagram, times, bottlenecks, incidents, variants; one HTML file."""
    from operate_frames.cli.commands.report import checked, write_page  # noqa: PLC0415 - it brings all reports

    asked = checked(output, start_date=start_date, idle=idle, tz=tz)
    with connected(base_url, env_file, connection) as operate:
        write_page(asked, process, version=version, tenant_id=tenant_id, operate=operate)


@app.command()
@ends_well
def doctor(
    as_json: Annotated[bool, typer.Option("--json", help="For other programs: one JSON list.")] = False,
    base_url: BaseUrl = None,
    env_file: EnvFile = None,
    connection: Connection = None,
) -> int | None:
    """Try each step of signing in by itself: settings, DNS, TLS, clock, sign-in, API, permissions."""
    from operate_frames.cli.commands.doctor import examine  # noqa: PLC0415

    steps = []
    for step in examine(base_url, env_file, connection):
        steps.append(step)
        if not as_json:
            print(f"{step.outcome:10}{step.name:36}{step.said}", flush=True)
    if as_json:
        print(json.dumps([step.as_json() for step in steps], indent=2))
    return FAILED if any(step.outcome == "failed" for step in steps) else None


@app.command()
@ends_well
def demo(
    folder: Annotated[Path, typer.Option(help="Where the CSV file goes.")] = Path("operate-frames-demo"),
) -> None:
    """Read a sandbox by OAuth2 and by cookie, print a small report, write all instances to a CSV file."""
    from operate_frames.cli.commands.demo import report  # noqa: PLC0415 - it needs the extra `sandbox`

    for line in report(folder):
        print(line)


@app.command()
@ends_well
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
    told: Annotated[
        int | None, typer.Option(min=0, help="Of so many instances it tells elements, variables and incidents.")
    ] = None,
    collaborations: Annotated[
        int | None, typer.Option(min=0, help="Add so many instances of two processes with pools and lanes.")
    ] = None,
    seed: Annotated[int, typer.Option(help="The same seed makes the same company.")] = 0,
    until: Annotated[Literal["now"] | None, typer.Option(help="Let the company's dates end now, not in 2026.")] = None,
    delay: Annotated[float, typer.Option(min=0, help="Seconds that the server seems to be away.")] = 0.0,
    jwks: Annotated[str | None, typer.Option(help="Take tokens signed by the keys at this address.")] = None,
) -> int | None:
    """Run a stand-in for Camunda until it is stopped: for Operate 8.6.0, or a later cluster."""
    if data is not None and instances is not None:
        raise typer.BadParameter("give --data or --instances, not both")
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
            told=told,
            collaborations=collaborations,
            delay=delay,
            jwks_url=jwks,
        ) as server:
            for name in ("base_url", "token_url", "client_id", "client_secret", "audience", "username", "password"):
                print(f"{name:14}{getattr(server, name)}", flush=True)
            for resource, rows in server.rows.items():
                print(f"{rows:14,} {resource}", flush=True)
            print("Ctrl-C stops it.", flush=True)
            ended.wait()
    except ValueError as error:  # what it was told cannot be
        say(str(error))
        return FAILED
    return None
