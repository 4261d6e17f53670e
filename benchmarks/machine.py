"""One line with the machine, the versions and the command of a measurement."""

from __future__ import annotations

import importlib.metadata
import os
import platform
import shlex
import sys
from pathlib import Path

from discern.provenance import machine

PROJECT = Path(__file__).resolve().parents[1]
PEERS = PROJECT / ".venv" / "peers"

# As in every job, and in fairness for the peers in this process and those that it starts.
# TensorFlow reads it when it is imported.
os.environ["TF_ENABLE_ONEDNN_OPTS"] = "1"


def description(*packages: str) -> str:
    """Machine, versions of Python and of ``packages``, and this process's command, in one line.

    A package that is missing in this process's environment is looked up in that of the peers.
    """
    found = [
        machine.describe(),
        f"Python {platform.python_version()}",
        *(f"{package} {_version(package)}" for package in packages),
    ]
    # sys.orig_argv keeps what sys.argv has lost: -m, its module and the interpreter's options
    command = shlex.join([Path(sys.orig_argv[0]).name, *sys.orig_argv[1:]])
    return f"{'; '.join(found)}; command: {command}"


def _version(package: str) -> str:
    everywhere = [*sys.path, *map(str, PEERS.glob("lib/python*/site-packages"))]
    for distribution in importlib.metadata.distributions(name=package, path=everywhere):
        return distribution.version
    return "(missing)"


def peers_interpreter() -> Path:
    """The interpreter of the environment of the peers.

    Raises:
        SystemExit: when it has not been built; the message says how to build it.
    """
    interpreter = PEERS / "bin" / "python"
    if not (PEERS / "built.json").is_file():
        raise SystemExit("The environment of the peers is missing: run `make peers` first.")
    return interpreter
