"""Rule ``training_curves_figure``: losses and learning rate of one training."""

from __future__ import annotations

import sys
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from discern.stages.figure import Table, TrainingFigure
from discern.stages.options import reads

if TYPE_CHECKING:
    from matplotlib.figure import Figure


@dataclass(frozen=True, kw_only=True)
class TrainingCurvesFigure(TrainingFigure):
    """Draw one training's losses and learning rate by epoch."""

    source: Path = reads("CSV: a line per epoch")

    def draw(self) -> tuple[Figure, Table]:
        """The curves, and a line per epoch."""
        from discern.figures.loss_panel import EPOCH_COLUMNS, epoch_rows
        from discern.figures.training_curves import training_curves_figure
        from discern.training.history import read_history

        history = read_history(self.source)
        return training_curves_figure(history, self.title), (EPOCH_COLUMNS, epoch_rows(history))


if __name__ == "__main__":
    sys.exit(TrainingCurvesFigure.main())
