"""Draw the figures, and write the data that they show: of one training, or of all rows.

python -m discern.stages.figures KIND --help, where KIND is one of

one training: map, distances, confusions, training_curves
all rows:     gallery, curves, verification
"""

from __future__ import annotations

import argparse
import csv
import io
import json
import sys
from collections.abc import Callable, Iterable, Sequence
from pathlib import Path
from typing import Any, TypeVar

import numpy as np
from matplotlib.figure import Figure

from discern import measures, plots
from discern.errors import DiscernError
from discern.files import read_embeddings, read_json, write_text
from discern.gallery import read_gallery, read_plane
from discern.history import History, read_history
from discern.schedule import best_epoch
from discern.stage import StageParser, run_stage

_BINS = 120
_REMEDY = "delete it to have it made again"

Table = tuple[Sequence[str], Iterable[Sequence[Any]]]
Drawn = tuple[Figure, Table]
Shown = TypeVar("Shown")


def draw_map(arguments: argparse.Namespace) -> Drawn:
    """One training's map."""
    shown = read_plane(arguments.map)
    names = _class_names(arguments, int(shown.labels.max()) + 1)
    figure = plots.map_figure(shown, arguments.title, names)
    return figure, (
        ("image", "class", "x", "y"),
        zip(range(len(shown.labels)), _named(shown.labels, names), *shown.points.T, strict=True),
    )


def draw_distances(arguments: argparse.Namespace) -> Drawn:
    """The distances of one training's pairs of queries."""
    embeddings, labels = read_embeddings(arguments.embeddings)
    values = measures.in_distance(embeddings, arguments.distance)
    # No pair is farther apart than twice the farthest sample is from the mean.
    reach = 2.0 * float(np.linalg.norm(values - values.mean(axis=0), axis=1).max()) or 1.0
    farthest = min(reach, 2.0) if arguments.distance == "cosine" else reach
    edges = np.linspace(0.0, farthest, _BINS + 1)
    same, different = measures.distance_histograms(values, labels, edges)
    names = {"cosine": "normalised Euclidean", "euclidean": "Euclidean"}
    title, distance = arguments.title, names[arguments.distance]
    return plots.distances_figure(same, different, edges, title, distance), (
        ("distance_from", "distance_to", "pairs_of_same_class", "pairs_of_two_classes"),
        zip(edges, edges[1:], same, different, strict=False),
    )


def draw_confusions(arguments: argparse.Namespace) -> Drawn:
    """Which class one training's nearest neighbours take for which."""
    found = read_json(arguments.measures)
    try:
        counts, neighbours = np.array(found["confusions"]), int(found["neighbours"])
    except (KeyError, TypeError, ValueError):
        counts, neighbours = np.empty(0), 0
    square = counts.ndim == 2 and counts.shape[0] == counts.shape[1] > 0
    if not square or not np.issubdtype(counts.dtype, np.integer):
        raise DiscernError(f"{arguments.measures} holds no confusions; {_REMEDY}")
    names = _class_names(arguments, len(counts))
    figure = plots.confusions_figure(counts, arguments.title, neighbours, names)
    classes = _named(range(len(counts)), names)
    return figure, (
        ("true_class", "predicted_class", "images"),
        ((classes[i], classes[j], count) for (i, j), count in np.ndenumerate(counts)),
    )


def draw_training_curves(arguments: argparse.Namespace) -> Drawn:
    """One training's losses and learning rate by epoch."""
    history = read_history(arguments.history)
    figure = plots.training_curves_figure(history, arguments.title)
    return figure, (_EPOCHS, _epochs(history))


def draw_gallery(arguments: argparse.Namespace) -> Drawn:
    """All rows' maps of the same images, turned to lie alike unless they are embeddings."""
    titles = _a_title_for_each(arguments.maps, arguments.titles)
    maps = read_gallery(arguments.maps)
    labels = maps[0].labels
    names = _class_names(arguments, int(labels.max()) + 1)
    columns = [column for shown in maps for column in shown.points.T]
    header = [f"{title}: {axis}" for title in titles for axis in "xy"]
    return plots.gallery_figure(maps, titles, names), (
        ("image", "class", *header),
        zip(range(len(labels)), _named(labels, names), *columns, strict=True),
    )


def draw_curves(arguments: argparse.Namespace) -> Drawn:
    """All trainings' losses by epoch."""
    titles = _a_title_for_each(arguments.histories, arguments.titles)
    histories = _by_title(titles, [read_history(path) for path in arguments.histories])
    return plots.curves_figure(histories), (
        ("row", "training", *_EPOCHS),
        (
            (title, number, *epoch)
            for title, runs in histories.items()
            for number, run in enumerate(runs, start=1)
            for epoch in _epochs(run)
        ),
    )


def draw_verification(arguments: argparse.Namespace) -> Drawn:
    """All rows' true by false acceptance rates of pairs."""
    titles = _a_title_for_each(arguments.measures, arguments.titles)
    curves = _by_title(titles, [_verification_curve(path) for path in arguments.measures])
    return plots.verification_figure(curves), (
        ("row", "training", "false_acceptance_rate", "true_acceptance_rate"),
        (
            (title, number, *point)
            for title, runs in curves.items()
            for number, run in enumerate(runs, start=1)
            for point in run
        ),
    )


