"""Put everything side by side: the leaderboard and a page that opens from disk.

The page is one file: formulas are MathML, pictures, data and the libraries that draw the maps and
sort the tables are inside it, and nothing is loaded.
"""

from __future__ import annotations

import argparse
import json
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import jinja2
import latex2mathml.converter
import numpy as np
from markupsafe import Markup

from discern import leaderboard
from discern.class_names import named
from discern.columns import COLUMNS, HEADLINES, RANKED_BY, Column
from discern.compared_pairs import read_pairs
from discern.errors import DiscernError
from discern.files import read_arrays, read_json, write_text
from discern.gallery import read_gallery
from discern.idx import read_images
from discern.leaderboard import Line
from discern.page import libraries, sprites
from discern.page.judgement import half_width
from discern.page.maps import Embedded, RowMap, linked_maps
from discern.page.pictures import address, download
from discern.page.sections import Figure, read_figure, training
from discern.stage import StageParser, run_stage
from discern.trainings import first_seeds, one_each

TEMPLATES = Path(__file__).parents[2] / "report" / "page"
# Figures of each row's first training, and those of the trained rows alone.
_FIGURES = ("map", "distances", "confusions")
_TRAINED_FIGURES = ("curves",)


def report(arguments: argparse.Namespace) -> None:
    """Write leaderboard and page."""
    lines = leaderboard.read_compared_lines(
        arguments.rows, arguments.measures, arguments.selections, arguments.comparisons
    )
    ranking = leaderboard.ranked(lines)
    table = leaderboard.as_csv(ranking)
    measures = lines[0].measures[0]
    indices = read_arrays(arguments.embedded, "indices")["indices"]
    splits = arguments.class_splits
    mentioned = {label for split in splits for label in (*split["train"], *split["unseen"])}
    classes = max(len(measures["confusions"]), *(label + 1 for label in mentioned), 0)
    # The last of the named classes may be in no split.
    names = named(arguments.class_names, max(classes, len(arguments.class_names or ())))
    images = measures["images"]
    best = ranking[0].mean(RANKED_BY) or 0.0
    page = (
        _templates()
        .get_template("page.html.j2")
        .render(
            title=arguments.title,
            queries=arguments.queries,
            split=_split_summary(arguments.split_summary),
            images=images,
            neighbours=measures["neighbours"],
            names=names,
            class_splits=splits,
            columns=COLUMNS,
            headlines=HEADLINES,
            lines=lines,
            ranking=ranking,
            best=best,
            chance=half_width(best, images),
            bests={column.name: _best(column, lines) for column in COLUMNS},
            intervals=_intervals(lines),
            pairs=read_pairs(arguments.comparisons, [line.row["label"] for line in lines]),
            leaderboard_csv=download(table.encode(), "leaderboard.csv"),
            comparisons_json=download(arguments.comparisons.read_bytes(), "comparisons.json"),
            sections=_sections(arguments, lines, names),
            verification=read_figure(
                arguments.verification_figure, arguments.verification_data, "verification"
            ),
            maps=_maps(arguments, indices, names),
            sheets=_sheets(arguments, indices),
            bokeh=libraries.bokeh(),
            data_tables=libraries.data_tables(),
        )
    )
    write_text(arguments.csv, table)
    write_text(arguments.markdown, leaderboard.as_markdown(ranking))
    write_text(arguments.page, page)


