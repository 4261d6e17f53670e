"""Retrieval: how many of a sample's nearest neighbours are of its own class.

Definitions of Musgrave et al., A Metric Learning Reality Check, ECCV, 2020 (arXiv:2003.08505,
section 3.2). Every sample is a query against all others (leave-one-out), in Euclidean distance; at
equal distance the sample that comes first counts as nearer. Only the order of distances matters, so
embeddings of any scale can be compared, native or L2-normalised.
"""

from __future__ import annotations

from dataclasses import asdict, dataclass

import numpy as np

from discern.measures.shared.distances import distances_to_others
from discern.measures.shared.interface import Embeddings, Values
from discern.measures.shared.measure import Measure, in_each_space

measures = (
    Measure(
        name="precision_at_1",
        title="precision at 1",
        definition="fraction of the images whose nearest other image has their class, 0 to 1 "
        "(arXiv:2003.08505)",
        percent=True,
        better="higher",
        per_image=True,
        place=50,
    ),
    Measure(
        name="r_precision",
        title="R-precision",
        definition="fraction of an image's R nearest others that have its class, R the number of "
        "others of its class, 0 to 1 (arXiv:2003.08505)",
        percent=True,
        better="higher",
        per_image=True,
        place=60,
    ),
    *in_each_space(
        Measure(
            name="map_at_r",
            title="MAP@R",
            definition="mean average precision at R: as R-precision, but nearer places count more, "
            "0 to 1 (arXiv:2003.08505)",
            percent=True,
            better="higher",
            per_image=True,
            headline=True,
            place=70,
        )
    ),
)


def compute(embeddings: Embeddings) -> Values:
    """The retrieval measures of each query among the other queries."""
    return asdict(retrieval(embeddings.queries, embeddings.labels))


@dataclass(frozen=True)
class Retrieval:
    """Retrieval measures per query, float64 (N,) in [0, 1]; NaN if it is alone in its class.

    A measure is the mean over the other queries.

    Attributes:
        precision_at_1: whether the nearest other sample has the query's class, 0 or 1.
        r_precision: the fraction of the R nearest that have the query's class, R the number of
            others of its class.
        map_at_r: the mean average precision at R, (1/R) Σ_{i ≤ R} P(i) rel(i) with P(i) the
            precision among the i nearest and rel(i) whether the i-th is of the query's class.
    """

    precision_at_1: np.ndarray
    r_precision: np.ndarray
    map_at_r: np.ndarray


def retrieval(embeddings: np.ndarray, labels: np.ndarray) -> Retrieval:
    """All three measures for embeddings (N, D) with labels (N,), in memory O(N).

    Raises:
        ValueError: when no class has two samples.
    """
    _, members, counts = np.unique(labels, return_inverse=True, return_counts=True)
    others = counts[members] - 1
    deepest = int(others.max())
    if deepest < 1:
        raise ValueError("no class has two samples")
    at = np.arange(1, deepest + 1)
    blocks = []
    for rows, distances in distances_to_others(embeddings):
        nearest = _nearest(distances, deepest)
        relevant = labels[nearest] == labels[rows, None]
        within = relevant & (at <= others[rows, None])
        precision = np.cumsum(relevant, axis=1) / at
        size = np.where(others[rows] > 0, others[rows], np.nan)
        at_1 = np.where(others[rows] > 0, relevant[:, 0], np.nan)
        average = (precision * within).sum(axis=1)
        blocks.append(np.stack([at_1, within.sum(axis=1) / size, average / size]))
    return Retrieval(*np.concatenate(blocks, axis=1))


def _nearest(distances: np.ndarray, count: int) -> np.ndarray:
    """The columns (rows, count) of the smallest distances in each row, the smallest first.

    Distance and column are packed into one integer, as integers are sorted many times faster than
    columns by distance: the bits of floats ≥ 0 are in the order of the floats.
    """
    # abs: −0 would be out of order
    bits = np.abs(distances.astype(np.float32)).view(np.uint32).astype(np.uint64)
    keys = bits << np.uint64(32) | np.arange(distances.shape[1], dtype=np.uint64)
    keys.partition(count - 1, axis=1)
    smallest = np.sort(keys[:, :count], axis=1)
    return (smallest & np.uint64(0xFFFFFFFF)).astype(np.intp)
