"""Put everything side by side: the leaderboard and a page that opens from disk.

The page is one file: formulas are MathML, pictures are inside it, and nothing is loaded.
"""

from __future__ import annotations

import argparse
import base64
import json
import sys
from collections.abc import Callable, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import jinja2
import latex2mathml.converter
from markupsafe import Markup

from discern import leaderboard
from discern.columns import read_measures
from discern.errors import DiscernError
from discern.files import read_json, write_text
from discern.leaderboard import Line
from discern.stage import StageParser, run_stage

TEMPLATE = Path(__file__).parents[2] / "report" / "page.html.j2"


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
    pictures = zip(
        _one_each(lines, "maps", arguments.maps),
        _one_each(lines, "distances", arguments.distances),
        strict=True,
    )
    sections = [
        {"line": line, "pictures": [next(pictures) for _ in line.measures]} for line in lines
    ]
    environment = jinja2.Environment(
        loader=jinja2.FileSystemLoader(TEMPLATE.parent),
        autoescape=True,
        undefined=jinja2.StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    environment.filters |= {"mathml": mathml, "data_uri": data_uri}
    images = lines[0].measures[0]["images"]
    page = environment.get_template(TEMPLATE.name).render(
        title=arguments.title,
        columns=leaderboard.COLUMNS,
        headlines=leaderboard.HEADLINES,
        ranking=ranking,
        sections=sections,
        split=_split_summary(arguments.split_summary),
        gallery=arguments.gallery,
        curves=arguments.curves,
        neighbours=lines[0].measures[0]["neighbours"],
        images=images,
        queries=arguments.queries,
    )
    write_text(arguments.csv, leaderboard.as_csv(ranking))
    write_text(arguments.markdown, leaderboard.as_markdown(ranking))
    write_text(arguments.page, page)


def read_lines(
    rows: Sequence[dict[str, Any]], measures: Sequence[Path], selections: Sequence[Path]
) -> list[Line]:
    """A line per row; files are in the order of rows and seeds, selections of trained ones."""
    trainings = sum(len(row["seeds"]) for row in rows if row["trained"])
    _check_count("selections", len(selections), trainings)
    _check_count("measures", len(measures), sum(len(row["seeds"]) for row in rows))
    waiting, selected = iter(measures), iter(selections)
    lines = []
    for row in rows:
        seeds = row["seeds"]
        epochs = [_epoch(next(selected)) for _ in seeds] if row["trained"] else []
        lines.append(Line(row, epochs, [read_measures(next(waiting)) for _ in seeds]))
    return lines


def _one_each(lines: Sequence[Line], name: str, files: Sequence[Path]) -> Sequence[Path]:
    _check_count(name, len(files), sum(len(line.measures) for line in lines))
    return files


def _check_count(name: str, found: int, expected: int) -> None:
    if found != expected:
        raise DiscernError(f"--{name} names {found} files for {expected} trainings; give one each")


def _split_summary(path: Path) -> dict[str, Any]:
    def look(summary: dict[str, Any]) -> None:
        for part in ("train", "validation"):
            int(summary[part]["images"])

    return _looked_at(path, look, "does not count the parts")


def _looked_at(path: Path, look: Callable[[dict[str, Any]], None], fault: str) -> dict[str, Any]:
    """The JSON object in ``path``, if ``look`` finds in it what it wants."""
    found: dict[str, Any] = read_json(path)
    try:
        look(found)
    except (KeyError, TypeError, ValueError) as error:
        raise DiscernError(f"{path} {fault} ({error}); delete it to have it made again") from None
    return found


def _epoch(path: Path) -> int:
    reason = read_json(path)
    if not isinstance(reason, dict) or not isinstance(reason.get("epoch"), int):
        raise DiscernError(f"{path} names no epoch; delete it to have it made again")
    epoch: int = reason["epoch"]
    return epoch


def mathml(formula: str) -> Markup:
    """A LaTeX formula of ours as MathML, set apart from the text."""
    return Markup(latex2mathml.converter.convert(formula, display="block"))  # noqa: S704


def data_uri(picture: Path) -> str:
    """A PNG file as an address that holds it."""
    return f"data:image/png;base64,{base64.b64encode(picture.read_bytes()).decode()}"


def main(argv: Sequence[str] | None = None) -> int:
    """The command line; returns the exit status."""
    parser = StageParser("report", __doc__)
    parser.input("--split-summary", help="JSON: how many images are in each part")
    parser.input("--measures", nargs="+", help="JSON: of each row's each seed")
    parser.input("--selections", nargs="*", help="JSON: of each trained row's each seed")
    parser.input("--comparisons", help="JSON: each row's rank and intervals")
    parser.input("--maps", nargs="+", help="PNG: of each row's each seed")
    parser.input("--distances", nargs="+", help="PNG: of each row's each seed")
    parser.input("--gallery", help="PNG: all maps")
    parser.input("--curves", nargs="*", help="PNG: all trainings' losses; none without a training")
    parser.output("--csv", help="the leaderboard, with every digit")
    parser.output("--markdown", help="the leaderboard, rounded")
    parser.output("--page", help="the page, HTML")
    parser.parameter("--title", help="of the page")
    parser.parameter("--queries", help="the part that is judged")
    parser.parameter(
        "--rows",
        type=json.loads,
        help="JSON: what is said of each row",
    )
    return run_stage(parser, report, argv)


if __name__ == "__main__":
    sys.exit(main())
