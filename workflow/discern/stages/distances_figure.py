"""Rule ``distances_figure``: the distances between pairs of one training's queries."""

from __future__ import annotations

import sys
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from discern.distance import Distance
from discern.stages.figure import Table, TrainingFigure
from discern.stages.options import parameter, reads

if TYPE_CHECKING:
    from matplotlib.figure import Figure


@dataclass(frozen=True, kw_only=True)
class DistancesFigure(TrainingFigure):
    """Draw the distances of pairs of the same class and of different classes."""

    source: Path = reads("npz: embeddings and labels")
    distance: Distance = parameter("the distance with which the row is evaluated")

    def draw(self) -> tuple[Figure, Table]:
        """The two densities, and a line per bin."""
        from discern.data.embeddings import read_embeddings
        from discern.figures.distances import bin_edges, distances_figure
        from discern.measures.shared.distances import distance_histograms, in_distance

        embeddings, labels = read_embeddings(self.source)
        values = in_distance(embeddings, self.distance)
        edges = bin_edges(values, self.distance)
        same, different = distance_histograms(values, labels, edges)
        header = ("distance_from", "distance_to", "pairs_of_same_class", "pairs_of_two_classes")
        return (
            distances_figure(same, different, edges, self.title, self.distance),
            (header, zip(edges[:-1], edges[1:], same, different, strict=True)),
        )


if __name__ == "__main__":
    sys.exit(DistancesFigure.main())
