"""How well embeddings tell classes apart: pure functions of arrays.

Embeddings are float32 (N, D), labels integer (N,). Functions that compare embeddings do so by
Euclidean distance; for the cosine distance pass embeddings through :func:`in_distance` first.
"""

from __future__ import annotations

import numpy as np
from scipy.spatial.distance import pdist
from sklearn.cluster import KMeans
from sklearn.linear_model import RidgeClassifier
from sklearn.metrics import (
    adjusted_mutual_info_score,
    adjusted_rand_score,
    confusion_matrix,
    normalized_mutual_info_score,
    pairwise_distances,
    pairwise_distances_argmin,
    silhouette_score,
)
from sklearn.neighbors import KNeighborsClassifier, NearestNeighbors

from discern.losses.record import Distance

# Rows of a distance matrix that are held at once.
_BLOCK = 500


def in_distance(embeddings: np.ndarray, distance: Distance) -> np.ndarray:
    """The embeddings whose Euclidean distances order pairs as ``distance`` does.

    L2-normalised for ``"cosine"`` (squared Euclidean distance is then 2 − 2 cos; a zero vector
    stays zero), unchanged for ``"euclidean"``.
    """
    if distance == "euclidean":
        return embeddings
    values = embeddings.astype(np.float64)  # whose squares neither vanish nor overflow
    norms = np.linalg.norm(values, axis=1, keepdims=True)
    return (values / np.where(norms > 0, norms, 1)).astype(embeddings.dtype)


def nearest_neighbour_classes(
    gallery: np.ndarray, gallery_labels: np.ndarray, queries: np.ndarray, neighbours: int
) -> np.ndarray:
    """The class (N,) that the majority of each query's ``neighbours`` in the gallery has.

    All distances are computed; among tied classes the lowest label wins (scikit-learn's rule).
    """
    classifier = KNeighborsClassifier(neighbours, algorithm="brute")
    found: np.ndarray = classifier.fit(gallery, gallery_labels).predict(queries)
    return found


def nearest_mean_classes(
    gallery: np.ndarray, gallery_labels: np.ndarray, queries: np.ndarray
) -> np.ndarray:
    """The class (N,) whose mean over the gallery is nearest to each query."""
    classes = np.unique(gallery_labels)
    means = [gallery[gallery_labels == label].mean(axis=0, dtype=np.float64) for label in classes]
    found: np.ndarray = classes[pairwise_distances_argmin(queries, np.stack(means))]
    return found


def linear_probe_classes(
    gallery: np.ndarray, gallery_labels: np.ndarray, queries: np.ndarray
) -> np.ndarray:
    """The class (N,) that a linear classifier of the gallery gives each query.

    Ridge regression on ±1 for each class, with an intercept and the penalty 1e-3 times the mean
    variance of a dimension: it has one answer, found in one step, whatever the embeddings' scale.
    """
    variance = float(gallery.var(axis=0, dtype=np.float64).mean())
    penalty = 1e-3 * len(gallery) * variance or 1.0
    values = gallery.astype(np.float64)
    probe = RidgeClassifier(penalty, solver="cholesky").fit(values, gallery_labels)
    found: np.ndarray = probe.predict(queries.astype(np.float64))
    return found


def confusions(labels: np.ndarray, predictions: np.ndarray, classes: int) -> np.ndarray:
    """How many samples of each class (rows) were taken for each class (columns), (C, C)."""
    found: np.ndarray = confusion_matrix(labels, predictions, labels=np.arange(classes))
    return found


def class_variances(embeddings: np.ndarray, labels: np.ndarray) -> tuple[float, float]:
    """Intra-class variance tr(S_W) and inter-class variance tr(S_B), both ≥ 0.

    tr(S_W) is the mean squared distance of a sample to its class's mean, tr(S_B) that of a
    sample's class mean to the mean of all; their sum is the total variance (Fukunaga,
    Introduction to Statistical Pattern Recognition, 1990, section 10.2).
    """
    values = embeddings.astype(np.float64)
    centre = values.mean(axis=0)
    within = between = 0.0
    for label in np.unique(labels):
        members = values[labels == label]
        mean = members.mean(axis=0)
        within += np.sum((members - mean) ** 2)
        between += len(members) * np.sum((mean - centre) ** 2)
    return float(within / len(values)), float(between / len(values))


