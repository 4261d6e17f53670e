"""Mini-batches on which losses are tested: random ones, hard ones, and hypothesis' own."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

CLASSES = 4
DIM = 5

# The same few examples in every run.
few_examples = settings(max_examples=12, derandomize=True, deadline=None, database=None)

seeds = st.integers(0, 2**32 - 1)


@dataclass(frozen=True)
class Batch:
    """Embeddings float32 (B, D) and their labels int32 (B,)."""

    embeddings: np.ndarray
    labels: np.ndarray

    def take(self, order: np.ndarray) -> Batch:
        """The samples at ``order``."""
        return Batch(self.embeddings[order], self.labels[order])

    def times(self, factor: float) -> Batch:
        """All embeddings multiplied by ``factor``."""
        return Batch((self.embeddings * np.float64(factor)).astype(np.float32), self.labels)

    def plus(self, shift: np.ndarray) -> Batch:
        """All embeddings moved by ``shift``."""
        return Batch((self.embeddings + shift).astype(np.float32), self.labels)

    def scaled(self, seed: int) -> Batch:
        """Each embedding multiplied by a factor of its own from 0.01 to 100."""
        factors = np.random.default_rng(seed).uniform(0.01, 100, (len(self.labels), 1))
        return Batch((self.embeddings * factors).astype(np.float32), self.labels)

    def rotated(self, rotation: np.ndarray) -> Batch:
        """All embeddings multiplied by the orthogonal matrix ``rotation`` (D, D)."""
        return Batch((self.embeddings @ rotation).astype(np.float32), self.labels)


def batch(embeddings: object, labels: object) -> Batch:
    """The batch of these numbers."""
    return Batch(np.array(embeddings, np.float32), np.array(labels, np.int32))


def random_batch(seed: int, size: int = 10) -> Batch:
    """Normally distributed embeddings; classes 0 and 1 twice at least, the rest as it comes."""
    random = np.random.default_rng(seed)
    labels = np.concatenate([[0, 0, 1, 1], random.integers(0, CLASSES, size - 4)])
    return batch(random.normal(size=(size, DIM)), random.permutation(labels))


def of_norm(norm: float, seed: int) -> Batch:
    """A random batch whose embeddings all have this norm."""
    random = random_batch(seed)
    lengths = np.linalg.norm(random.embeddings, axis=1, keepdims=True)
    return batch(norm * random.embeddings / lengths, random.labels)


def random_rotation(seed: int, dim: int = DIM) -> np.ndarray:
    """An orthogonal matrix (D, D), float64."""
    return np.linalg.qr(np.random.default_rng(seed).normal(size=(dim, dim)))[0]


def _around(centres: np.ndarray, labels: list[int], spread: float) -> Batch:
    noise = spread * np.random.default_rng(0).normal(size=(len(labels), DIM))
    return batch(centres[labels] + noise, labels)


def _coinciding() -> Batch:
    # multiples of 1/64: float32 has their squared distances without rounding
    random = random_batch(7)
    embeddings = np.round(random.embeddings * 64) / 64
    first, second = (int(np.flatnonzero(random.labels == label)[0]) for label in (0, 1))
    embeddings[second] = embeddings[first]
    return batch(embeddings, random.labels)


_LABELS = [0, 0, 0, 1, 1, 1, 2, 2, 3, 3]
_AXES = np.eye(CLASSES, DIM)
_OPPOSITE = np.concatenate(
    [s * r * _AXES[k : k + 1] for k, r in enumerate((9, 8.5, 8, 7.5)) for s in (1, -1)]
)

RANDOM = {f"random {seed}": random_batch(seed) for seed in range(2)}

HARD = {
    "identical": batch(np.tile([0.5, -1.25, 2.0, 0.25, -0.75], (10, 1)), _LABELS),
    "identical within each class": _around(_AXES * [1, 2, 0.5, 1.5, 1], _LABELS, 0.0),
    "coinciding across classes": _coinciding(),
    "single sample of a class": batch(random_batch(8).embeddings, [0, 0, 0, 1, 1, 1, 2, 2, 2, 3]),
    "no semi-hard negative": batch(
        _OPPOSITE + 0.05 * random_batch(9, 8).embeddings, [0, 0, 1, 1, 2, 2, 3, 3]
    ),
    "no active triplet": _around(10 * _AXES, _LABELS, 0.1),
    "all zero": batch(np.zeros((10, DIM)), _LABELS),
    "huge norms": of_norm(1e4, 10),
    "tiny norms": of_norm(1e-4, 11),
    "one class": batch(random_batch(12).embeddings, [2] * 10),
    "every class once": batch(random_batch(13, 4).embeddings, [3, 1, 0, 2]),
    "one sample": batch(random_batch(14).embeddings[:1], [1]),
}

BATCHES = RANDOM | HARD


@st.composite
def grid_batches(draw: st.DrawFn) -> Batch:
    """Two to eight samples on a coarse grid: many ties, and no rounding in squared distances."""
    labels = draw(st.lists(st.integers(0, CLASSES - 1), min_size=2, max_size=8))
    steps = st.integers(-3, 3)
    return batch(draw(arrays(np.int8, (len(labels), DIM), elements=steps)), labels)
