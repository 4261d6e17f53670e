"""Programs that are run to their end, and what to do where one is missing."""

import os
import subprocess

import pytest


def run_program(*command, **options):
    """Run a command; what it prints is text, and its status is for the test to judge."""
    return subprocess.run(command, capture_output=True, text=True, check=False, **options)


def skip_except_on_ci(reason):
    """Skip a test for what is missing here and must not be missing where all tests run."""
    if os.environ.get("CI"):
        pytest.fail(reason)
    pytest.skip(reason)
