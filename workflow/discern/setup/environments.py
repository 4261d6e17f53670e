"""Build the project's Python environments from their lock files, with uv.

    cd workflow && python3 -m discern.setup.environments snakemake development

Every environment except peers also contains the checkout as an editable installation, which
provides the command ``discern``. `make` calls this module, and so does Snakemake for the rules'
environment. It needs only the standard library and Python 3.8 or later. It uses uv from PATH, or
installs it beside the environments with pip.
"""

from __future__ import annotations

import argparse
import fcntl
import hashlib
import json
import os
import shutil
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from functools import lru_cache
from pathlib import Path
from typing import Literal

from discern.project import PROJECT
from discern.setup import one_gpu
from discern.setup.cache_folder import why_not_writable

PYTHON = "3.11"  # TensorFlow 2.15 has no wheels for a newer one
HOME = PROJECT / ".venv"  # where the environments are unless another folder is named
WITHOUT_DISCERN = ("peers",)


class BuildError(Exception):
    """An environment can't be built; the message says what to do."""


@lru_cache
def _cards() -> tuple[dict[str, str], str]:
    """What nvidia-smi lists, asked once in a process."""
    return one_gpu.cards()


def has_gpu() -> bool:
    """Whether nvidia-smi lists a card of this machine."""
    return bool(_cards()[0])


def why_no_gpu() -> str:
    """Why nvidia-smi lists no card, for a user; empty if it does, or if there is no sign of one."""
    return _cards()[1]


def accelerator(setting: str) -> Literal["cpu", "gpu"]:
    """What ``setting`` means on this machine: ``auto`` is ``gpu`` where there is one."""
    return "gpu" if setting == "gpu" or (setting == "auto" and has_gpu()) else "cpu"


def lock_file(name: str, setting: str = "auto") -> Path:
    """The lock file that the environment ``name`` is built from.

    ``setting`` is ``cpu``, ``gpu`` or ``auto``. It affects only the training environment.
    """
    gpu = name == "training" and accelerator(setting) == "gpu"
    return PROJECT / "envs" / f"{name}{'-gpu' if gpu else ''}.txt"


def digest(lock: Path) -> str:
    """The SHA-256 of a lock file."""
    return hashlib.sha256(lock.read_bytes()).hexdigest()


def folder(name: str) -> Path:
    """The checkout's folder of the environment ``name``."""
    return HOME / name


def is_current(target: Path, lock: Path) -> bool:
    """Whether the environment in ``target`` is complete, built from this ``lock``, and not moved.

    Its scripts contain the path of the folder it was built in. Its ``discern`` is that of the
    checkout that built it; another checkout may use it through a link named ``.venv``.
    """
    built = _built(target)
    return (
        built.get("lock") == digest(lock)
        and built.get("folder") == str(target.resolve())
        and Path(built["checkout"], "pyproject.toml").is_file()
    )


def build(name: str, lock: Path, home: Path = HOME) -> None:
    """Build the environment ``home``/``name`` from ``lock``; one process at a time.

    A current environment is not touched, so it may belong to another user.

    Raises:
        BuildError: if it can't be built.
    """
    target = home / name
    if is_current(target, lock):
        return
    with _alone(target):
        if is_current(target, lock):
            return
        print(
            f"Building {target} from {lock.relative_to(PROJECT)} …",
            file=sys.stderr,
            flush=True,
        )
        stays = _built(target).get("folder") == str(target.resolve())
        _stamp(target).unlink(missing_ok=True)
        _fill(name, target.resolve(), lock, anew=not stays)
        built = {
            "lock": digest(lock),
            "folder": str(target.resolve()),
            "checkout": str(PROJECT),
        }
        new = _stamp(target).with_suffix(".new")
        new.write_text(json.dumps(built, indent=2) + "\n")
        new.replace(_stamp(target))


