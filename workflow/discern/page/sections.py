"""The section of a row: its line, its figures, and the results of each of its trainings."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from discern.configuration.row import Row
from discern.errors import Damaged
from discern.files import reading
from discern.page.judgement import (
    Confusion,
    Trust,
    class_accuracies,
    trust,
    worst_confusions,
)
from discern.page.pictures import Download, Picture, download, picture
from discern.ranking.leaderboard import Line
from discern.results import Version
from discern.training.history import read_history

# Figures of each row's first training.
_FIGURES = ("distances", "confusions")


@dataclass(frozen=True)
class Figure:
    """A figure, and its data, which a published one comes without."""

    picture: Picture
    data: Download | None


@dataclass(frozen=True)
class MapResults:
    """How well a map shows its embedding.

    Attributes:
        in_map: k-NN accuracy among the points of the map.
        in_embedding: the same among the embeddings.
        trust: the comparison of these two.
        trustworthiness: of the map.
        kl_divergence: of the map, None where it is the embedding itself.
    """

    in_map: float
    in_embedding: float
    trust: Trust
    trustworthiness: float
    kl_divergence: float | None


@dataclass(frozen=True)
class Training:
    """The results of one training of a row.

    Attributes:
        seed: the training's seed.
        map: the results of its map; None if it has none.
        worst: the most frequent mistakes.
        class_accuracies: by the name of each class that has images.
    """

    seed: int
    map: MapResults | None
    worst: Sequence[Confusion]
    class_accuracies: Mapping[str, float]


@dataclass(frozen=True)
class Section:
    """A row's section.

    Attributes:
        line: the row's line of the leaderboard.
        figures: of the first of its seeds, by kind; if that is published, its map alone.
        trainings: one for each of its seeds.
        scales: for each training, the mean squared distance between validation images of different
            classes at the selected epoch, in the distance that the loss optimises. It says whether
            a margin is small or large.
    """

    line: Line
    figures: Mapping[str, Figure]
    trainings: Sequence[Training]
    scales: Sequence[float]


def section(version: Version, line: Line, names: Sequence[str]) -> Section:
    """The section of a row, with the classes' ``names``.

    Raises:
        DiscernError: when a figure or a history is missing.
        Damaged: when one is damaged.
    """
    return Section(
        line,
        figures=_figures(version, line.row),
        trainings=[
            training(seed, measures, names)
            for seed, measures in zip(line.row.seeds, line.measures, strict=True)
        ],
        scales=_scales(version, line),
    )


def _figures(version: Version, row: Row) -> dict[str, Figure]:
    label, seed = row.label, row.seeds[0]
    kinds = ["map"] if row.has_map(seed) else []
    if row.is_published(seed):
        home = row.home(version, seed)
        return {
            kind: Figure(picture(home.figure(label, seed, kind, "png")), None) for kind in kinds
        }
    kinds += [*_FIGURES, *(["curves"] if row.trained else [])]
    return {
        kind: read_figure(
            version.figure(label, seed, kind, "png"),
            version.figure(label, seed, kind, "csv"),
            f"{label}-{seed}-{kind}",
        )
        for kind in kinds
    }


def _scales(version: Version, line: Line) -> list[float]:
    row, scales = line.row, []
    for seed, epoch in zip(row.seeds, line.epochs, strict=False):
        path = row.home(version, seed).history(row.label, seed)
        history = read_history(path)
        if epoch > len(history.rows):
            raise Damaged(path, f"ends before epoch {epoch}, which was selected")
        scales.append(history.column("between_classes")[epoch - 1])
    return scales


def read_figure(drawn: Path, data: Path, name: str) -> Figure:
    """The PNG file ``drawn`` with its CSV file ``data``, which is saved under ``name``."""
    with reading(data) as file:
        return Figure(picture(drawn), download(file.read(), f"{name}.csv"))


def training(seed: int, measures: Mapping[str, Any], names: Sequence[str]) -> Training:
    """The results in a training's file of measures, with the classes' ``names``."""
    confusions = np.array(measures["confusions"])
    return Training(
        seed,
        map=None if measures["map"] is None else map_results(measures["map"], measures["images"]),
        worst=worst_confusions(confusions, names),
        class_accuracies=class_accuracies(confusions, names),
    )


def map_results(measures: Mapping[str, Any], images: int) -> MapResults:
    """The results in the ``measures`` of a map of so many ``images``."""
    in_map, in_embedding = measures["knn_accuracy"], measures["embedding_knn_accuracy"]
    return MapResults(
        in_map,
        in_embedding,
        trust=trust(in_map, in_embedding, images),
        trustworthiness=measures["trustworthiness"],
        kl_divergence=measures["kl_divergence"],
    )
