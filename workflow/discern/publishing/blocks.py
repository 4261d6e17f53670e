"""Blocks of Markdown texts that are filled with a version's results when it is published.

A block begins with ``<!-- VERSION: REQUEST -->`` and ends with ``<!-- end -->``, on lines of their
own or within a sentence. The request is ``leaderboard``, ``table MEASURE …``, ``row LABEL``,
``value LABEL MEASURE``, ``mean LABEL MEASURE`` (with its interval), ``difference LABEL LABEL
MEASURE``, ``reduction LABEL LABEL MEASURE``, ``epochs LABEL``, ``ordered MEASURE``, ``tested
MEASURE``, ``pairs``, ``cost`` or ``cost LABEL``; measures have the names of the columns of
``leaderboard.csv``.
"""

from __future__ import annotations

import os
import re
from collections.abc import Callable
from dataclasses import dataclass
from html import escape
from pathlib import Path

from discern.configuration.row import Row
from discern.errors import DiscernError
from discern.measures.catalogue import HEADLINES, MEASURES, Measure
from discern.publishing.ranked import Ranked
from discern.ranking import leaderboard
from discern.ranking.comparisons import Pair
from discern.ranking.leaderboard import Line
from discern.ranking.markdown import markdown_table
from discern.results import Version

_BY_NAME = {measure.name: measure for measure in MEASURES}
# The width of a map in a text, in pixels.
_MAP_WIDTH = 440
# The end of a block, or what must not come before it.
_END = re.compile(r"<!-- (?:end|[\w.-]+: [^\n]+?) -->")


@dataclass(frozen=True)
class Blocks(Ranked):
    """A version's results in Markdown, a method for each kind of block.

    Attributes:
        picture: gives the link from the text to a row's drawn map; None where there is none.
    """

    picture: Callable[[Row], str | None]

    def block(self, request: str) -> str:
        """The text for a ``request``: the kind of block and its arguments.

        Raises:
            DiscernError: when the request is unknown.
        """
        by_label = {line.row.label: line for line in self.lines}
        match request.split():
            case ["leaderboard"]:
                return leaderboard.as_markdown(self.as_published, self.headline)
            case ["table", *names] if names and _BY_NAME.keys() >= set(names):
                measures = [_BY_NAME[name] for name in names]
                return leaderboard.table(self.as_published, self.headline, measures)
            case ["row", label] if label in by_label:
                return self.row(by_label[label])
            case ["value", label, name] if label in by_label and name in _BY_NAME:
                if (value := by_label[label].mean(_BY_NAME[name])) is not None:
                    return _BY_NAME[name].shown(value)
            case ["mean", label, name] if label in by_label and name in _BY_NAME:
                return by_label[label].shown(_BY_NAME[name])
            case ["difference", first, second, name] if (
                first != second
                and by_label.keys() >= {first, second}
                and name in self.comparisons.pairs
            ):
                return self.difference(first, second, _BY_NAME[name])
            case ["reduction", first, second, name] if (
                by_label.keys() >= {first, second} and name in _BY_NAME
            ):
                if text := _reduction(by_label[first], by_label[second], _BY_NAME[name]):
                    return text
            case ["epochs", label] if label in by_label and by_label[label].epochs:
                epochs = by_label[label].epochs
                return f"{min(epochs)} to {max(epochs)}"
            case ["ordered", name] if name in self.comparisons.pairs:
                if text := self.ordered_pairs(name):
                    return text
            case ["tested", name] if name in self.comparisons.pairs:
                if text := self.tested_pairs(_BY_NAME[name]):
                    return text
            case ["pairs"]:
                return self.pairs()
            case ["cost"]:
                return self.cost()
            case ["cost", label] if label in by_label:
                return self.cost(label)
        raise DiscernError(
            f"{self.version.folder.name} can't answer '{request}'; ask for leaderboard, "
            "table MEASURE …, row LABEL, value LABEL MEASURE, mean LABEL MEASURE, difference LABEL "
            "LABEL MEASURE, ordered MEASURE and tested MEASURE (of a tested measure), reduction "
            "LABEL LABEL MEASURE (in per cent), epochs LABEL (of a trained row), pairs, cost or "
            "cost LABEL, with the measures' names in leaderboard.csv"
        )

    def row(self, line: Line) -> str:
        """A row's formula, references, map and headline measures."""
        row = line.row
        numbers = {"epoch": ", ".join(map(str, line.epochs))} if line.epochs else {}
        for measure in HEADLINES:
            if (value := line.mean(measure)) is not None:
                numbers[measure.title] = measure.shown(value)
        parts = [f"```math\n{row.formula}\n```\n"] if row.formula else []
        parts += [f"*{reference}*\n" for reference in row.references]
        if picture := self.picture(row):
            title = escape(row.title)
            parts += [f'<img src="{picture}" alt="Map of {title}" width="{_MAP_WIDTH}">\n']
        parts += [markdown_table(list(numbers), [list(numbers.values())], words=())]
        return "\n".join(parts)

    def difference(self, first: str, second: str, measure: Measure) -> str:
        """By how much the mean of row ``first`` is above that of ``second``.

        With the 95 % interval for other seeds and images, and p after Holm's correction.
        """
        pair = self.comparisons.pair(first, second, measure.name)
        text = _interval(pair, measure, unit=" points" if measure.percent else "")
        p = _p(pair)
        return f"{text}, p {p if p.startswith('<') else f'= {p}'}" if p else text

    def ordered_pairs(self, measure: str) -> str:
        """How many of the tested pairs of trained rows differ significantly: ``2 of the 21``.

        Empty if none is tested.
        """
        trained = {row.label for row in self.rows if row.has_network}
        pairs = [pair for pair in self.comparisons.among(trained, measure) if _p(pair)]
        differ = sum(pair.higher is not None for pair in pairs)
        return f"{differ} of the {len(pairs)}" if pairs else ""

    def tested_pairs(self, measure: Measure) -> str:
        """For each tested pair, by how much the first is above the second, interval and p.

        Empty if none is tested.
        """
        titles = {row.label: row.title for row in self.rows}
        cells = [
            [f"{titles[pair.first]} − {titles[pair.second]}", _interval(pair, measure), p]
            for pair in self.comparisons.pairs[measure.name]
            if (p := _p(pair))
        ]
        unit = ", points" if measure.percent else ""
        head = ["pair", f"difference in {measure.title}{unit}", "p"]
        return markdown_table(head, cells) if cells else ""

    def pairs(self) -> str:
        """For each row, the rows that are not significantly different, best first."""
        cells = []
        for line in self.ordered:
            others = self.others(line)
            alike = [other.row.title for other, relation in others if relation == "alike"]
            about = [
                line.row.title,
                leaderboard.better_rows(line, self.lines),
                line.shown(self.headline),
            ]
            cells.append([*about, "; ".join(alike) or "–"])
        head = ["row", "beaten by", self.headline.title, "not significantly different from"]
        return markdown_table(head, cells, words={0, 3})


