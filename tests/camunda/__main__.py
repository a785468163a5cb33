# ruff: noqa: T201
"""Run the servers by hand: ``python -m tests.camunda``; Ctrl-C ends them."""

from __future__ import annotations

import argparse
import json
import signal
import threading
from contextlib import ExitStack
from pathlib import Path

from tests.support.unavailable import Unavailable

from .elasticsearch_flavour import OperateOnElasticsearch
from .stack import Camunda


def main() -> None:
    arguments = _arguments()
    asked_to_stop = threading.Event()
    signal.signal(signal.SIGTERM, _as_ctrl_c)
    try:
        with ExitStack() as stack:
            camunda = stack.enter_context(Camunda())
            if not arguments.empty:
                camunda.fill()
            values = camunda.connection_values()
            if arguments.elasticsearch:
                values["elasticsearch_flavour_base_url"] = stack.enter_context(OperateOnElasticsearch(camunda)).base_url
            if arguments.json:
                arguments.json.write_text(json.dumps(values, indent=2) + "\n")
            for name, value in values.items():
                print(f"{name:30} {value}")
            print("seconds:", ", ".join(f"{step} {took}" for step, took in camunda.timings.items()))
            print("Ready. Ctrl-C ends all of it.", flush=True)
            asked_to_stop.wait()
    except Unavailable as reason:
        raise SystemExit(str(reason)) from None
    except KeyboardInterrupt:
        print("Stopped.")


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m tests.camunda", description=__doc__)
    parser.add_argument("--empty", action="store_true", help="create no data")
    parser.add_argument(
        "--elasticsearch", action="store_true", help="start a second Operate with Elasticsearch's answers"
    )
    parser.add_argument("--json", type=Path, metavar="FILE", help="write the connection values there too")
    return parser.parse_args()


def _as_ctrl_c(*_: object) -> None:
    raise KeyboardInterrupt


if __name__ == "__main__":
    main()
