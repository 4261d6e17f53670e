"""The descriptions of all losses, read without importing TensorFlow."""

from __future__ import annotations

from functools import cache
from pathlib import Path

from discern.declarations import declared
from discern.losses.shared import description as vocabulary
from discern.losses.shared.description import LossDescription

_FOLDER = Path(__file__).parents[1]


@cache
def descriptions() -> dict[str, LossDescription]:
    """The ``description`` of every loss, by the name of its file."""
    return declared(_FOLDER, "description", vocabulary, LossDescription)
