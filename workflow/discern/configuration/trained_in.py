"""The networks of another version, which are evaluated instead of networks trained here."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from discern.configuration.row import Row
from discern.configuration.rows import class_split
from discern.configuration.snapshot import (
    differences,
    entries_of_both,
    read_snapshot,
    shown,
    snapshot,
)
from discern.errors import DiscernError
from discern.files import read_json
from discern.provenance.agreement import in_both
from discern.results import Version

# The settings that networks were trained with, besides their rows'.
_OF_TRAINING = ("batches", "network", "training")
# What says how networks are trained, and so nothing here.
_WITHOUT_EFFECT = ("classes", "corruption", "search")


@dataclass(frozen=True)
class Networks:
    """The networks of a finished version.

    Attributes:
        version: its files.
        settings: those it was made with.
    """

    version: Version
    settings: Mapping[str, Any]

    def classes(self, seed: int) -> tuple[int, ...]:
        """The classes that the networks with ``seed`` were trained on, as numbers from 0."""
        split = class_split(self.settings, seed)
        return split.train or tuple(range(len(read_json(self.version.original_labels))))


def read_networks(config: Mapping[str, Any], rows: Iterable[Row]) -> Networks | None:
    """The networks that a checked configuration evaluates; None if its own are trained.

    Raises:
        DiscernError: when the version is not finished, its networks were trained with other
            settings than those of ``config``, one is missing, or a setting has no effect.
    """
    folder = config["evaluation"]["trained_in"]
    if folder is None:
        return None
    version = Version(Path(folder))
    for key in _WITHOUT_EFFECT:
        if config.get(key):
            raise _refusal(
                f"nothing is trained here, so {key} would have no effect; set it or trained_in to "
                "null"
            )
    settings = read_snapshot(version)
    if settings is None:
        raise _refusal(f"{folder} is no finished version; name its folder, such as results/full")
    new = snapshot(config)
    sides = [_of_training(*pair) for pair in ((settings, new), (new, settings))]
    for different in differences(*in_both(*sides)):
        raise _refusal(
            f"{folder} was trained with {different.key} {shown(different.old)}, not "
            f"{shown(different.new)}; set it to the same"
        )
    for row in rows:
        for seed in row.seeds:
            weights = row.weights_file(version, seed)
            if weights and not row.is_published(seed) and not weights.is_file():
                raise _refusal(
                    f"there is no {weights}; leave out the row {row.label} or seed {seed}, or "
                    "name a version that has its networks, which published ones have not"
                )
    return Networks(version, settings)


def _of_training(settings: Mapping[str, Any], other: Mapping[str, Any]) -> dict[str, Any]:
    """The part of ``settings`` that must be as in ``other``."""
    shared = {name: settings[name] for name in _OF_TRAINING if name in settings}
    return shared | {"losses": entries_of_both(settings, other)}


def _refusal(reason: str) -> DiscernError:
    return DiscernError(f"the configuration: evaluation.trained_in: {reason}")
