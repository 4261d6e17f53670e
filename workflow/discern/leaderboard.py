"""The leaderboard: what the measures of all trainings say, a line per row."""

from __future__ import annotations

import csv
import io
import json
import math
import statistics
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True)
class Column:
    """A measure in the leaderboard.

    Attributes:
        name: the column's name in the CSV file.
        path: the keys that lead to it in a measure file.
        title: its name for people.
        meaning: one sentence on what it says.
        percent: whether it is an accuracy, shown in per cent.
    """

    name: str
    path: tuple[str, ...]
    title: str
    meaning: str
    percent: bool = False

    def value(self, measures: Mapping[str, Any]) -> float | None:
        """The measure's value, None where the row has no such thing."""
        found: Any = measures
        for key in self.path:
            if found is None:
                break
            found = found[key]
        return None if found is None else float(found)

    def shown(self, value: float | None) -> str:
        """The value as tables show it."""
        if value is None:
            return "–"
        return f"{100 * value:.2f} %" if self.percent else f"{value:.3f}"


COLUMNS = (
    Column(
        "knn_accuracy",
        ("knn_accuracy",),
        "k-NN accuracy",
        "the majority among the nearest training images has the right class",
        percent=True,
    ),
    Column(
        "nearest_mean_accuracy",
        ("nearest_mean_accuracy",),
        "nearest-mean accuracy",
        "the nearest class mean of the training images is the right one",
        percent=True,
    ),
    Column(
        "classifier_accuracy",
        ("classifier_accuracy",),
        "classifier accuracy",
        "the classifier that the loss trains is right",
        percent=True,
    ),
    Column(
        "silhouette",
        ("silhouette",),
        "silhouette",
        "how much nearer an image is to its own class than to the next, from −1 to 1",
    ),
    Column(
        "variance_ratio",
        ("l2_normalised", "variance_ratio"),
        "variance ratio",
        "inter-class over intra-class variance of the L2-normalised embeddings",
    ),
    Column(
        "intra_class_variance",
        ("l2_normalised", "intra_class_variance"),
        "intra-class variance",
        "mean squared distance to the class mean, L2-normalised",
    ),
    Column(
        "inter_class_variance",
        ("l2_normalised", "inter_class_variance"),
        "inter-class variance",
        "mean squared distance of class means to the mean of all, L2-normalised",
    ),
    Column(
        "native_variance_ratio",
        ("native", "variance_ratio"),
        "variance ratio, native",
        "the same ratio of the embeddings as the network gives them",
    ),
    Column(
        "map_knn_accuracy",
        ("map", "knn_accuracy"),
        "k-NN accuracy in the map",
        "the majority among the nearest points of the map has the right class",
        percent=True,
    ),
    Column(
        "map_kl_divergence",
        ("map", "kl_divergence"),
        "KL divergence of the map",
        "what t-SNE has minimised: how badly the map keeps neighbourhoods",
    ),
)


@dataclass(frozen=True)
class Line:
    """A row of the leaderboard.

    Attributes:
        row: label, title and the like, as the pipeline describes it.
        epochs: the selected epoch of each seed; empty for the baseline.
        measures: of each seed.
    """

    row: Mapping[str, Any]
    epochs: Sequence[int]
    measures: Sequence[Mapping[str, Any]]

    def mean(self, column: Column) -> float | None:
        """The mean over seeds, None where the row has no such measure."""
        values = [column.value(measures) for measures in self.measures]
        present = [value for value in values if value is not None]
        return statistics.fmean(present) if present else None


def ranked(lines: Sequence[Line]) -> list[Line]:
    """The lines by k-NN accuracy, best first; equal ones keep their order."""
    return sorted(lines, key=lambda line: -(line.mean(COLUMNS[0]) or 0.0))


def half_width(accuracy: float, images: int) -> float:
    """Half the width of the 95 % interval of an ``accuracy`` on so many ``images`` (normal)."""
    return 1.96 * math.sqrt(accuracy * (1.0 - accuracy) / images)


def as_csv(lines: Sequence[Line]) -> str:
    """A line per row and a column per measure, with every digit."""
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\n")
    head = ["label", "title", "distance", "learning_rate", "parameters", "seeds", "epochs"]
    writer.writerow(head + [column.name for column in COLUMNS])
    for line in lines:
        row = line.row
        about = [row["label"], row["title"], row["distance"], row["learning_rate"]]
        about += [
            json.dumps(row["parameters"]),
            len(line.measures),
            " ".join(map(str, line.epochs)),
        ]
        writer.writerow([*about, *(line.mean(column) for column in COLUMNS)])
    return text.getvalue()


def as_markdown(lines: Sequence[Line]) -> str:
    """The same as a Markdown table, rounded."""
    titles = ["row", "epoch", *(column.title for column in COLUMNS)]
    rows = [
        [line.row["title"].replace("|", r"\|"), ", ".join(map(str, line.epochs)) or "–"]
        + [column.shown(line.mean(column)) for column in COLUMNS]
        for line in lines
    ]
    table = [titles, ["---"] * 1 + ["--:"] * (len(titles) - 1), *rows]
    return "".join(f"| {' | '.join(cells)} |\n" for cells in table)
