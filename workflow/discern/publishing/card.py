"""A card: one page about a row, for the supplement of a paper."""

from __future__ import annotations

import csv
import io
import os
from dataclasses import asdict
from pathlib import Path
from typing import Any

from discern.configuration.row import Row
from discern.errors import Damaged, DiscernError
from discern.files import reading
from discern.measures.catalogue import HEADLINES, MEASURES, named
from discern.publishing.blocks import Blocks
from discern.ranking.comparisons import QUESTIONS, Relation
from discern.ranking.leaderboard import Line
from discern.ranking.markdown import markdown_table
from discern.results import Version

_VERDICTS: dict[Relation, str] = {
    "better": "is better",
    "worse": "is worse",
    "alike": "no significant difference",
    "untested": "not tested",
}


# The column of a search's tuning is called by this and the measure that compares its trials.
_EXPECTED = "expected_best_"


def card(version: Version, label: str, file: Path, search: Version | None = None) -> str:
    """The card of the row ``label``, Markdown.

    It has the row's formula, references, map and settings, all its measures with their intervals,
    its significant differences from all other rows, the time and memory of its jobs, and the price
    of tuning its loss.

    Args:
        version: a finished or a published version.
        label: of the row.
        file: where the card will lie, for its link to the map.
        search: a finished search that had trials of the row's loss; None for a card without the
            price of tuning.

    Raises:
        DiscernError: when the version has no such row, the search no trials of its loss, or one of
            their files is missing.
        Damaged: when one lacks something.
    """

    def picture(row: Row) -> str | None:
        seed = row.seeds[0]
        drawn = row.home(version, seed).figure(row.label, seed, "map", "png")
        return os.path.relpath(drawn, file.parent) if drawn.is_file() else None

    blocks = Blocks(version, picture)
    line = blocks.line(label)
    sections = {
        "Settings": _settings(line),
        "Measures": _measures(line),
        "Seeds": _seeds(line),
        "Beside the other rows": _comparisons(blocks, line),
        "Cost": blocks.cost(label),
    }
    if search:
        sections["Price of tuning"] = _tuning(search, line.row.loss)
    parts = [f"# {line.row.title}\n\n{blocks.row(line)}"]
    parts += [f"## {title}\n\n{text}" for title, text in sections.items()]
    return "\n".join(parts)


def _settings(line: Line) -> str:
    row = line.row
    settings: dict[str, Any] = {"loss": row.loss, "evaluated with": f"{row.distance} distance"}
    settings |= row.parameters
    if row.network:
        settings |= {"learning rate": row.learning_rate, "network": row.network_title}
        settings |= {k: v for k, v in asdict(row.network).items() if k != "name"}
    if row.trained_in:
        settings |= {"trained in": row.trained_in}
    cells = [[name, str(value)] for name, value in settings.items()]
    return markdown_table(["setting", "value"], cells, words={0, 1})


def _measures(line: Line) -> str:
    """Every measure that the row has, with both intervals."""
    cells = []
    for measure in MEASURES:
        if (mean := line.mean(measure)) is None:
            continue
        estimate = line.estimate(measure)
        seeds, images = estimate and estimate.over_seeds, estimate and estimate.over_images
        cells.append(
            [
                measure.title,
                measure.shown(mean),
                measure.shown(mean, seeds, "seeds") if seeds else "–",
                measure.shown(mean, images) if images else "–",
                measure.definition,
            ]
        )
    head = ["measure", "mean", "for other seeds", "for other images", "definition"]
    intervals = "Intervals have a level of 95 %."
    return f"{intervals}\n\n{markdown_table(head, cells, words={0, 4})}"


def _seeds(line: Line) -> str:
    """The headline measures of each training."""
    measures = [measure for measure in HEADLINES if line.mean(measure) is not None]
    epochs = [[str(epoch)] for epoch in line.epochs] or [[] for _ in line.measures]
    cells = [
        [str(seed), *epoch, *(measure.shown(measure.value(of_seed)) for measure in measures)]
        for seed, epoch, of_seed in zip(line.row.seeds, epochs, line.measures, strict=True)
    ]
    head = ["seed", *(["epoch"] if line.epochs else []), *(measure.title for measure in measures)]
    return markdown_table(head, cells)


def _comparisons(blocks: Blocks, line: Line) -> str:
    """The row's place, and its difference from each other row in the headline measure."""
    headline, others = blocks.headline, blocks.others(line)
    cells = []
    for other, relation in others:
        pair = blocks.comparisons.pair(line.row.label, other.row.label)
        evidence = pair.over_images
        cells.append(
            [
                other.row.title,
                other.shown(headline),
                headline.shown(pair.difference, evidence.interval),
                "–" if evidence.adjusted_p is None else f"{evidence.adjusted_p:.2g}",
                _VERDICTS[relation],
            ]
        )
    head = ["other row", headline.title, "difference", "adjusted p", "the other row"]
    place = 1 + [each.row.label for each in blocks.ordered].index(line.row.label)
    return (
        f"Place {place} of {len(others) + 1} by mean {headline.title}, {line.shown(headline)}. A "
        f"difference is this row's mean minus the other's, with its 95 % interval. "
        f"{QUESTIONS['over_images']}\n\n{markdown_table(head, cells, words={0, 4})}"
    )


def _tuning(search: Version, loss: str) -> str:
    """The expected best of one, two, … trials of the ``loss`` in a search."""
    path = search.sheet("tuning", "csv")
    with reading(path) as file:
        lines = list(csv.DictReader(io.TextIOWrapper(file, encoding="utf-8")))
    try:
        (column,) = (name for name in lines[0] if name.startswith(_EXPECTED))
        measure = named(column.removeprefix(_EXPECTED))
        cells = [
            [line["trials"], measure.shown(float(line[column]))]
            for line in lines
            if line["loss"] == loss
        ]
    except (IndexError, KeyError, ValueError) as error:
        raise Damaged(path, f"is not the tuning of a search ({error})") from None
    if not cells:
        raise DiscernError(f"{path} has no trials of {loss}; name a search that has")
    return (
        f"The best {measure.title} to be expected of so many random trials of the loss's settings, "
        f"on validation images.\n\n{markdown_table(['trials', 'expected best'], cells)}"
    )
