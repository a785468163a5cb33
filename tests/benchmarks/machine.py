"""What the figures were made with."""

from __future__ import annotations

import os
import platform
import shutil
import subprocess
from importlib.metadata import version
from pathlib import Path

import psutil

from tests.benchmarks import node_sdk

_LIBRARIES = ("pandas", "pyarrow", "requests", "orjson")


def described() -> str:
    """Name the machine and the versions, in one sentence each."""
    memory = psutil.virtual_memory().total / 2**30
    libraries = ", ".join(f"{name} {version(name)}" for name in _LIBRARIES)
    return (
        f"{os.cpu_count()} cores ({_processor()}) for servers and clients together, {memory:.0f} GB of memory, "
        f"{platform.system()}. Python {platform.python_version()}, {libraries}. {_node()}"
    )


def _processor() -> str:
    about = Path("/proc/cpuinfo")
    lines = about.read_text().splitlines() if about.exists() else []
    models = [line.partition(":")[2].strip() for line in lines if line.startswith("model name")]
    return f"{models[0]}, {platform.machine()}" if models else platform.machine()


def _node() -> str:
    node = shutil.which("node")
    if node is None:
        return "No Node."
    told = subprocess.run([node, "--version"], capture_output=True, text=True, check=True).stdout.strip()
    return f"Node {told.removeprefix('v')} with {node_sdk.name()}."