@contextmanager
def _alone(target: Path) -> Iterator[None]:
    """Wait until no other process builds the environment in ``target``."""
    guard = target.with_name(f"{target.name}.building")
    try:
        guard.parent.mkdir(parents=True, exist_ok=True)
        file = guard.open("w")
    except OSError as error:
        raise BuildError(
            f"{target} is missing or not built from the current lock file, and can't be built: "
            f"{guard.parent}: {error.strerror}; build it in a folder of yours (docs/elsewhere.md)"
        ) from None
    with file:
        try:
            fcntl.flock(file, fcntl.LOCK_EX)
        except OSError as error:
            print(
                f"discern: {guard} can't be locked ({error.strerror}); start no other run before "
                "this one has built its environment",
                file=sys.stderr,
            )
        yield


def _stamp(target: Path) -> Path:
    return target / "built.json"


def _built(target: Path) -> dict[str, str]:
    """What the environment in ``target`` was built from and where; empty if it is incomplete."""
    stamp = _stamp(target)
    built: dict[str, str] = json.loads(stamp.read_text()) if stamp.is_file() else {}
    return built


def _fill(name: str, target: Path, lock: Path, *, anew: bool) -> None:
    """Install the packages of ``lock``, and the checkout, into the environment in ``target``."""
    uv = _uv(target.with_name("uv"))
    interpreter = str(target / "bin" / "python")
    if anew or not Path(interpreter).exists():
        _run(
            uv,
            "venv",
            "--quiet",
            "--clear",
            "--python",
            PYTHON,
            str(target),
            hint=(
                f"uv could neither find nor download Python {PYTHON}; install it "
                f"(Debian: apt-get install python{PYTHON}-venv; others: https://www.python.org)"
            ),
        )
    _run(
        uv,
        "pip",
        "sync",
        "--quiet",
        "--require-hashes",
        # once, instead of at every start of a job where Python can't store compiled files
        "--compile-bytecode",
        "--python",
        interpreter,
        str(lock),
        hint=f"the packages of {lock.name} could not be installed",
    )
    if name in WITHOUT_DISCERN:
        return
    _run(
        uv,
        "pip",
        "install",
        "--quiet",
        "--no-deps",
        # with the locked backend or uv's own, never one from the network
        "--no-build-isolation",
        "--python",
        interpreter,
        "--editable",
        str(PROJECT),
        hint=f"this checkout could not be installed into {target}",
    )


def _uv(home: Path) -> str:
    """The uv command: the one on PATH, or our own in ``home``."""
    on_path = shutil.which("uv")
    if on_path:
        return on_path
    own = home / "bin" / "uv"
    if not own.exists():
        hint = "uv is missing; install it (pip install uv), or venv and pip for this Python"
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
    # The caller's interpreter must not leak into the new environment.
    environment = {k: v for k, v in os.environ.items() if k not in ("PYTHONPATH", "VIRTUAL_ENV")}
    if subprocess.run(command, env=environment, check=False).returncode:
        raise BuildError(hint)


def main() -> int:
    """The command line; returns the exit status."""
    parser = argparse.ArgumentParser(
        prog="python3 -m discern.setup.environments",
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
        help="for the training environment; auto: gpu if nvidia-smi lists a card",
    )
    parser.add_argument(
        "--into",
        type=Path,
        default=HOME,
        metavar="FOLDER",
        help="where the environments are or will be; default: .venv of the checkout",
    )
    arguments = parser.parse_args()
    auto = arguments.accelerator == "auto" and "training" in arguments.names
    if auto and (reason := why_no_gpu()):
        print(f"discern: accelerator auto: {reason}: trainings use the CPU", file=sys.stderr)
    try:
        if "snakemake" in arguments.names and (reason := why_not_writable()):
            raise BuildError(reason)
        for name in arguments.names:
            build(name, lock_file(name, arguments.accelerator), arguments.into.absolute())
    except (BuildError, OSError) as error:
        print(f"discern: {error}", file=sys.stderr)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
