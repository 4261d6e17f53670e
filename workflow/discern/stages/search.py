"""Rule ``search``: all trials of a search in tables."""

from __future__ import annotations

import sys
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from discern.configuration.row import Row
from discern.results import Version
from discern.stages.all_rows import AllRowsStage
from discern.stages.options import parameter, reads, writes


@dataclass(frozen=True, kw_only=True)
class Search(AllRowsStage):
    """Write a table of all trials of a search, and a table with each loss's best trial.

    Trials are compared by the headline measure, the same for all losses. The validation losses have
    different scales.
    """

    rows: tuple[Row, ...] = parameter("JSON: the trials; those of a loss follow each other")
    inputs: tuple[Path, ...] = reads("measures, outcomes and selections of all trials and seeds")
    headline: str = parameter("the name of the measure that compares the trials")
    csv: Path = writes("all trials, with every digit")
    markdown: Path = writes("a line per loss: own settings, best trial, price of tuning")

    def work(self) -> None:
        """Write both tables."""
        from discern.files import write_text
        from discern.measures.catalogue import named
        from discern.provenance.agreement import refuse_misstated
        from discern.ranking.assessment import read_evaluations
        from discern.ranking.leaderboard import as_csv, read_lines
        from discern.ranking.verdicts import Trial, as_markdown, verdicts

        version = Version(self.version)
        refuse_misstated(version, self.rows)
        evaluations = read_evaluations(version, self.rows)
        trials = list(map(Trial, self.rows, evaluations))
        write_text(self.csv, as_csv(read_lines(version, self.rows)))
        write_text(self.markdown, as_markdown(verdicts(trials, named(self.headline))))

    def modules(self) -> Sequence[str]:
        """The modules of the measures, which the catalogue finds by their names."""
        from discern.measures import catalogue

        return catalogue.modules()


if __name__ == "__main__":
    sys.exit(Search.main())
