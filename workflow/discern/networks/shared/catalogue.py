"""The descriptions of all networks, read without importing TensorFlow."""

from __future__ import annotations

from functools import cache
from pathlib import Path

from discern.declarations import declared
from discern.networks.shared import description as vocabulary
from discern.networks.shared.description import NetworkDescription

_FOLDER = Path(__file__).parents[1]


@cache
def descriptions() -> dict[str, NetworkDescription]:
    """The ``description`` of every network, by the name of its file."""
    return declared(_FOLDER, "description", vocabulary, NetworkDescription)
