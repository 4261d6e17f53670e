"""Rule ``distances_figure``: the distances between pairs of one training's queries."""

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
class DistancesFigure(TrainingFigure):
    """Draw the distances of pairs of the same class and of different classes.

    Distances are between L2-normalised embeddings, whatever distance the row's loss optimises, so
    that the figures of all rows can be compared.
    """

    source: Path = reads("npz: embeddings and labels")

    def draw(self) -> tuple[Figure, Table]:
        """The two densities, and a line per bin."""
        from discern.data.embeddings import read_embeddings
        from discern.figures.distances import distances_figure
        from discern.figures.pair_distances import PAIR_COLUMNS, pair_distances

        distances = pair_distances(*read_embeddings(self.source))
        return distances_figure(distances, self.title), (PAIR_COLUMNS, distances.rows())


if __name__ == "__main__":
    sys.exit(DistancesFigure.main())
