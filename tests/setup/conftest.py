"""Other Pythons than the one that runs the tests, and a uv that is played."""

import os
import re
import shutil
import subprocess
from pathlib import Path

import pytest


def find_interpreter(version):
    """An interpreter of this version, the system's or pyenv's; skips the test without one."""
    name = f"python{version}"
    versions = Path(os.environ.get("PYENV_ROOT", "~/.pyenv")).expanduser() / "versions"
    for path in (shutil.which(name), *versions.glob(f"{version}.*/bin/{name}")):
        if path and not subprocess.run([path, "-V"], capture_output=True, check=False).returncode:
            return path
    return pytest.skip(f"no Python {version} here")


@pytest.fixture(scope="session")
def interpreter():
    """Finds an interpreter of a version."""
    return find_interpreter


class FakeUv:
    """A uv that notes how it is called and does as it is told; ``path`` is a PATH that has it."""

    def __init__(self, folder):
        folder.mkdir()
        self.calls, self.program = folder / "calls", folder / "uv"
        self.path = f"{folder}:/usr/bin:/bin"
        self.does("")

    def does(self, script):
        """Make the folder of an environment, and then what ``script`` says."""
        makes = 'if [ "$1" = venv ]; then for last; do :; done; mkdir -p "$last/bin"; '
        makes += 'touch "$last/bin/python"; fi'
        self.program.write_text(f'#!/bin/sh\necho "$@" >> {self.calls}\n{makes}\n{script}\n')
        self.program.chmod(0o755)

    def lines(self):
        """What it was called with since the last time that this was asked."""
        text = self.calls.read_text() if self.calls.exists() else ""
        self.calls.write_text("")
        return text.splitlines()

    def steps(self):
        """What it was called for since the last time."""
        return [re.match(r"venv|pip \w+", line)[0] for line in self.lines()]


@pytest.fixture
def uv(tmp_path):
    """A uv that seems to do all it is asked to."""
    return FakeUv(tmp_path / "tools")
