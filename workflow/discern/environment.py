"""Build the project's Python environments from their lock files, with uv.

    python -m discern.environment snakemake development

Run by `make` and, for the rules' environment, by Snakemake itself. Needs only the standard library
and any Python from 3.8 on; uv is taken from PATH, or fetched into ``.venv/uv`` by pip.
"""

from __future__ import annotations

import argparse
import fcntl
import hashlib
import os
import shutil
import subprocess
import sys
from pathlib import Path

PROJECT = Path(__file__).resolve().parents[2]
PYTHON = "3.11"  # TensorFlow 2.15 has no wheels for a newer one


class BuildError(Exception):
    """An environment can't be built; the message says what to do."""


def has_gpu() -> bool:
    """Whether this machine has an NVIDIA driver."""
    return Path("/proc/driver/nvidia").exists() or shutil.which("nvidia-smi") is not None


def lock_file(name: str, accelerator: str = "auto") -> Path:
    """The lock file that the environment ``name`` is built from.

    ``accelerator`` is ``cpu``, ``gpu`` or ``auto``, which looks for an NVIDIA driver; it counts
    for the training environment alone.
    """
    gpu = accelerator == "gpu" or (accelerator == "auto" and has_gpu())
    return PROJECT / "envs" / f"{name}{'-gpu' if gpu and name == 'training' else ''}.txt"


def digest(lock: Path) -> str:
    """The SHA-256 of a lock file."""
    return hashlib.sha256(lock.read_bytes()).hexdigest()


def folder(name: str) -> Path:
    """Where the environment ``name`` lies."""
    return PROJECT / ".venv" / name


def is_current(name: str, lock: Path) -> bool:
    """Whether the environment ``name`` is there, whole, and built from ``lock`` as it is now."""
    stamp = folder(name) / "lock.sha256"
    return stamp.is_file() and stamp.read_text() == digest(lock)


def build(name: str, lock: Path) -> None:
    """Build the environment ``name`` from ``lock`` unless it is current; only one at a time."""
    target = folder(name)
    target.parent.mkdir(exist_ok=True)
    with (target.parent / f"{name}.building").open("w") as guard:
        fcntl.flock(guard, fcntl.LOCK_EX)
        if is_current(name, lock):
            return
        print(
            f"Building {target.relative_to(PROJECT)} from {lock.relative_to(PROJECT)} …",
            file=sys.stderr,
            flush=True,
        )
        uv = _uv()
        interpreter = target / "bin" / "python"
        if not interpreter.exists():
            _run(
                uv,
                "venv",
                "--quiet",
                "--clear",
                "--python",
                PYTHON,
                str(target),
                hint=(
                    f"Python {PYTHON} is needed and uv could neither find nor fetch it; install it "
                    f"(Debian: apt-get install python{PYTHON}-venv; others: https://www.python.org)"
                ),
            )
        _run(
            uv,
            "pip",
            "sync",
            "--quiet",
            "--require-hashes",
            # once, and not at each start of each job where Python may not keep what it compiled
            "--compile-bytecode",
            "--python",
            str(interpreter),
            str(lock),
            hint=f"the packages of {lock.name} could not be installed",
        )
        stamp = target / "lock.sha256"
        stamp.with_suffix(".new").write_text(digest(lock))
        stamp.with_suffix(".new").replace(stamp)


def _uv() -> str:
    """A uv to call: the one on PATH, or one of our own."""
    found = shutil.which("uv")
    if found:
        return found
    home = folder("uv")
    own = home / "bin" / "uv"
    if not own.exists():
        hint = "uv is needed; install it (pip install uv) or let this Python have venv and pip"
        _run(sys.executable, "-m", "venv", "--clear", str(home), hint=hint)
        _run(
            str(home / "bin" / "python"),
            "-m",
            "pip",
            "install",
            "--quiet",
            "--require-hashes",
            "--disable-pip-version-check",
            "--requirement",
            str(PROJECT / "envs" / "uv.txt"),
            hint=hint,
        )
    return str(own)


def _run(*command: str, hint: str) -> None:
    # An interpreter of the caller's must not leak into the new environment.
    environment = {k: v for k, v in os.environ.items() if k not in ("PYTHONPATH", "VIRTUAL_ENV")}
    if subprocess.run(command, env=environment, check=False).returncode:
        raise BuildError(hint)


def main() -> int:
    """The command line; returns the exit status."""
    parser = argparse.ArgumentParser(
        prog="python -m discern.environment",
        description=__doc__,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument(
        "names", nargs="+", metavar="NAME", help="snakemake, training, development or peers"
    )
    parser.add_argument(
        "--accelerator",
        choices=("auto", "cpu", "gpu"),
        default="auto",
        help="of the environment training; auto: gpu where an NVIDIA driver is found",
    )
    arguments = parser.parse_args()
    try:
        for name in arguments.names:
            build(name, lock_file(name, arguments.accelerator))
    except (BuildError, OSError) as error:
        print(f"discern: {error}", file=sys.stderr)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
