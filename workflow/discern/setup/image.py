"""The image of the Containerfile, in which ``--sdm apptainer`` runs the rules."""

from __future__ import annotations

import os

from discern.errors import DiscernError

# Where it has the rules' Python.
PYTHON = "/opt/discern/.venv/training/bin/python"


def named() -> str:
    """The image that ``DISCERN_IMAGE`` names: a file, or an address of a registry.

    Raises:
        DiscernError: when it names none.
    """
    if name := os.environ.get("DISCERN_IMAGE"):
        return name
    raise DiscernError(
        "--sdm apptainer needs the image: set DISCERN_IMAGE (docs/cluster.md, Container)"
    )
