"""What the tests of the GPU share: a stand-in for NVIDIA's driver and CUDA's libraries."""

from __future__ import annotations

import os
import shutil
import sys
from pathlib import Path

import pytest

import discern
from programs import run_program, skip_except_on_ci

# What describes a card.
DRIVER = ("libcuda.so.1", "libnvidia-ml.so.1")


@pytest.fixture(scope="session")
def build():
    """Builds the stand-in for CUDA's libraries under these names, or skips the test."""

    def build(folder: Path, *names: str, needs: str = "") -> Path:
        if not shutil.which("cc"):
            skip_except_on_ci("no C compiler")
        folder.mkdir(parents=True, exist_ok=True)
        for name in names:
            source, output = Path(__file__).with_name("stand_in.c"), folder / name
            command = ["cc", "-shared", "-fPIC", "-o", output, f"-Wl,-soname,{name}", source]
            done = run_program(*command, "-Wl,--no-as-needed", f"-L{folder}", *needs.split())
            assert done.returncode == 0, done.stderr
        return folder

    return build


@pytest.fixture(scope="session")
def driver(build, made_once) -> Path:
    """The folder of a stand-in for NVIDIA's driver, which answers from the environment."""
    return made_once("driver", lambda folder: build(folder, *DRIVER))


@pytest.fixture
def run_with():
    """Runs a Python program with folders of libraries; gives what it prints."""

    def run_with(*folders: Path, program: str, packages: str | Path = "", **environment: str):
        package = Path(discern.__path__[0]).parent
        done = run_program(
            sys.executable,
            *("-c", program),
            env={
                "PATH": os.environ["PATH"],
                "HOME": os.environ.get("HOME", "/"),
                "PYTHONPATH": f"{package}:{packages}",
                "LD_LIBRARY_PATH": ":".join(map(str, folders)),
                **environment,
            },
        )
        assert done.returncode == 0, done.stderr
        return done.stdout

    return run_with
