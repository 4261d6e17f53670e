"""Quality of a map: k-NN accuracy, trustworthiness and KL divergence.

Points are floating (N, D) and compared by Euclidean distance; no point is its own neighbour. All
searches are exact, in memory O(N).
"""

from __future__ import annotations

import numpy as np
from sklearn.neighbors import NearestNeighbors

from discern.measures.shared.distances import distances_to_others
from discern.measures.shared.interface import MappedQueries, Values
from discern.measures.shared.measure import Measure

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


def compute(mapped: MappedQueries) -> Values:
    """KL divergence, trustworthiness, and whether the vote is right in map and embedding."""
    points, queries, labels = mapped.points, mapped.queries, mapped.labels
    neighbours = mapped.neighbours
    return {
        "kl_divergence": mapped.kl_divergence,
        "trustworthiness": trustworthiness(queries, points, neighbours),
        "knn_accuracy": leave_one_out_classes(points, labels, neighbours) == labels,
        "embedding_knn_accuracy": leave_one_out_classes(queries, labels, neighbours) == labels,
    }


def leave_one_out_classes(points: np.ndarray, labels: np.ndarray, neighbours: int) -> np.ndarray:
    """The majority class (N,) of each point's nearest other points.

    Args:
        points: (N, D), such as a map's.
        labels: integer (N,).
        neighbours: how many of the other points vote; ties go to the lowest label.
    """
    kinds = np.unique(labels)
    votes = (labels[_nearest_others(points, neighbours)][:, :, None] == kinds).sum(axis=1)
    classes: np.ndarray = kinds[votes.argmax(axis=1)]
    return classes


def trustworthiness(embeddings: np.ndarray, points: np.ndarray, neighbours: int) -> float:
    """The degree to which neighbours in a map are also neighbours in the embedding, in [0, 1].

    1 − 2 / (N k (2N − 3k − 1)) Σ_i Σ_j max(0, r(i, j) − k) over each point's k nearest others j in
    the map, where r(i, j) is j's rank among the others of i by distance in the embedding (Venna and
    Kaski, Neighborhood Preservation in Nonlinear Projection Methods, ICANN, 2001). It is 1 if
    the map has no false neighbours and about ½ for random points. Points at equal distance share
    the lowest of their ranks.

    Args:
        embeddings: (N, D), in the distance that the map was made with.
        points: (N, 2), the map of the same samples.
        neighbours: k, less than N / 2.

    Raises:
        ValueError: when k is N / 2 or more.
    """
    count = len(embeddings)
    if 2 * neighbours >= count:
        raise ValueError(f"{neighbours} neighbours are not less than half of {count} points")
    nearest = _nearest_others(points, neighbours)
    excess = 0
    for rows, distances in distances_to_others(embeddings):
        for others in nearest[rows].T:
            reached = distances[np.arange(len(rows)), others]
            ranks = 1 + np.sum(distances < reached[:, None], axis=1)
            excess += int(np.maximum(ranks - neighbours, 0).sum())
    return 1.0 - 2.0 * excess / (count * neighbours * (2 * count - 3 * neighbours - 1))


def _nearest_others(points: np.ndarray, neighbours: int) -> np.ndarray:
    """The indices (N, neighbours) of each point's nearest others."""
    # Without an argument, kneighbors excludes the point itself.
    search = NearestNeighbors(n_neighbors=neighbours).fit(points)
    nearest: np.ndarray = search.kneighbors(return_distance=False)
    return nearest
