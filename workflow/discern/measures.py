"""How well embeddings tell classes apart: pure functions of arrays.

Embeddings are float32 (N, D), labels integer (N,). Functions that compare embeddings do so by
Euclidean distance; for the cosine distance pass embeddings through :func:`in_distance` first.

All measures but the two variances stay the same when embeddings are scaled as a whole, and so can
be compared between losses on native embeddings as well as on L2-normalised ones. Where a loss is
one of directions alone, native lengths mean nothing and the normalised ones are those to read.
"""

from __future__ import annotations

import numpy as np
from scipy.spatial.distance import pdist
from sklearn import config_context
from sklearn.cluster import KMeans
from sklearn.linear_model import LogisticRegression
from sklearn.metrics import (
    adjusted_mutual_info_score,
    adjusted_rand_score,
    confusion_matrix,
    normalized_mutual_info_score,
    pairwise_distances_argmin,
    silhouette_samples,
)
from sklearn.neighbors import KNeighborsClassifier
from sklearn.preprocessing import StandardScaler
from threadpoolctl import threadpool_limits

from discern.distances import of_pairs
from discern.losses.record import Distance

# MiB of a distance matrix that scikit-learn may hold at once.
_WORKING_MEMORY = 64
# Of the linear probe: the weight of its squared weights against the mean cross-entropy. On MNIST
# 1e-3 was right 0.04 to 0.12 points more often than 1e-2 on the embeddings of five losses and 0.3
# on pixels; 2e-5 gained 0.06 on softmax's embeddings and lost 0.5 on pixels.
_PENALTY = 1e-3
# Enough for pixels, the slowest, by far.
_ITERATIONS = 1000


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

    All distances are computed; among tied classes the lowest label wins (scikit-learn's rule). The
    accuracy of these classes, in [0, 1], is the k-NN accuracy, by which rows are ranked (Cover and
    Hart, Nearest Neighbor Pattern Classification, 1967).
    """
    classifier = KNeighborsClassifier(neighbours, algorithm="brute")
    found: np.ndarray = classifier.fit(gallery, gallery_labels).predict(queries)
    return found


def nearest_mean_classes(
    gallery: np.ndarray, gallery_labels: np.ndarray, queries: np.ndarray
) -> np.ndarray:
    """The class (N,) whose mean over the gallery is nearest to each query.

    Its accuracy, in [0, 1], says whether every class lies around one point (Tibshirani et al.,
    Diagnosis of Multiple Cancer Types by Shrunken Centroids, 2002, without the shrinking).
    """
    classes = np.unique(gallery_labels)
    means = [gallery[gallery_labels == label].mean(axis=0, dtype=np.float64) for label in classes]
    found: np.ndarray = classes[pairwise_distances_argmin(queries, np.stack(means))]
    return found


def linear_probe_classes(
    gallery: np.ndarray, gallery_labels: np.ndarray, queries: np.ndarray
) -> np.ndarray:
    """The class (N,) that a linear classifier of the gallery gives each query.

    Multinomial logistic regression, as is usual for a linear probe (Alain and Bengio,
    arXiv:1610.01644; Kornblith et al., arXiv:1805.08974), of features that are standardised by the
    gallery's mean and deviation, so that neither place nor scale of an embedding matters. Its
    accuracy is in [0, 1]. It is meant for native embeddings, in which the classifiers that losses
    train are linear; of L2-normalised ones it says what a plane can tell of directions. It
    minimises the mean cross-entropy plus _PENALTY / 2 times the squared weights, by L-BFGS from
    weights of 0.

    Raises:
        ValueError: when the gallery has one class alone.
    """
    values = gallery.astype(np.float64)
    scaler = StandardScaler(copy=False).fit(values)
    # in float32 once standardised: twice as fast, and right to as many digits as embeddings are
    values = scaler.transform(values).astype(np.float32)
    probe = LogisticRegression(C=1 / (_PENALTY * len(values)), max_iter=_ITERATIONS)
    probe.fit(values, gallery_labels)
    asked = scaler.transform(queries.astype(np.float64)).astype(np.float32)
    found: np.ndarray = probe.predict(asked)
    return found


def confusions(labels: np.ndarray, predictions: np.ndarray, classes: int) -> np.ndarray:
    """How many samples of each class (rows) were taken for each class (columns), int (C, C).

    The diagonal over the sums of rows is the accuracy of each class.
    """
    found: np.ndarray = confusion_matrix(labels, predictions, labels=np.arange(classes))
    return found


def class_variances(embeddings: np.ndarray, labels: np.ndarray) -> tuple[float, float]:
    """Intra-class variance tr(S_W) and inter-class variance tr(S_B), both ≥ 0.

    tr(S_W) is the mean squared distance of a sample to its class's mean, tr(S_B) that of a
    sample's class mean to the mean of all; their sum is the total variance (Fukunaga,
    Introduction to Statistical Pattern Recognition, 1990, section 10.2). Both grow with the square
    of the scale, so that between losses they can be compared on L2-normalised embeddings alone,
    where their sum is at most 1. Their ratio tr(S_B) / tr(S_W), Fisher's criterion of traces, in
    [0, ∞), has no scale.
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
    balls touch; one outlier is enough to make it small (after Dunn, A Fuzzy Relative of the ISODATA
    Process, 1973). None where all classes are points.
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

    Adjusted mutual information (about 0 for chance, at most 1, for the classes themselves; Vinh et
    al., Information Theoretic Measures for Clusterings Comparison, JMLR, 2010), normalised mutual
    information in [0, 1] (with no correction for chance), and the adjusted Rand index (about 0 for
    chance, at most 1; Hubert and Arabie, Comparing Partitions, 1985). k-means starts ten times with
    fixed seeds and keeps the tightest clusters.
    """
    classes = len(np.unique(labels))
    with threadpool_limits(1):  # its sums depend on how they are cut up
        found = KMeans(classes, n_init=10, random_state=0).fit_predict(embeddings)
    return {
        "adjusted_mutual_information": float(adjusted_mutual_info_score(labels, found)),
        "normalised_mutual_information": float(normalized_mutual_info_score(labels, found)),
        "adjusted_rand_index": float(adjusted_rand_score(labels, found)),
    }


def silhouettes(embeddings: np.ndarray, labels: np.ndarray) -> np.ndarray:
    """Each sample's silhouette (b − a) / max(a, b), float (N,), in [−1, 1] (Rousseeuw, 1987).

    a is a sample's mean distance to the others of its class, b that to the nearest other class: 1
    deep inside its class, 0 between two, negative where another class is nearer. A sample that is
    alone in its class has 0, and so have samples that all lie in one place. The silhouette of all
    is the mean. Every class must have labels of its own, 2 to N − 1 classes of them.
    """
    with config_context(working_memory=_WORKING_MEMORY):
        found: np.ndarray = silhouette_samples(embeddings, labels)
    return found


def distance_histograms(
    embeddings: np.ndarray, labels: np.ndarray, edges: np.ndarray
) -> tuple[np.ndarray, np.ndarray]:
    """How many of all N (N − 1) / 2 pairs of the same and of different classes lie in each bin.

    Distances are Euclidean; those beyond the edges count for the bins at the ends, as rounding may
    put one there.

    Returns:
        Two int64 arrays (len(edges) − 1,).
    """
    bins = len(edges) - 1
    same, different = np.zeros(bins, np.int64), np.zeros(bins, np.int64)
    inner = edges[1:-1]
    for blocks in of_pairs(embeddings, labels):
        for counts, distances in zip((same, different), blocks, strict=True):
            where = np.searchsorted(inner, distances, side="right")
            counts += np.bincount(where, minlength=bins)
    return same, different
