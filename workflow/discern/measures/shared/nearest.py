"""Nearest neighbours and the class that the majority of them has."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor

import numpy as np
from threadpoolctl import threadpool_limits

# The number of queries in a block: their distances to 54,000 samples take 28 MB in float32.
_BLOCK = 128
# The number of values by whose smallest the others are first compared.
_GROUP = 64
# With a larger fraction of candidates, exact distances of all are faster.
_MANY = 1 / 64


def nearest_neighbour_classes(
    gallery: np.ndarray,
    gallery_labels: np.ndarray,
    queries: np.ndarray,
    neighbours: int,
    threads: int = 1,
) -> np.ndarray:
    """The majority class (N,) of each query's nearest samples, as :func:`nearest_neighbours`.

    ``gallery_labels`` are integers (M,). The accuracy of these classes, in [0, 1], is the k-NN
    accuracy (Cover and Hart, Nearest Neighbor Pattern Classification, 1967).
    """
    return majority(gallery_labels[nearest_neighbours(gallery, queries, neighbours, threads)])


def nearest_neighbours(
    gallery: np.ndarray, queries: np.ndarray, neighbours: int, threads: int = 1
) -> np.ndarray:
    """The places (N, neighbours) in the gallery of each query's nearest samples, in any order.

    Distances are Euclidean, and all are compared, with the precision of products in float64. At
    equal distance the first in the gallery is nearer; where more than 1/64 of the gallery lies as
    near, as in an embedding that has collapsed, the products' rounding decides among samples that
    coincide, and may do so otherwise on another kind of processor.

    Args:
        gallery: float32 (M, D), at most 1e18.
        queries: float32 (N, D), at most 1e18.
        neighbours: at most M.
        threads: the number of blocks of queries that are searched at once; changes no result.
    """
    search = _Search(gallery, neighbours)
    blocks = [queries[first : first + _BLOCK] for first in range(0, len(queries), _BLOCK)]
    with threadpool_limits(1), ThreadPoolExecutor(threads) as pool:
        return np.concatenate(list(pool.map(search.nearest, blocks)))


def majority(votes: np.ndarray) -> np.ndarray:
    """The commonest label of each row of ``votes`` (N, k), the lowest of several, (N,)."""
    labels = np.unique(votes)
    counts = np.stack([np.count_nonzero(votes == label, axis=1) for label in labels], axis=1)
    commonest: np.ndarray = labels[counts.argmax(axis=1)]
    return commonest


def smallest(values: np.ndarray, count: int) -> np.ndarray:
    """The columns (N, count) of the smallest of each row of ``values`` (N, M), first of equals."""
    chosen = _candidates(values, count, np.zeros((len(values), 1), values.dtype))
    if np.count_nonzero(chosen) <= _MANY * values.size:
        rows, columns = _places(chosen)
        return _first(rows, columns, values[rows, columns], count)
    last = np.partition(values, count - 1, axis=1)[:, count - 1, None]
    smaller, equal = values < last, values == last
    missing = count - np.count_nonzero(smaller, axis=1)[:, None]
    chosen = smaller | (equal & (np.cumsum(equal, axis=1) <= missing))
    return _places(chosen)[1].reshape(-1, count)


class _Search:
    """Finds samples that may be nearest by products in float32, and among them the nearest.

    A product of D + 1 terms in float32 is wrong by less than (D + 2) · ε of the product of lengths
    (Higham, Accuracy and Stability of Numerical Algorithms, 2002, section 3.1). So only samples
    within twice the error of the ``neighbours`` th can be among the nearest, and only their
    distances are computed in float64.
    """

    def __init__(self, gallery: np.ndarray, neighbours: int) -> None:
        self._neighbours = neighbours
        self._gallery = gallery.astype(np.float64)
        self._squares = np.einsum("nd,nd->n", self._gallery, self._gallery)
        # A query's product with this is half the squared distance, less half the query's square.
        self._scores = np.column_stack([-gallery, self._squares / 2]).astype(np.float32).T

    def nearest(self, queries: np.ndarray) -> np.ndarray:
        """The columns (B, neighbours) of the samples nearest to each of ``queries`` (B, D)."""
        values = queries.astype(np.float64)
        squares = np.einsum("nd,nd->n", values, values)[:, None]
        scores = np.column_stack([queries, np.ones(len(queries), np.float32)]) @ self._scores
        longest = self._squares.max()
        error = (np.sqrt(squares * longest) + longest / 2) * np.finfo(np.float32).eps
        error *= queries.shape[1] + 2
        chosen = _candidates(scores, self._neighbours, (2 * error).astype(np.float32))
        if np.count_nonzero(chosen) > _MANY * scores.size:
            return smallest(self._squares / 2 - values @ self._gallery.T, self._neighbours)
        rows, columns = _places(chosen)
        offsets = values[rows] - self._gallery[columns]
        return _first(rows, columns, np.einsum("nd,nd->n", offsets, offsets), self._neighbours)


def _candidates(values: np.ndarray, count: int, slack: np.ndarray) -> np.ndarray:
    """Which of ``values`` (N, M) are at most ``slack`` (N, 1) above a bound of each row.

    The bound is no less than the ``count`` th smallest value, and mostly little more.
    """
    whole = values.shape[1] // _GROUP * _GROUP
    groups = values[:, :whole].reshape(len(values), _GROUP, -1).min(axis=1)
    groups = np.concatenate([groups, values[:, whole:]], axis=1)
    if groups.shape[1] < count:
        return np.ones(values.shape, bool)
    bound = np.partition(groups, count - 1, axis=1)[:, count - 1, None]
    chosen: np.ndarray = values <= bound + slack
    return chosen


def _places(chosen: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """``np.nonzero`` of a matrix, which takes many times as long."""
    return np.divmod(np.flatnonzero(chosen), chosen.shape[1])


def _first(rows: np.ndarray, columns: np.ndarray, values: np.ndarray, count: int) -> np.ndarray:
    """The columns (N, count) of the smallest values of each row; ``rows`` is ascending."""
    order = np.lexsort((columns, values, rows))
    starts = np.searchsorted(rows, np.unique(rows))
    chosen: np.ndarray = columns[order[starts[:, None] + np.arange(count)]]
    return chosen