def separation(embeddings: np.ndarray, labels: np.ndarray) -> float | None:
    """The smallest distance between two class means over the largest radius of a class, ≥ 0.

    A class's radius is the distance of its farthest sample to its mean. Above 2 no two classes'
    balls touch (after Dunn, A Fuzzy Relative of the ISODATA Process, 1973). None where all classes
    are points.
    """
    values = embeddings.astype(np.float64)
    kinds = np.unique(labels)
    means = np.stack([values[labels == label].mean(axis=0) for label in kinds])
    radius = max(
        np.linalg.norm(values[labels == label] - mean, axis=1).max()
        for label, mean in zip(kinds, means, strict=True)
    )
    nearest = pdist(means).min()
    return float(nearest / radius) if radius else None


def clustering(embeddings: np.ndarray, labels: np.ndarray) -> dict[str, float]:
    """How well k-means with as many clusters as classes finds the classes again.

    Adjusted mutual information (about 0 for chance, 1 for the classes themselves; Vinh et al.,
    JMLR, 2010), normalised mutual information in [0, 1] (with no correction for chance), and the
    adjusted Rand index (at most 1; Hubert and Arabie, 1985). k-means starts ten times with fixed
    seeds and keeps the tightest clusters.
    """
    classes = len(np.unique(labels))
    found = KMeans(classes, n_init=10, random_state=0).fit_predict(embeddings.astype(np.float64))
    return {
        "adjusted_mutual_information": float(adjusted_mutual_info_score(labels, found)),
        "normalised_mutual_information": float(normalized_mutual_info_score(labels, found)),
        "adjusted_rand_index": float(adjusted_rand_score(labels, found)),
    }


def silhouette(embeddings: np.ndarray, labels: np.ndarray) -> float:
    """Mean of (b − a) / max(a, b) over all samples, in [−1, 1] (Rousseeuw, 1987).

    a is a sample's mean distance to its own class, b that to the nearest other class.
    """
    return float(silhouette_score(embeddings, labels))


def leave_one_out_accuracy(points: np.ndarray, labels: np.ndarray, neighbours: int) -> float:
    """Accuracy in [0, 1] of the majority vote of each point's nearest others.

    Args:
        points: (N, D), such as a map's.
        labels: (N,).
        neighbours: how many of the other points vote; ties go to the lowest label.
    """
    # Without an argument, a point is not its own neighbour.
    nearest = NearestNeighbors(n_neighbors=neighbours).fit(points).kneighbors(return_distance=False)
    votes = (labels[nearest][:, :, None] == np.unique(labels)).sum(axis=1)
    return float(np.mean(np.unique(labels)[votes.argmax(axis=1)] == labels))


def distance_histograms(
    embeddings: np.ndarray, labels: np.ndarray, edges: np.ndarray
) -> tuple[np.ndarray, np.ndarray]:
    """How many of all N (N − 1) / 2 pairs of the same and of different classes lie in each bin.

    A block of rows of the distance matrix is held at a time. Distances are Euclidean; those beyond
    the edges count for the bins at the ends, as rounding may put one there.

    Returns:
        Two int64 arrays (len(edges) − 1,).
    """
    bins = len(edges) - 1
    same, different = np.zeros(bins, np.int64), np.zeros(bins, np.int64)
    inner = edges[1:-1]
    for first in range(0, len(embeddings), _BLOCK):
        block = slice(first, first + _BLOCK)
        distances = pairwise_distances(embeddings[block], embeddings[first:])
        later = np.arange(len(embeddings) - first)[None, :] > np.arange(len(distances))[:, None]
        alike = labels[block, None] == labels[None, first:]
        for counts, chosen in ((same, alike & later), (different, ~alike & later)):
            where = np.searchsorted(inner, distances[chosen], side="right")
            counts += np.bincount(where, minlength=bins)
    return same, different
