"""Quality of a map: k-NN accuracy, trustworthiness and KL divergence.

Points are compared by Euclidean distance, and no point is its own neighbour.
"""

from __future__ import annotations

import numpy as np
from sklearn.neighbors import NearestNeighbors

from discern.measures.shared.interface import MappedQueries, Values
from discern.measures.shared.measure import Measure
from discern.measures.shared.nearest import majority, smallest
from discern.measures.shared.pairs import Block

measures = (
    Measure(
        name="map_knn_accuracy",
        title="k-NN accuracy in the map",
        definition="fraction of the map's points whose class is the majority class of their "
        "nearest other points, 0 to 1",
        basis="map",
        key=("knn_accuracy",),
        percent=True,
        better="higher",
        per_image=True,
        place=810,
    ),
    Measure(
        name="embedding_knn_accuracy",
        title="k-NN accuracy of what is mapped",
        definition="the same with the embeddings that are mapped, to compare the map's accuracy "
        "with, 0 to 1",
        basis="map",
        percent=True,
        better="higher",
        place=820,
    ),
    Measure(
        name="map_trustworthiness",
        title="trustworthiness of the map",
        definition="how far neighbours in the map are neighbours in the embedding, 0 to 1; it "
        "rates the map, not the loss (Venna and Kaski, 2001)",
        basis="map",
        key=("trustworthiness",),
        better="higher",
        place=830,
    ),
    Measure(
        name="map_kl_divergence",
        title="KL divergence of the map",
        definition="what t-SNE minimises, from 0: how badly the map preserves neighbourhoods (van "
        "der Maaten and Hinton, JMLR, 2008)",
        basis="map",
        key=("kl_divergence",),
        place=840,
    ),
)


def observer(mapped: MappedQueries) -> MapQuality:
    """KL divergence, trustworthiness, and whether the vote is right in map and embedding."""
    return MapQuality(mapped)


class MapQuality:
    """Compares the neighbours in a map with those in the embedding."""

    def __init__(self, mapped: MappedQueries) -> None:
        """Find the neighbours in the map.

        Raises:
            ValueError: when half of the points or more are neighbours.
        """
        count = len(mapped.points)
        if 2 * mapped.neighbours >= count:
            raise ValueError(
                f"{mapped.neighbours} neighbours are not less than half of {count} points"
            )
        self._mapped = mapped
        # Without an argument, kneighbors excludes the point itself.
        search = NearestNeighbors(n_neighbors=mapped.neighbours).fit(mapped.points)
        self._in_map: np.ndarray = search.kneighbors(return_distance=False)
        self._columns = mapped.pairs.columns()
        self._in_embedding = np.empty_like(self._in_map)
        self._excess = np.zeros(count, np.int64)

    def see(self, block: Block) -> None:
        """Find the neighbours of the block's samples, and rank those that they have in the map."""
        distances, neighbours = block.distances, self._mapped.neighbours
        self._in_embedding[block.rows] = smallest(distances, neighbours)
        for others in self._columns[self._in_map[block.rows]].T:
            reached = distances[np.arange(len(distances)), others]
            ranks = 1 + np.count_nonzero(distances < reached[:, None], axis=1)
            self._excess[block.rows] += np.maximum(ranks - neighbours, 0)

    def values(self) -> Values:
        """The measures by their keys."""
        labels = self._mapped.labels
        return {
            "kl_divergence": self._mapped.kl_divergence,
            "trustworthiness": self.trustworthiness(),
            "knn_accuracy": majority(labels[self._in_map]) == labels,
            "embedding_knn_accuracy": majority(np.sort(labels)[self._in_embedding]) == labels,
        }

    def trustworthiness(self) -> float:
        """The degree to which neighbours in a map are also neighbours in the embedding, in [0, 1].

        1 − 2 / (N k (2N − 3k − 1)) Σ_i Σ_j max(0, r(i, j) − k) over each point's k nearest others j
        in the map, where r(i, j) is j's rank among the others of i by distance in the embedding
        (Venna and Kaski, Neighborhood Preservation in Nonlinear Projection Methods, ICANN, 2001).
        It is 1 if the map has no false neighbours and about ½ for random points. Points at equal
        distance share the lowest of their ranks.
        """
        count, neighbours = self._in_map.shape
        worst = count * neighbours * (2 * count - 3 * neighbours - 1) / 2
        return 1.0 - int(self._excess.sum()) / worst
