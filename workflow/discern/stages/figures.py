"""Draw the figures: the map and the distances of one training, or a sheet over all rows.

python -m discern.stages.figures {map,distances,gallery,curves} --help
"""

from __future__ import annotations

import argparse
import json
import sys
from collections.abc import Callable, Sequence
from pathlib import Path

import matplotlib as mpl
import numpy as np

from discern import measures, plots
from discern.errors import DiscernError
from discern.files import read_embeddings, read_map
from discern.history import History, read_history
from discern.stage import StageParser, run_stage

_BINS = 120


def draw_map(arguments: argparse.Namespace) -> None:
    """One training's map."""
    _save(plots.map_figure(_map(arguments.map), arguments.title), arguments)


def draw_distances(arguments: argparse.Namespace) -> None:
    """The distances of one training's pairs of queries."""
    embeddings, labels = read_embeddings(arguments.embeddings)
    values = measures.in_distance(embeddings, arguments.distance)
    # No pair is farther apart than twice the farthest sample is from the mean.
    reach = 2.0 * float(np.linalg.norm(values - values.mean(axis=0), axis=1).max()) or 1.0
    farthest = min(reach, 2.0) if arguments.distance == "cosine" else reach
    edges = np.linspace(0.0, farthest, _BINS + 1)
    counts = measures.distance_histograms(values, labels, edges)
    names = {"cosine": "normalised Euclidean", "euclidean": "Euclidean"}
    title, distance = arguments.title, names[arguments.distance]
    _save(plots.distances_figure(*counts, edges, title, distance), arguments)


def draw_gallery(arguments: argparse.Namespace) -> None:
    """All rows' maps."""
    titles = _a_title_for_each(arguments.maps, arguments.titles)
    maps = [_map(path) for path in arguments.maps]
    _save(plots.gallery_figure(maps, titles), arguments)


def draw_curves(arguments: argparse.Namespace) -> None:
    """All trainings' losses by epoch."""
    histories: dict[str, list[History]] = {}
    titles = _a_title_for_each(arguments.histories, arguments.titles)
    for path, title in zip(arguments.histories, titles, strict=True):
        histories.setdefault(title, []).append(read_history(path))
    _save(plots.curves_figure(histories), arguments)


def _a_title_for_each(paths: Sequence[Path], titles: Sequence[str]) -> Sequence[str]:
    if len(paths) != len(titles):
        raise DiscernError(f"there are {len(titles)} titles for {len(paths)} files; give one each")
    return titles


def _map(path: Path) -> plots.Map:
    points, labels, divergence = read_map(path)
    return plots.Map(points, labels, is_embedding=divergence is None)


def _save(figure: mpl.figure.Figure, arguments: argparse.Namespace) -> None:
    if arguments.resolution < 1:
        raise DiscernError(f"--resolution is {arguments.resolution} dots per inch; raise it")
    for path in arguments.figures:
        if path.suffix not in plots.FORMATS:
            raise DiscernError(f"{path}: a figure ends in {' or '.join(plots.FORMATS)}; rename it")
    for path in arguments.figures:
        plots.save(figure, path, arguments.resolution)


KINDS: dict[str, Callable[[argparse.Namespace], None]] = {
    "map": draw_map,
    "distances": draw_distances,
    "gallery": draw_gallery,
    "curves": draw_curves,
}


def main(argv: Sequence[str] | None = None) -> int:
    """The command line; returns the exit status."""
    words = list(sys.argv[1:] if argv is None else argv)
    if not words or words[0] not in KINDS:
        print(__doc__)  # noqa: T201
        return 0 if words[:1] in (["-h"], ["--help"]) else 2
    kind = words.pop(0)
    parser = StageParser("figures", KINDS[kind].__doc__)
    parser.prog += f" {kind}"
    parser.output("--figures", nargs="+", help="a file per format: .png, .svg or .pdf")
    parser.parameter("--resolution", type=int, default=200, help="dots per inch")
    if kind == "map":
        parser.input("--map", help="npz: a map, or embeddings in the plane")
    if kind == "distances":
        parser.input("--embeddings", help="npz: embeddings and labels")
        parser.parameter("--distance", choices=("euclidean", "cosine"), help="the row's distance")
    if kind == "gallery":
        parser.input("--maps", nargs="+", help="npz: a map per row, or embeddings in the plane")
    if kind == "curves":
        parser.input("--histories", nargs="+", help="CSV: a history per training")
    if kind in ("map", "distances"):
        parser.parameter("--title", help="above the figure")
    else:
        parser.parameter("--titles", type=json.loads, help="JSON: a title per file")
    return run_stage(parser, KINDS[kind], words)


if __name__ == "__main__":
    sys.exit(main())