_EPOCHS = ("epoch", "training_loss", "validation_loss", "learning_rate", "is_selected")


def _epochs(history: History) -> Iterable[tuple[Any, ...]]:
    best = best_epoch(history.validation_losses)
    names = ("epoch", "loss", "validation_loss", "learning_rate")
    return ((*(row[name] for name in names), int(row["epoch"] == best)) for row in history.rows)


def _a_title_for_each(paths: Sequence[Path], titles: Sequence[str]) -> Sequence[str]:
    if len(paths) != len(titles):
        raise DiscernError(f"there are {len(titles)} titles for {len(paths)} files; give one each")
    return titles


def _by_title(titles: Sequence[str], found: Sequence[Shown]) -> dict[str, list[Shown]]:
    rows: dict[str, list[Shown]] = {}
    for title, each in zip(titles, found, strict=True):
        rows.setdefault(title, []).append(each)
    return rows


def _verification_curve(path: Path) -> np.ndarray:
    """False and true acceptance rates float64 (points, 2) in a measure file."""
    try:
        curve = np.array(read_json(path)["verification"]["curve"], np.float64)
    except (KeyError, TypeError, ValueError):
        curve = np.empty(0)
    if curve.ndim != 2 or curve.shape[1] != 2 or not (curve[:, 0] > 0).any():
        raise DiscernError(f"{path} holds no verification curve; {_REMEDY}")
    return curve


def _class_names(arguments: argparse.Namespace, classes: int) -> Sequence[str] | None:
    names: Sequence[str] | None = arguments.class_names
    if names is not None and len(names) < classes:
        raise DiscernError(f"there are {len(names)} class names for {classes} classes; name each")
    return names


def _named(labels: Iterable[int], names: Sequence[str] | None) -> Sequence[Any]:
    return [names[label] if names else int(label) for label in labels]


def _as_csv(header: Sequence[str], rows: Iterable[Sequence[Any]]) -> str:
    """A table with six digits of each number that is not whole."""
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\n")
    writer.writerow(header)
    for row in rows:
        writer.writerow(
            f"{value:.6g}" if isinstance(value, float | np.floating) else value for value in row
        )
    return text.getvalue()


def _saved(draw: Callable[[argparse.Namespace], Drawn]) -> Callable[[argparse.Namespace], None]:
    """``draw``, and its figure and table written; nothing is where an option is wrong."""

    def work(arguments: argparse.Namespace) -> None:
        if arguments.resolution < 1:
            raise DiscernError(f"--resolution is {arguments.resolution} dots per inch; raise it")
        for path in arguments.figures:
            if path.suffix not in plots.FORMATS:
                endings = " or ".join(plots.FORMATS)
                raise DiscernError(f"{path}: a figure ends in {endings}; rename it")
        figure, table = draw(arguments)
        for path in arguments.figures:
            plots.save(figure, path, arguments.resolution)
        write_text(arguments.data, _as_csv(*table))

    return work


KINDS: dict[str, Callable[[argparse.Namespace], Drawn]] = {
    "map": draw_map,
    "distances": draw_distances,
    "confusions": draw_confusions,
    "training_curves": draw_training_curves,
    "gallery": draw_gallery,
    "curves": draw_curves,
    "verification": draw_verification,
}


def _parser(kind: str) -> StageParser:
    parser = StageParser("figures", KINDS[kind].__doc__)
    parser.prog += f" {kind}"
    if kind == "map":
        parser.input("--map", help="npz: a map, or embeddings in the plane")
    if kind == "distances":
        parser.input("--embeddings", help="npz: embeddings and labels")
        parser.parameter("--distance", choices=("euclidean", "cosine"), help="the row's distance")
    if kind == "confusions":
        parser.input("--measures", help="JSON: the measures")
    if kind == "training_curves":
        parser.input("--history", help="CSV: the history")
    if kind == "gallery":
        parser.input("--maps", nargs="+", help="npz: a map per row, or embeddings in the plane")
    if kind == "curves":
        parser.input("--histories", nargs="+", help="CSV: a history per training")
    if kind == "verification":
        parser.input("--measures", nargs="+", help="JSON: the measures of each training")
    if kind in ("gallery", "curves", "verification"):
        parser.parameter("--titles", type=json.loads, help="JSON: a title per file")
    else:
        parser.parameter("--title", help="above the figure")
    if kind in ("map", "confusions", "gallery"):
        parser.parameter(
            "--class-names", type=json.loads, default=None, help="JSON: a name per class, or null"
        )
    parser.output("--figures", nargs="+", help="a file per format: .png, .svg or .pdf")
    parser.output("--data", help="CSV: what the figure shows")
    parser.parameter("--resolution", type=int, default=300, help="dots per inch")
    return parser


def main(argv: Sequence[str] | None = None) -> int:
    """The command line; returns the exit status."""
    words = list(sys.argv[1:] if argv is None else argv)
    if not words or words[0] not in KINDS:
        print(__doc__)  # noqa: T201
        return 0 if words[:1] in (["-h"], ["--help"]) else 2
    kind = words.pop(0)
    return run_stage(_parser(kind), _saved(KINDS[kind]), words)


if __name__ == "__main__":
    sys.exit(main())
