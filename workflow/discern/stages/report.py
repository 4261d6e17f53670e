"""Put everything side by side: the leaderboard and a page that opens from disk.

The page is one file: formulas are MathML, pictures, data and the libraries that draw the maps and
sort the tables are inside it, and nothing is loaded.
"""

from __future__ import annotations

import argparse
import itertools
import json
import sys
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import jinja2
import latex2mathml.converter
import numpy as np
from markupsafe import Markup

from discern import leaderboard
from discern.alignment import aligned
from discern.class_names import named
from discern.columns import COLUMNS, HEADLINES, Column
from discern.comparison import SIGNIFICANCE
from discern.errors import DiscernError
from discern.files import read_arrays, read_json, read_map, write_text
from discern.idx import read_images
from discern.leaderboard import Line, one_each, read_lines
from discern.page import libraries, sprites
from discern.page.judgement import half_width
from discern.page.maps import Embedded, RowMap, linked_maps
from discern.page.pictures import address, download
from discern.page.sections import Training, read_figure, training
from discern.stage import StageParser, run_stage

TEMPLATES = Path(__file__).parents[2] / "report" / "page"
# Figures of each training, and those of the trained rows alone.
_FIGURES = ("map", "distances", "confusions")
_TRAINED_FIGURES = ("curves",)


def report(arguments: argparse.Namespace) -> None:
    """Write leaderboard and page."""
    lines = [
        replace(line, compared=compared)
        for line, compared in zip(
            read_lines(arguments.rows, arguments.measures, arguments.selections),
            leaderboard.read_comparisons(arguments.comparisons, arguments.rows),
            strict=True,
        )
    ]
    ranking = leaderboard.ranked(lines)
    table = leaderboard.as_csv(ranking)
    measures = lines[0].measures[0]
    splits = _class_splits(arguments.classes)
    mentioned = {label for split in splits for part in split.values() for label in part}
    classes = max(len(measures["confusions"]), *(label + 1 for label in mentioned), 0)
    names = named(arguments.class_names, classes)
    images = measures["images"]
    best = ranking[0].mean(COLUMNS[0]) or 0.0
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
            pairs=_pairs(arguments.comparisons, lines),
            leaderboard_csv=download(table.encode(), "leaderboard.csv"),
            comparisons_json=download(arguments.comparisons.read_bytes(), "comparisons.json"),
            sections=_sections(arguments, lines, names),
            verification=read_figure(
                arguments.verification_figure, arguments.verification_data, "verification"
            ),
            maps=_maps(arguments, lines, names),
            sheets=_sheets(arguments),
            bokeh=libraries.bokeh(),
            data_tables=libraries.data_tables(),
        )
    )
    write_text(arguments.csv, table)
    write_text(arguments.markdown, leaderboard.as_markdown(ranking))
    write_text(arguments.page, page)


def _class_splits(classes: Any) -> list[dict[str, list[int]]]:
    """The splits into trained and unseen classes, none where all are trained and judged."""
    return classes if isinstance(classes, list) else [classes] if classes else []


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
    """Each row's line and its trainings."""
    files = {
        (kind, part): one_each(
            f"{kind}-{part}",
            getattr(arguments, f"{kind}_{part}"),
            arguments.rows,
            only_trained=kind in _TRAINED_FIGURES,
        )
        for kind in (*_FIGURES, *_TRAINED_FIGURES)
        for part in ("figures", "data")
    }

    def shown(line: Line, place: int) -> Training:
        row, seed = line.row, line.row["seeds"][place]
        kinds = (*_FIGURES, *(_TRAINED_FIGURES if row["trained"] else ()))
        figures = {
            kind: read_figure(
                next(files[kind, "figures"]),
                next(files[kind, "data"]),
                f"{row['label']}-{seed}-{kind}",
            )
            for kind in kinds
        }
        return training(seed, line.measures[place], figures, names)

    return [
        {"line": line, "trainings": [shown(line, place) for place in range(len(line.measures))]}
        for line in lines
    ]


