"""Rule ``separation_figure``: how far apart the classes of each row lie, and how tight they are."""

from __future__ import annotations

import sys
from dataclasses import dataclass
from typing import TYPE_CHECKING

from discern.stages.figure import SheetFigure, Table
from discern.stages.options import parameter

if TYPE_CHECKING:
    from matplotlib.figure import Figure

    from discern.configuration.row import Row
    from discern.figures.separation import Separation, Variances


@dataclass(frozen=True, kw_only=True)
class SeparationFigure(SheetFigure):
    """Draw a line per row: distances of pairs, and variances within and between classes.

    The rows are ordered by their variance ratio. Distances are those of each row's first seed.
    """

    class_names: tuple[str, ...] | None = parameter(
        "JSON: a name per class; null: the data set's own label", default=None
    )

    def draw(self) -> tuple[Figure, Table]:
        """A line per row, and a line of data per training."""
        from discern.data.class_names import names_unless_numbers
        from discern.figures.class_names import class_column
        from discern.figures.separation import classes_of, in_order, separation_figure

        rows = in_order([self._separation(row) for row in self.rows])
        names = names_unless_numbers(self.files.original_labels, self.class_names)
        labels = classes_of(rows)
        header = ["row", "training", "variance_ratio", "intra_class_variance"]
        header += [
            "inter_class_variance",
            *(f"variance of class {name}" for name in class_column(labels, names)),
        ]
        lines = (
            (row.title, number, each.ratio, each.intra, each.inter, *map(each.of_class, labels))
            for row in rows
            for number, each in enumerate(row.variances, start=1)
        )
        return separation_figure(rows, names), (header, lines)

    def _separation(self, row: Row) -> Separation:
        from discern.figures.pair_distances import read_pair_distances
        from discern.figures.separation import Separation

        home = row.home(self.files, row.seeds[0])
        distances = home.figure(row.label, row.seeds[0], "distances", "csv")
        variances = [self._variances(row, seed) for seed in row.seeds]
        return Separation(row.title, read_pair_distances(distances), variances)

    def _variances(self, row: Row, seed: int) -> Variances:
        from discern.figures.separation import variances_in
        from discern.measures.catalogue import read_measures

        path = row.home(self.files, seed).measures(row.label, seed)
        return variances_in(read_measures(path), path)


if __name__ == "__main__":
    sys.exit(SeparationFigure.main())
