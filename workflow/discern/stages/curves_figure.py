"""Rule ``curves_figure``: the losses of all trainings."""

from __future__ import annotations

import sys
from dataclasses import dataclass
from typing import TYPE_CHECKING

from discern.stages.figure import SheetFigure, Table

if TYPE_CHECKING:
    from matplotlib.figure import Figure

    from discern.configuration.row import Row
    from discern.training.history import History


@dataclass(frozen=True, kw_only=True)
class CurvesFigure(SheetFigure):
    """Draw the losses of all trainings by epoch, a panel per trained row."""

    def draw(self) -> tuple[Figure, Table]:
        """The curves, and a line per training and epoch."""
        from discern.figures.curves import curves_figure
        from discern.figures.loss_panel import EPOCH_COLUMNS, epoch_rows

        histories = {
            row.title: [self._history(row, seed) for seed in row.seeds]
            for row in self.rows
            if row.trained
        }
        rows = (
            (title, number, *epoch)
            for title, runs in histories.items()
            for number, run in enumerate(runs, start=1)
            for epoch in epoch_rows(run)
        )
        return curves_figure(histories), (("row", "training", *EPOCH_COLUMNS), rows)

    def _history(self, row: Row, seed: int) -> History:
        from discern.training.history import read_history

        return read_history(row.home(self.files, seed).history(row.label, seed))


if __name__ == "__main__":
    sys.exit(CurvesFigure.main())
