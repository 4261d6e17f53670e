"""Whoever only asks what can be chosen loads none of the libraries that compute."""

from __future__ import annotations

import subprocess
import sys

import pytest


@pytest.mark.parametrize(
    "module",
    [
        "training.settings",
        "training.schedule",
        "maps.settings",
        "stages.train",
        "stages.select",
        "stages.embed",
        "stages.tsne",
    ],
)
def test_settings_and_stages_are_read_without_numpy(module):
    program = f"import sys, discern.{module}; print({{'numpy', 'tensorflow'}} & set(sys.modules))"
    command = [sys.executable, "-c", program]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert done.stdout == "set()\n", done.stderr
