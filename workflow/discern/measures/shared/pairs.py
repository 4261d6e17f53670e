"""One pass over the distances of all pairs of samples, block by block, for all who need them."""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass

import numpy as np
from threadpoolctl import threadpool_limits

# The number of distances in a block; a thread holds about 30 bytes for each.
_BLOCK = 2**20
# The fewest samples in a block, where the class has as many: products of fewer are slow.
_ROWS = 48


@dataclass(frozen=True)
class Block:
    """The distances from some samples of one class to all samples.

    The columns are all samples, sorted by class.

    Attributes:
        rows: the indices of the block's samples, intp (B,), in the order in which they were given.
        distances: float32 (B, N), infinite from a sample to itself.
        place: the column of the first of the block's samples; the others follow.
        own: the columns of the samples of their class.
        classes: the columns of each class.
    """

    rows: np.ndarray
    distances: np.ndarray
    place: int
    own: slice
    classes: tuple[slice, ...]

    def pairs(self) -> tuple[np.ndarray, np.ndarray]:
        """The distances of pairs of the same class, and of different classes."""
        return self.same_class_pairs(), self.different_class_pairs()

    def same_class_pairs(self) -> np.ndarray:
        """The distances of pairs of the same class, each pair in one block only, (pairs,)."""
        later = np.arange(self.own.start, self.own.stop) > self._places()[:, None]
        pairs: np.ndarray = self.distances[:, self.own][later]
        return pairs

    def different_class_pairs(self) -> np.ndarray:
        """The distances of pairs of different classes, each pair in one block only, (B, others)."""
        return self.distances[:, self.own.stop :]

    def _places(self) -> np.ndarray:
        return self.place + np.arange(len(self.rows))


class Pairs:
    """All pairs of samples, in an order and blocks that distances are computed in.

    The products of embeddings are summed in float64, so that distances are right to float32 even
    between samples that are much nearer to each other than to the origin. Distances that are within
    rounding of 0 are 0.
    """

    def __init__(self, embeddings: np.ndarray, labels: np.ndarray, threads: int = 1) -> None:
        """Prepare the pairs of ``embeddings``, floating (N, D) and at most 1e18, with labels (N,).

        ``threads`` blocks are computed at once.
        """
        self.labels = labels
        self._order = np.argsort(labels, kind="stable")
        self._values = embeddings[self._order].astype(np.float64)
        self._squares = np.einsum("nd,nd->n", self._values, self._values)
        rounding = 2 * embeddings.shape[1] * np.finfo(np.float64).eps * self._squares
        self._rounding = rounding.astype(np.float32)[:, None]
        self._threads = threads
        _, counts = np.unique(labels, return_counts=True)
        ends = np.cumsum(counts).tolist()
        self._classes = tuple(map(slice, [0, *ends[:-1]], ends))

    def __len__(self) -> int:
        return len(self.labels)

    def columns(self) -> np.ndarray:
        """The column of each sample in the blocks' distances, intp (N,)."""
        return np.argsort(self._order)

    def walk(self, see: Callable[[Block], None]) -> None:
        """Call ``see`` with each block, from several threads at once.

        Each block is computed by one thread, so that the number of threads changes no distance.
        """
        with threadpool_limits(1), ThreadPoolExecutor(self._threads) as pool:
            list(pool.map(lambda part: see(self._block(*part)), self._parts()))

    def _parts(self) -> list[tuple[slice, slice]]:
        """The columns of each block's samples and of their class."""
        size = max(_BLOCK // len(self), _ROWS)
        return [
            (slice(first, min(first + size, own.stop)), own)
            for own in self._classes
            for first in range(own.start, own.stop, size)
        ]

    def _block(self, part: slice, own: slice) -> Block:
        squared = (-2.0 * self._values[part]) @ self._values.T
        squared += self._squares
        squared += self._squares[part, None]
        distances = squared.astype(np.float32)
        distances[distances <= self._rounding[part]] = 0.0
        np.sqrt(distances, out=distances)
        distances[np.arange(len(distances)), np.arange(part.start, part.stop)] = np.inf
        return Block(self._order[part], distances, part.start, own, self._classes)
