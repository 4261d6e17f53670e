"""Rule ``verification_figure``: how well distances tell whether two images are of one class."""

from __future__ import annotations

import sys
from dataclasses import dataclass
from typing import TYPE_CHECKING

from discern.stages.figure import SheetFigure, Table

if TYPE_CHECKING:
    from matplotlib.figure import Figure

    from discern.configuration.row import Row
    from discern.figures.verification import Curve


@dataclass(frozen=True, kw_only=True)
class VerificationFigure(SheetFigure):
    """Draw false rejection against false acceptance rates of pairs, all rows in one panel."""

    def draw(self) -> tuple[Figure, Table]:
        """The curves, and a line per training and point."""
        from discern.figures.verification import verification_figure

        curves = {row.title: [self._curve(row, seed) for seed in row.seeds] for row in self.rows}
        rows = (
            (title, number, *point)
            for title, runs in curves.items()
            for number, run in enumerate(runs, start=1)
            for point in run.points
        )
        header = ("row", "training", "false_acceptance_rate", "false_rejection_rate")
        return verification_figure(curves), (header, rows)

    def _curve(self, row: Row, seed: int) -> Curve:
        from discern.figures.verification import curve_in
        from discern.measures.catalogue import read_measures

        path = row.home(self.files, seed).measures(row.label, seed)
        return curve_in(read_measures(path), path)


if __name__ == "__main__":
    sys.exit(VerificationFigure.main())
