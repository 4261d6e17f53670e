"""Rule ``tuning_figure``: the price of tuning each loss of a search."""

from __future__ import annotations

import sys
from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from discern.stages.figure import SheetFigure, Table
from discern.stages.options import parameter

if TYPE_CHECKING:
    from matplotlib.figure import Figure


@dataclass(frozen=True, kw_only=True)
class TuningFigure(SheetFigure):
    """Draw the expected best of one, two, … random trials of each loss of a search."""

    headline: str = parameter("the name of the measure that compares the trials")

    def draw(self) -> tuple[Figure, Table]:
        """A line per loss, and a line of data per loss and number of trials."""
        from discern.figures.tuning import tuning_figure
        from discern.measures.catalogue import named
        from discern.ranking.assessment import read_evaluations
        from discern.ranking.verdicts import Trial, verdicts

        headline = named(self.headline)
        trials = list(map(Trial, self.rows, read_evaluations(self.files, self.rows)))
        bests = {each.loss: each.expected_bests for each in verdicts(trials, headline)}
        rows = (
            (loss, number, value)
            for loss, values in bests.items()
            for number, value in enumerate(values, start=1)
        )
        header = ("loss", "trials", f"expected_best_{self.headline}")
        return tuning_figure(bests, headline), (header, rows)

    def modules(self) -> Sequence[str]:
        """The modules of the measures, which the catalogue finds by their names."""
        from discern.measures import catalogue

        return catalogue.modules()


if __name__ == "__main__":
    sys.exit(TuningFigure.main())