def _templates() -> jinja2.Environment:
    environment = jinja2.Environment(
        loader=jinja2.FileSystemLoader(TEMPLATES),
        autoescape=True,
        undefined=jinja2.StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    environment.filters |= {"mathml": mathml, "number": number}
    return environment


def _sections(
    arguments: argparse.Namespace, lines: Sequence[Line], names: Sequence[str]
) -> list[dict[str, Any]]:
    """Each row's line and its trainings, the first of them with its figures."""
    firsts = first_seeds(arguments.rows)
    files = {
        (kind, part): one_each(
            f"{kind}-{part}",
            getattr(arguments, f"{kind}_{part}"),
            firsts,
            only_trained=kind in _TRAINED_FIGURES,
        )
        for kind in (*_FIGURES, *_TRAINED_FIGURES)
        for part in ("figures", "data")
    }

    def figures(row: Mapping[str, Any]) -> dict[str, Figure]:
        return {
            kind: read_figure(
                next(files[kind, "figures"]),
                next(files[kind, "data"]),
                f"{row['label']}-{row['seeds'][0]}-{kind}",
            )
            for kind in (*_FIGURES, *(_TRAINED_FIGURES if row["trained"] else ()))
        }

    return [
        {
            "line": line,
            "figures": figures(line.row),
            "trainings": [
                training(seed, found, names)
                for seed, found in zip(line.row["seeds"], line.measures, strict=True)
            ],
        }
        for line in lines
    ]


def _maps(arguments: argparse.Namespace, indices: np.ndarray, names: Sequence[str]) -> Embedded:
    """The first seed's map of each row, of the queries with those ``indices`` in their data set."""
    firsts = first_seeds(arguments.rows)
    maps = read_gallery(list(one_each("points", arguments.points, firsts)))
    labels = maps[0].labels
    files = list(one_each("outcomes", arguments.outcomes, firsts))
    outcomes = [read_arrays(path, "labels", "predictions") for path in files]
    for path, votes in zip(files, outcomes, strict=True):
        if not np.array_equal(votes["labels"], labels):
            raise DiscernError(
                f"{path} is of other images than {arguments.points[0]}; delete both to have them "
                "made again"
            )
    if len(indices) != len(labels):
        raise DiscernError(
            f"{arguments.embedded} holds {len(indices)} images, but {arguments.points[0]} "
            f"{len(labels)}; delete both to have them made again"
        )
    rows = [
        RowMap(shown, votes["predictions"]) for shown, votes in zip(maps, outcomes, strict=True)
    ]
    return linked_maps(rows, labels, indices, names, has_sheets=bool(arguments.images))


def _sheets(arguments: argparse.Namespace, indices: np.ndarray) -> list[str]:
    """The queries' images, a hundred in an address; none where the page is to be without."""
    if not arguments.images:
        return []
    (path,) = arguments.images
    images = read_images(path)
    if indices.max() >= len(images):
        raise DiscernError(
            f"{arguments.embedded} names image {indices.max()} of {path}, which holds "
            f"{len(images)}; they belong to different sets"
        )
    return [address("image/webp", sheet) for sheet in sprites.sheets(images[indices])]


def _best(column: Column, lines: Sequence[Line]) -> float | None:
    """The best mean of a column, None where none is better than another."""
    values = [value for line in lines if (value := line.mean(column)) is not None]
    if column.better is None or not values:
        return None
    return max(values) if column.better == "higher" else min(values)


def _intervals(lines: Sequence[Line]) -> str:
    """What the intervals of the short table are over, in words."""
    over = {line.interval_over(column) for line in lines for column in HEADLINES} - {None}
    words = {"seeds": "Student's t over the seeds", "images": "by bootstrap over the images"}
    return " or, with a single seed, ".join(words[kind] for kind in words if kind in over)


def _split_summary(path: Path) -> dict[str, Any]:
    summary: dict[str, Any] = read_json(path)
    try:
        for part in ("train", "validation"):
            int(summary[part]["images"])
    except (KeyError, TypeError, ValueError) as error:
        raise DiscernError(
            f"{path} does not count the parts ({error}); delete it to have it made again"
        ) from None
    return summary


def mathml(formula: str) -> Markup:
    """A LaTeX formula of ours as MathML, set apart from the text."""
    return Markup(latex2mathml.converter.convert(formula, display="block"))  # noqa: S704


def number(column: Column, value: float | None) -> str:
    """A value as tables show it whose head names the unit."""
    return column.shown(value).removesuffix(" %")


def main(argv: Sequence[str] | None = None) -> int:
    """The command line; returns the exit status."""
    parser = StageParser("report", __doc__)
    parser.input("--embedded", help="npz: indices of the first seed's queries")
    parser.input("--split-summary", help="JSON: how many images are in each part")
    help_ = "IDX: those that the queries are from; nothing for a page that shows none of them"
    parser.input("--images", nargs="*", help=help_)
    parser.input("--measures", nargs="+", help="JSON: of each row's each seed")
    parser.input("--selections", nargs="*", help="JSON: of each trained row's each seed")
    parser.input("--comparisons", help="JSON: ranks, intervals and pairs of rows")
    parser.input("--points", nargs="+", help="npz: the map of each row's first seed")
    parser.input("--outcomes", nargs="+", help="npz: the votes of each row's first seed")
    for kind in _FIGURES:
        parser.input(f"--{kind}-figures", nargs="+", help="PNG: of each row's first seed")
        parser.input(f"--{kind}-data", nargs="+", help="CSV: what these show")
    for kind in _TRAINED_FIGURES:
        parser.input(f"--{kind}-figures", nargs="*", help="PNG: of each trained row's first seed")
        parser.input(f"--{kind}-data", nargs="*", help="CSV: what these show")
    parser.input("--verification-figure", help="PNG: all rows' acceptance rates")
    parser.input("--verification-data", help="CSV: what it shows")
    parser.output("--csv", help="the leaderboard, with every digit")
    parser.output("--markdown", help="the leaderboard, rounded")
    parser.output("--page", help="the page, HTML")
    parser.parameter("--title", help="of the page")
    parser.parameter("--queries", choices=("test", "validation"), help="the part that is judged")
    parser.parameter("--rows", type=json.loads, help="JSON: what is said of each row")
    parser.parameter(
        "--class-splits",
        type=json.loads,
        default=[],
        help="JSON: trained and unseen classes, and the seeds that have them; none where all are "
        "trained",
    )
    parser.parameter(
        "--class-names", type=json.loads, default=None, help="JSON: a name per class, or null"
    )
    return run_stage(parser, report, argv)


if __name__ == "__main__":
    sys.exit(main())