def _maps(arguments: argparse.Namespace, lines: Sequence[Line], names: Sequence[str]) -> Embedded:
    """The first seed's map of each row; those that are not embeddings turned to lie alike."""
    found = []
    for option in ("points", "outcomes"):
        if len(getattr(arguments, option)) != len(lines):
            raise DiscernError(
                f"--{option} names {len(getattr(arguments, option))} files for {len(lines)} rows; "
                "give that of each row's first seed"
            )
    labels = read_map(arguments.points[0])[1]
    for line, points_file, outcomes_file in zip(
        lines, arguments.points, arguments.outcomes, strict=True
    ):
        points, own, divergence = read_map(points_file)
        outcomes = read_arrays(outcomes_file, "labels", "predictions")
        for path, others in ((points_file, own), (outcomes_file, outcomes["labels"])):
            if not np.array_equal(others, labels):
                raise DiscernError(
                    f"{path} is of other images than {arguments.points[0]}; delete both to have "
                    "them made again"
                )
        title = line.row["title"]
        found.append(RowMap(title, points, outcomes["predictions"], divergence is None))
    indices = _indices(arguments)
    if len(indices) != len(labels):
        raise DiscernError(
            f"{arguments.embedded} holds {len(indices)} images, but {arguments.points[0]} "
            f"{len(labels)}; delete both to have them made again"
        )
    turned = iter(aligned([row.points for row in found if not row.is_embedding]))
    rows = [row if row.is_embedding else replace(row, points=next(turned)) for row in found]
    return linked_maps(rows, labels, indices, names)


def _indices(arguments: argparse.Namespace) -> np.ndarray:
    """The numbers of the first seed's queries in their data set, int64 (N,)."""
    indices: np.ndarray = read_arrays(arguments.embedded, "indices")["indices"]
    return indices


def _sheets(arguments: argparse.Namespace) -> list[str]:
    """The queries' images, a hundred in an address."""
    images, indices = read_images(arguments.images), _indices(arguments)
    if indices.max() >= len(images):
        raise DiscernError(
            f"{arguments.embedded} names image {indices.max()} of {arguments.images}, which holds "
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


def _pairs(path: Path, lines: Sequence[Line]) -> dict[tuple[str, str], dict[str, Any]]:
    """What the comparison says of each pair of labels, either way round."""
    found = {}
    try:
        for pair in read_json(path)["pairs"]:
            one, other, adjusted = pair["first"], pair["second"], float(pair["adjusted_p"])
            for sides, sign in (((one, other), 1), ((other, one), -1)):
                found[sides] = {
                    "difference": sign * float(pair["difference"]),
                    "adjusted_p": adjusted,
                    "apart": adjusted < SIGNIFICANCE,
                }
        for line, other in itertools.permutations([line.row["label"] for line in lines], 2):
            found[line, other]
    except (KeyError, TypeError, ValueError) as error:
        raise DiscernError(
            f"{path} does not compare all pairs of rows ({error}); delete it to have it made again"
        ) from None
    return found


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
    parser.input("--images", help="IDX: those that the queries are from")
    parser.input("--measures", nargs="+", help="JSON: of each row's each seed")
    parser.input("--selections", nargs="*", help="JSON: of each trained row's each seed")
    parser.input("--comparisons", help="JSON: ranks, intervals and pairs of rows")
    parser.input("--points", nargs="+", help="npz: the map of each row's first seed")
    parser.input("--outcomes", nargs="+", help="npz: the votes of each row's first seed")
    for kind in _FIGURES:
        parser.input(f"--{kind}-figures", nargs="+", help="PNG: of each row's each seed")
        parser.input(f"--{kind}-data", nargs="+", help="CSV: what these show")
    for kind in _TRAINED_FIGURES:
        parser.input(f"--{kind}-figures", nargs="*", help="PNG: of each trained row's each seed")
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
        "--classes",
        type=json.loads,
        default=None,
        help="JSON: classes that are trained and unseen ones, or a list of such; null: all",
    )
    parser.parameter(
        "--class-names", type=json.loads, default=None, help="JSON: a name per class, or null"
    )
    return run_stage(parser, report, argv)


if __name__ == "__main__":
    sys.exit(main())
