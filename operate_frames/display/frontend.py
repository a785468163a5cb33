"""Who is there: somebody at a notebook or a terminal, who sees what is shown and can answer, or nobody."""

from __future__ import annotations

import os
import sys
import threading
from typing import Any, Literal

__all__ = ["interactive_frontend"]


def interactive_frontend() -> Literal["notebook", "terminal"] | None:
    """Where somebody sees what is shown and can answer; None in scripts, pipes, CI and notebooks run by a program."""
    kernel = _kernel()
    if kernel is not None:
        return "notebook" if _is_live(kernel) else None
    at_terminal = _is_terminal(sys.stdin) and _is_terminal(sys.stderr) and not _in_ci()
    # Two threads that ask at one terminal would take each other's answers.
    return "terminal" if at_terminal and threading.current_thread() is threading.main_thread() else None


def _kernel() -> Any:
    """The Jupyter kernel that this process is, if it is one; IPython is not imported for that."""
    ipython = sys.modules.get("IPython")
    shell = ipython.get_ipython() if ipython is not None else None
    return getattr(shell, "kernel", None)


def _is_live(kernel: Any) -> bool:
    """Whether a person runs the cell: nbclient, and with it nbconvert and papermill, says that it takes no input.

    A notebook whose front end takes input has somebody before it even in CI, such as a test's browser. A message
    that is no cell, such as a click on a widget, can only come from a front end.
    """
    content = kernel.get_parent("shell").get("content", {})
    return bool(content.get("allow_stdin", True))


def _is_terminal(stream: Any) -> bool:
    try:
        return bool(stream.isatty())
    except (AttributeError, ValueError):  # none at all, as under pythonw, or closed
        return False


def _in_ci() -> bool:
    return os.environ.get("CI", "").lower() not in ("", "0", "false")