def _reduction(first: Line, second: Line, measure: Measure) -> str:
    """By how much less is missing to 100 % in the first row than in the second, such as ``40 %``.

    Empty for a measure whose best value is not 100 %, and if nothing is missing in the second.
    """
    values = [line.mean(measure) for line in (first, second)]
    if not measure.percent or measure.better != "higher" or None in values or values[1] == 1:
        return ""
    missing = [1 - value for value in values if value is not None]
    return f"{100 * (1 - missing[0] / missing[1]):.0f} %"


def _interval(pair: Pair, measure: Measure, unit: str = "") -> str:
    """A difference and its 95 % interval for other seeds and images."""
    factor, digits = (100, 2) if measure.percent else (1, 3)
    numbers = (pair.difference, *pair.over_images.interval)
    value, low, high = (f"{factor * number:.{digits}f}" for number in numbers)
    return f"{value}{unit} [{low}, {high}]"


def _p(pair: Pair) -> str:
    """The p after Holm's correction; empty if the pair is not tested."""
    p = pair.over_images.adjusted_p
    if p is None:
        return ""
    return f"{p:.3f}" if p >= 0.0005 else "< 0.001"


def filled(text: str, name: str, block: Callable[[str], str]) -> str:
    """``text`` with each block between ``<!-- NAME: REQUEST -->`` and ``<!-- end -->`` filled.

    Args:
        text: Markdown.
        name: of the version.
        block: what a request asks for.

    Raises:
        DiscernError: when a block has no end before the next begins, or ``block`` raised it; it
            begins with the number of the line.
    """
    begins = re.compile(rf"<!-- {re.escape(name)}: ([^\n]+?) -->\n?")
    parts, place = [], 0
    for begin in begins.finditer(text):
        line = text.count("\n", 0, begin.start()) + 1
        end = _END.search(text, begin.end())
        if end is None or end[0] != "<!-- end -->":
            raise DiscernError(f"{line}: the block '{begin[1]}' has no <!-- end -->; add it")
        try:
            parts += [text[place : begin.end()], block(begin[1])]
        except DiscernError as error:
            raise DiscernError(f"{line}: {error}") from None
        place = end.start()
    return "".join([*parts, text[place:]])


def filled_file(path: Path, version: Version, published: Version, brief: bool = False) -> str:
    """The text file ``path`` with the blocks of ``version``, which is published as ``published``.

    A ``brief`` publication has no pictures.

    Raises:
        DiscernError: when a block can't be filled.
        OSError: when the file can't be read.
    """

    def picture(row: Row) -> str | None:
        if brief or not row.has_map(row.seeds[0]):
            return None
        drawn = published.figure(row.label, row.seeds[0], "map", "png")
        return os.path.relpath(drawn, path.parent)

    text = path.read_text(encoding="utf-8")
    blocks = Blocks(version, picture)
    try:
        return filled(text, published.folder.name, blocks.block)
    except DiscernError as error:
        raise DiscernError(f"{path}:{error}") from None
