"""What a row's section shows of each of its trainings."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from discern.page.judgement import (
    Confusion,
    Trust,
    class_accuracies,
    trust,
    worst_confusions,
)
from discern.page.pictures import Download, Picture, download, picture


@dataclass(frozen=True)
class Figure:
    """A figure and the data that it shows."""

    picture: Picture
    data: Download


def read_figure(drawn: Path, data: Path, name: str) -> Figure:
    """The PNG file ``drawn`` with its CSV file ``data``, which is saved under ``name``."""
    return Figure(picture(drawn), download(data.read_bytes(), f"{name}.csv"))


@dataclass(frozen=True)
class Training:
    """One training of a row, to be shown.

    Attributes:
        seed: of the training.
        in_map: accuracy of the vote among the nearest other points of the map.
        in_embedding: the same in the embedding.
        trust: how the two compare.
        trustworthiness: of the map.
        kl_divergence: of the map, None where it is the embedding itself.
        worst: the most frequent mistakes.
        class_accuracies: by the name of each class that has images.
    """

    seed: int
    in_map: float
    in_embedding: float
    trust: Trust
    trustworthiness: float
    kl_divergence: float | None
    worst: Sequence[Confusion]
    class_accuracies: Mapping[str, float]


def training(seed: int, measures: Mapping[str, Any], names: Sequence[str]) -> Training:
    """What a file of measures says of a training, with the classes' ``names``."""
    found, confusions = measures["map"], np.array(measures["confusions"])
    accuracies = found["knn_accuracy"], found["embedding_knn_accuracy"]
    return Training(
        seed,
        *accuracies,
        trust=trust(*accuracies, measures["images"]),
        trustworthiness=found["trustworthiness"],
        kl_divergence=found["kl_divergence"],
        worst=worst_confusions(confusions, names),
        class_accuracies=class_accuracies(confusions, names),
    )
