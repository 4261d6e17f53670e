"""The rows of a finished or published version: their measures, order and significance."""

from __future__ import annotations

import statistics
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from pathlib import Path
from typing import Any

from discern.configuration.row import Row
from discern.errors import DiscernError
from discern.measures.catalogue import Measure, named
from discern.provenance.manifest import read_manifest, stated_rows, training_of
from discern.ranking import leaderboard
from discern.ranking.comparisons import Comparisons, Relation, read_comparisons
from discern.ranking.leaderboard import Line
from discern.ranking.markdown import markdown_table
from discern.results import Version

# The stages of a version's cost, in the order of the pipeline; the others follow by name.
_STAGES = ("download", "split", "train", "select", "embed", "tsne", "measure", "significance")


@dataclass(frozen=True)
class Ranked:
    """The ranked rows of a version.

    Attributes:
        version: a finished or a published version.
    """

    version: Version

    @cached_property
    def manifest(self) -> dict[str, Any]:
        """The records of the version's own jobs, and every file's hash."""
        return read_manifest(self.version)

    @cached_property
    def rows(self) -> list[Row]:
        """The rows in the order of the configuration."""
        return stated_rows(self.version)

    @cached_property
    def manifests(self) -> dict[Path, dict[str, Any]]:
        """The manifest of each folder that holds trainings of the rows, read once."""
        homes = {row.home(self.version, seed).folder for row in self.rows for seed in row.seeds}
        return {folder: read_manifest(Version(folder)) for folder in homes}

    @cached_property
    def stages(self) -> dict[str, Mapping[str, Any]]:
        """The records of all jobs, also of trainings that were published before."""
        stages = dict(self.manifest["stages"])
        for row in self.rows:
            for seed in row.published:
                published = self.manifests[row.home(self.version, seed).folder]["stages"]
                stages |= {
                    name: record
                    for name, record in published.items()
                    if training_of(name) == (row.label, seed)
                }
        return stages

    @cached_property
    def lines(self) -> list[Line]:
        """The leaderboard's lines in the order of the configuration."""
        return leaderboard.read_lines(self.version, self.rows, self.comparisons)

    @property
    def as_published(self) -> list[Line]:
        """The lines as a publication has them: no row is marked as published elsewhere."""
        return [replace(line, row=replace(line.row, published={})) for line in self.lines]

    @cached_property
    def comparisons(self) -> Comparisons:
        """The intervals and pairs of the version's rows."""
        return read_comparisons(self.version)

    @property
    def headline(self) -> Measure:
        """The measure that orders the rows."""
        return named(self.comparisons.headline)

    @property
    def ordered(self) -> list[Line]:
        """The leaderboard's lines, the best in the headline first."""
        return leaderboard.in_order(self.lines, self.headline)

    def line(self, label: str) -> Line:
        """The line of the row ``label``; raises :class:`DiscernError` if there is none."""
        by_label = {line.row.label: line for line in self.lines}
        if label not in by_label:
            raise DiscernError(
                f"{self.version.folder} has no row '{label}'; its rows are {', '.join(by_label)}"
            )
        return by_label[label]

    def others(self, line: Line) -> list[tuple[Line, Relation]]:
        """The other rows, best first, and how each compares with the row of ``line``."""
        label = line.row.label
        return [
            (other, self.comparisons.relation(label, other.row.label))
            for other in self.ordered
            if other.row.label != label
        ]

    def cost(self, label: str | None = None) -> str:
        """The machine, and jobs, wall time and peak memory of each stage and in total.

        Args:
            label: of the row whose own jobs are meant; None for all jobs.
        """
        seeds = self.line(label).row.seeds if label else ()
        trainings = [(label, str(seed)) for seed in seeds]
        records = [
            record
            for name, record in self.stages.items()
            if label is None or training_of(name) in trainings
        ]
        by_stage: dict[str, list[Mapping[str, Any]]] = {}
        for record in records:
            by_stage.setdefault(record["stage"], []).append(record)
        stages = [*_STAGES, *sorted(set(by_stage) - set(_STAGES))]
        head = ["stage", "jobs", "wall s, median", "wall s, all", "peak MB"]
        cells = [_cost(stage, by_stage[stage]) for stage in stages if stage in by_stage]
        table = markdown_table(head, [*cells, _cost("all", records)])
        return f"{self.manifest['machine']}\n\n{table}"


def _cost(name: str, records: Sequence[Mapping[str, Any]]) -> list[str]:
    seconds = [record["wall_seconds"] for record in records]
    return [
        name,
        str(len(records)),
        f"{statistics.median(seconds):.1f}",
        f"{sum(seconds):,.0f}",
        f"{max(record['peak_memory_mb'] for record in records):,}",
    ]
