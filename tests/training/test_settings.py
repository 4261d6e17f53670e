"""Whoever only asks what can be chosen loads none of the libraries that compute."""

from __future__ import annotations

import subprocess
import sys

import pytest

from discern.training.settings import NetworkSettings, imported_by_name


def test_a_training_imports_its_loss_and_its_network_by_their_names():
    lenet = NetworkSettings(8, "linear", 0.25, "lenet")
    assert imported_by_name("cosface", lenet) == [
        "discern.losses.cosface",
        "discern.networks.lenet",
    ]
    assert imported_by_name("pixels", None) == ["discern.losses.pixels"]


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
