"""Clustering: how well k-means, with as many clusters as classes, recovers the classes."""

from __future__ import annotations

import numpy as np
from sklearn.cluster import KMeans
from sklearn.metrics import (
    adjusted_mutual_info_score,
    adjusted_rand_score,
    normalized_mutual_info_score,
)
from threadpoolctl import threadpool_limits

from discern.measures.shared.interface import Embeddings, Values
from discern.measures.shared.measure import Measure

measures = (
    Measure(
        name="adjusted_mutual_information",
        title="adjusted mutual information",
        definition="how well k-means clusters recover the classes, 0 for chance to 1 (Vinh et al., "
        "JMLR, 2010)",
        key=("clustering", "adjusted_mutual_information"),
        better="higher",
        place=100,
    ),
    Measure(
        name="normalised_mutual_information",
        title="normalised mutual information",
        definition="the same without the correction for chance, 0 to 1 (Vinh et al., JMLR, 2010)",
        key=("clustering", "normalised_mutual_information"),
        better="higher",
        place=110,
    ),
    Measure(
        name="adjusted_rand_index",
        title="adjusted Rand index",
        definition="agreement of k-means and classes on which pairs belong together, 0 for chance "
        "to 1 (Hubert and Arabie, 1985)",
        key=("clustering", "adjusted_rand_index"),
        better="higher",
        place=120,
    ),
)


def compute(embeddings: Embeddings) -> Values:
    """The agreement of the queries' clusters with their classes."""
    return {"clustering": clustering(embeddings.queries, embeddings.labels)}


def clustering(embeddings: np.ndarray, labels: np.ndarray) -> dict[str, float]:
    """The agreement of k-means with the classes, by the names of its three measures.

    Adjusted mutual information (about 0 for chance, at most 1, for the classes themselves; Vinh et
    al., Information Theoretic Measures for Clusterings Comparison, JMLR, 2010), normalised mutual
    information in [0, 1] (with no correction for chance), and the adjusted Rand index (about 0 for
    chance, at most 1; Hubert and Arabie, Comparing Partitions, 1985). k-means starts ten times with
    fixed seeds and keeps the tightest clusters.
    """
    classes = len(np.unique(labels))
    with threadpool_limits(1):  # Sums depend on the number of threads.
        clusters = KMeans(classes, n_init=10, random_state=0).fit_predict(embeddings)
    return {
        "adjusted_mutual_information": float(adjusted_mutual_info_score(labels, clusters)),
        "normalised_mutual_information": float(normalized_mutual_info_score(labels, clusters)),
        "adjusted_rand_index": float(adjusted_rand_score(labels, clusters)),
    }
