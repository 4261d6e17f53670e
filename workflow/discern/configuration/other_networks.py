"""Networks that were trained in another version and are evaluated instead of those trained here."""

from __future__ import annotations

import gzip
import zlib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from discern.configuration.row import Row
from discern.configuration.rows import class_split
from discern.configuration.snapshot import (
    differences,
    differences_of_both,
    entries_of_both,
    read_snapshot,
    shown,
    snapshot,
)
from discern.errors import DiscernError
from discern.files import read_json, sha256
from discern.provenance.manifest import read_manifest
from discern.results import Version

# The settings that networks were trained with, besides their rows'.
_OF_TRAINING = ("batches", "network", "training")
# What they were trained on.
_OF_IMAGES = ("split", "corruption", "classes")


@dataclass(frozen=True)
class OtherNetworks:
    """The networks of another version.

    Attributes:
        trained_on: the settings of the images they were trained on.
        image_shape: of these images: height, width, and 3 in colour.
        classes: those that the networks of each seed were trained on, as numbers from 0.
    """

    trained_on: Mapping[str, Any]
    image_shape: tuple[int, ...]
    classes: Mapping[int, tuple[int, ...]]


def read_other_networks(config: Mapping[str, Any], rows: Iterable[Row]) -> OtherNetworks | None:
    """The networks of another version that a checked configuration needs; None if it needs none.

    Raises:
        DiscernError: when the version is not finished, its networks were trained with other
            settings than those of ``config`` or have changed, one is missing, or a setting would
            have no effect.
    """
    needed = [
        (row, seed)
        for row in rows
        for seed in row.seeds
        if row.trained_in and not row.is_published(seed)
    ]
    if not needed:
        return None
    version = Version(Path(config["evaluation"]["trained_in"]))
    _refuse_without_effect(config, version)
    settings = read_snapshot(version)
    if settings is None or not version.manifest.is_file():
        raise _refusal(f"{version.folder} is no finished version; name the folder of one")
    for different in differences_of_both(_of_training, settings, snapshot(config)):
        raise _refusal(
            f"{version.folder} was trained with {different.key} {shown(different.old)}, not "
            f"{shown(different.new)}; set it to the same"
        )
    trained_on = {"sha256": settings["data"]["sha256"]}
    trained_on |= {key: settings[key] for key in _OF_IMAGES if key in settings}
    _refuse_trained_queries(config, trained_on)
    _check_weights(version, settings, needed)
    numbers = tuple(range(len(read_json(version.original_labels))))
    return OtherNetworks(
        trained_on,
        _image_shape(version.idx("train_images")),
        {seed: class_split(settings, seed).train or numbers for _, seed in needed},
    )


def _refuse_without_effect(config: Mapping[str, Any], version: Version) -> None:
    if version.folder.resolve() == Path("results", config["version"]).resolve():
        raise _refusal(f"{version.folder} is this version itself; name another, or null")
    if config["classes"]:
        raise _refusal("all classes of data are evaluated; set classes or trained_in to null")
    if config["corruption"]:
        raise _refusal("nothing is trained here; set corruption or trained_in to null")
    if "search" in config:
        raise _refusal("a search trains its trials here; set trained_in to null")


def _refuse_trained_queries(config: Mapping[str, Any], trained_on: Mapping[str, Any]) -> None:
    """Validation images of another split of the same data may have been trained on."""
    is_same = config["data"]["sha256"] == trained_on["sha256"]
    if is_same and config["evaluation"]["queries"] == "validation":
        for different in differences(trained_on["split"], config["split"]):
            raise _refusal(
                "its networks were trained on other images of the same data, with split."
                f"{different.key} {shown(different.old)}, so validation images may be among them; "
                "set it to the same, or evaluation.queries to test"
            )


def _check_weights(
    version: Version, settings: Mapping[str, Any], needed: Iterable[tuple[Row, int]]
) -> None:
    """Raise an error if weights are missing, left over from other settings, or have changed."""
    hashes = read_manifest(version)["files"]
    for row, seed in needed:
        weights = version.weights(row.label, seed)
        digest = hashes.get(weights.relative_to(version.folder).as_posix())
        is_made = digest and settings["losses"].get(row.label) and seed in settings["seeds"]
        if not is_made or not weights.is_file():
            raise _refusal(
                f"there is no network {weights}; leave out the row {row.label} or seed {seed}, or "
                "name a version that has it, which published ones do not"
            )
        if sha256(weights) != digest:
            raise _refusal(f"{weights} has changed; run snakemake for that version again")


def _image_shape(path: Path) -> tuple[int, ...]:
    """The shape of each image in a gzipped IDX file, of which only the beginning is read."""
    try:
        with gzip.open(path) as file:
            dimensions = file.read(4)[3]
            sizes = [int.from_bytes(file.read(4), "big") for _ in range(dimensions)]
    except (OSError, EOFError, IndexError, zlib.error):
        raise _refusal(f"{path} can't be read; run snakemake for that version again") from None
    return tuple(sizes[1:])


def _of_training(settings: Mapping[str, Any], other: Mapping[str, Any]) -> dict[str, Any]:
    """The part of ``settings`` that must be as in ``other``."""
    shared = {name: settings[name] for name in _OF_TRAINING if name in settings}
    return shared | {"losses": entries_of_both(settings, other)}


def _refusal(reason: str) -> DiscernError:
    return DiscernError(f"the configuration: evaluation.trained_in: {reason}")
