"""Rule ``search``: all trials of a search in tables."""

from __future__ import annotations

import sys
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from discern.configuration.row import Row
from discern.results import Version
from discern.stages.command import Stage
from discern.stages.options import aside, parameter, reads, writes


@dataclass(frozen=True, kw_only=True)
class Search(Stage):
    """Write a table of all trials of a search, and a table with each loss's best trial.

    Trials are compared by k-NN accuracy, the same measure for all losses. The validation losses
    have different scales.
    """

    version: Path = aside("the version's folder, such as results/search")
    rows: tuple[Row, ...] = parameter("JSON: the trials; those of a loss follow each other")
    inputs: tuple[Path, ...] = reads("measures and selections of all trials and seeds")
    csv: Path = writes("all trials, with every digit")
    markdown: Path = writes("a line per loss: its own settings and the best trial's")

    def work(self) -> None:
        """Write both tables."""
        from discern.files import write_text
        from discern.ranking.leaderboard import as_csv, read_lines
        from discern.ranking.verdicts import as_markdown, verdicts

        trials = read_lines(Version(self.version), self.rows)
        write_text(self.csv, as_csv(trials))
        write_text(self.markdown, as_markdown(verdicts(trials)))

    def modules(self) -> Sequence[str]:
        """The modules of the measures, which the catalogue finds by their names."""
        from discern.measures import catalogue

        return catalogue.modules()


if __name__ == "__main__":
    sys.exit(Search.main())
