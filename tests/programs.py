"""Programs that are run to their end, and what to do where one is missing."""

import os
import subprocess
from pathlib import Path

import pytest

_PEERS = Path(__file__).parents[1] / ".venv" / "peers" / "bin"


def run_program(*command, **options):
    """Run a command; what it prints is text, and its status is for the test to judge."""
    return subprocess.run(command, capture_output=True, text=True, check=False, **options)


def skip_except_on_ci(reason):
    """Skip a test for what is missing here and must not be missing where all tests run."""
    if os.environ.get("CI"):
        pytest.fail(reason)
    pytest.skip(reason)


def programs_of_peers() -> Path:
    """The folder with the Python that has PyTorch; without it, the test is skipped."""
    if not (_PEERS / "python").exists():
        skip_except_on_ci("`make peers` builds the environment of the peers")
    return _PEERS
