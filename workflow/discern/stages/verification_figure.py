"""Rule ``verification_figure``: how well distances tell whether two images are of one class."""

from __future__ import annotations

import sys
from dataclasses import dataclass
from typing import TYPE_CHECKING

from discern.stages.figure import SheetFigure, Table

if TYPE_CHECKING:
    from matplotlib.figure import Figure
    from numpy import ndarray


@dataclass(frozen=True, kw_only=True)
class VerificationFigure(SheetFigure):
    """Draw true against false acceptance rates of pairs, a panel per row."""

    def draw(self) -> tuple[Figure, Table]:
        """The curves, and a line per training and point."""
        from discern.figures.verification import verification_figure

        curves = {
            row.title: [self._curve(row.label, seed) for seed in row.seeds] for row in self.rows
        }
        rows = (
            (title, number, *point)
            for title, runs in curves.items()
            for number, run in enumerate(runs, start=1)
            for point in run
        )
        header = ("row", "training", "false_acceptance_rate", "true_acceptance_rate")
        return verification_figure(curves), (header, rows)

    def _curve(self, label: str, seed: int) -> ndarray:
        from discern.figures.verification import curve_in
        from discern.measures.catalogue import read_measures

        path = self.files.measures(label, seed)
        return curve_in(read_measures(path), path)


if __name__ == "__main__":
    sys.exit(VerificationFigure.main())
