"""What a version says in texts of Markdown, in blocks that are made anew when it is published.

A block begins with ``<!-- VERSION: REQUEST -->`` and ends with ``<!-- end -->``, on lines of their
own or within a sentence. The request is ``leaderboard``, ``table COLUMN …`` (columns of
``leaderboard.csv``), ``row LABEL``, ``value LABEL COLUMN``, ``pairs`` or ``cost``.
"""

from __future__ import annotations

import os
import re
import statistics
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any

from discern import leaderboard
from discern.compared_pairs import read_pairs
from discern.errors import DiscernError
from discern.leaderboard import COLUMNS, HEADLINES, RANKED_BY, Column, Line
from discern.manifests import read_manifest
from discern.tables import markdown_table

_BY_NAME = {column.name: column for column in COLUMNS}
# The width of a map in a text, in pixels.
_MAP_WIDTH = 440
# What ends a block, or should not come before its end.
_END = re.compile(r"<!-- (?:end|\w+: [^\n]+?) -->")


@dataclass(frozen=True)
class Published:
    """What a version says in Markdown, a method for each kind of block.

    Attributes:
        folder: of the version, or of what was published of it.
        address: what was published of it, as links in the text name it.
    """

    folder: Path
    address: str

    @cached_property
    def manifest(self) -> dict[str, Any]:
        """All records of the version."""
        return read_manifest(self.folder / "report/manifest.json")

    @cached_property
    def lines(self) -> list[Line]:
        """The leaderboard's lines in the order of the configuration."""
        rows = self.manifest["stages"]["report/record.json"]["parameters"]["rows"]
        trained = [row for row in rows if row["trained"]]
        return leaderboard.read_compared_lines(
            rows,
            list(self._files("measure", rows)),
            list(self._files("select", trained)),
            self.folder / "compare/comparisons.json",
        )

    def _files(self, stage: str, rows: Iterable[Mapping[str, Any]]) -> Iterator[Path]:
        for row in rows:
            for seed in row["seeds"]:
                yield self.folder / stage / row["label"] / f"{seed}.json"

    def block(self, request: str) -> str:
        """What is said to ``request``: the kind of block, and words that it takes.

        Raises:
            DiscernError: when there is no such thing.
        """
        by_label = {line.row["label"]: line for line in self.lines}
        match request.split():
            case ["leaderboard"]:
                return leaderboard.as_markdown(leaderboard.ranked(self.lines))
            case ["table", *names] if names and _BY_NAME.keys() >= set(names):
                return self.table([_BY_NAME[name] for name in names])
            case ["row", label] if label in by_label:
                return self.row(by_label[label])
            case ["value", label, name] if label in by_label and name in _BY_NAME:
                if (value := by_label[label].mean(_BY_NAME[name])) is not None:
                    return _BY_NAME[name].shown(value)
            case ["pairs"]:
                return self.pairs()
            case ["cost"]:
                return self.cost()
        raise DiscernError(
            f"{self.folder.name} has nothing to say to '{request}'; ask for leaderboard, "
            "table COLUMN …, row LABEL, value LABEL COLUMN, pairs or cost, with the columns of "
            "leaderboard.csv"
        )

    def table(self, columns: Sequence[Column]) -> str:
        """All rows, best first, with some of their measures."""
        head = ["row", "rank", *(column.title for column in columns)]
        rows = [
            [line.row["title"], str(line.rank), *(line.shown(column) for column in columns)]
            for line in leaderboard.ranked(self.lines)
        ]
        return markdown_table(head, rows)

    def row(self, line: Line) -> str:
        """A row's formula, references, map and headline measures."""
        row = line.row
        picture = f"{self.address}/figures/{row['label']}/{row['seeds'][0]}/map.png"
        shown = [("epoch", ", ".join(map(str, line.epochs)))] if line.epochs else []
        for column in HEADLINES:
            if (value := line.mean(column)) is not None:
                shown.append((column.title, column.shown(value)))
        titles, values = zip(*shown, strict=True)
        parts = [
            *([f"```math\n{row['formula']}\n```\n"] if row["formula"] else []),
            *(f"*{reference}*\n" for reference in row["references"]),
            f'<img src="{picture}" alt="Map of {row["title"]}" width="{_MAP_WIDTH}">\n',
            markdown_table(titles, [values], words=()),
        ]
        return "\n".join(parts)

    def pairs(self) -> str:
        """Which rows each row can't be told from in the measure that ranks them, best first."""
        ranking = leaderboard.ranked(self.lines)
        labels = [line.row["label"] for line in ranking]
        found = read_pairs(self.folder / "compare/comparisons.json", labels)
        rows = []
        for line in ranking:
            label = line.row["label"]
            alike = [
                other.row["title"]
                for other in ranking
                if other is not line and not found[label, other.row["label"]]["apart"]
            ]
            cells = [line.row["title"], str(line.rank), line.shown(RANKED_BY)]
            rows.append([*cells, "; ".join(alike) or "–"])
        head = ["row", "rank", RANKED_BY.title, "can't be told from"]
        return markdown_table(head, rows, words={0, 3})

    def cost(self) -> str:
        """The machine, and jobs, wall time and peak memory of each stage and of all."""
        by_stage: dict[str, list[Mapping[str, Any]]] = {}
        for record in self.manifest["stages"].values():
            by_stage.setdefault(record["stage"], []).append(record)
        order = ("download", "split", "train", "select", "embed", "tsne", "measure", "compare")
        stages = [*order, *sorted(set(by_stage) - set(order))]
        head = ["stage", "jobs", "wall s, median", "wall s, all", "peak MB"]
        rows = [[stage, *_sums(by_stage[stage])] for stage in stages if stage in by_stage]
        rows.append(["all", *_sums(list(self.manifest["stages"].values()))])
        return f"{self.manifest['machine']}\n\n{markdown_table(head, rows)}"


def _sums(records: Sequence[Mapping[str, Any]]) -> Iterator[str]:
    seconds = [record["wall_seconds"] for record in records]
    yield str(len(records))
    yield f"{statistics.median(seconds):.1f}"
    yield f"{sum(seconds):,.0f}"
    yield f"{max(record['peak_memory_mb'] for record in records):,}"


def filled(text: str, name: str, said: Callable[[str], str]) -> str:
    """``text`` with each block between ``<!-- NAME: REQUEST -->`` and ``<!-- end -->`` made anew.

    Args:
        text: Markdown.
        name: of the version.
        said: what it says to a request.

    Raises:
        DiscernError: when a block has no end before the next begins, or ``said`` raised it; it
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
            parts += [text[place : begin.end()], said(begin[1])]
        except DiscernError as error:
            raise DiscernError(f"{line}: {error}") from None
        place = end.start()
    return "".join([*parts, text[place:]])


def filled_file(path: Path, version: Path, published: Path) -> str:
    """The text file ``path`` with the blocks of ``version``, which is published as ``published``.

    Raises:
        DiscernError: when a block can't be filled.
        OSError: when the file can't be read.
    """
    text = path.read_text(encoding="utf-8")
    said = Published(version, os.path.relpath(published, path.parent)).block
    try:
        return filled(text, published.name, said)
    except DiscernError as error:
        raise DiscernError(f"{path}:{error}") from None
