"""t-SNE on one thread, so that the map is a function of the embeddings alone.

Neighbours are exact. The first iterations, with exaggerated attraction, compute forces on a grid by
FFT, which is fast while the map is small. The others use a Barnes-Hut tree, which is faster once
the map has spread. docs/performance.md describes the alternatives.
"""

from __future__ import annotations

import logging
import math
import time
from typing import Any

import numpy as np
import openTSNE
import scipy.sparse
from openTSNE.callbacks import Callback

from discern.errors import DiscernError
from discern.maps.settings import TsneSettings
from discern.measures.shared.distances import exponent_above

log = logging.getLogger("discern")

# Each phase's method and momentum, and the angle below which a cell of the Barnes-Hut tree counts
# as one point. An angle of 0.8 takes two thirds of the time of openTSNE's default, 0.5, and
# increases the divergence; a momentum of 0.95 instead of the default 0.8 compensates for that
# (benchmarks/maps.py).
_EARLY: dict[str, Any] = {"negative_gradient_method": "fft", "momentum": 0.8}
_LATE: dict[str, Any] = {"negative_gradient_method": "bh", "momentum": 0.95, "theta": 0.8}
# The initial positions have a standard deviation of 1e-4. A map as small as this has collapsed.
_NO_EXTENT = 1e-6
# The number of pairs whose similarities are summed at once.
_BLOCK = 2**20


def make_map(values: np.ndarray, chosen: TsneSettings) -> tuple[np.ndarray, float, int]:
    """The map float64 (N, 2) of ``values`` (N, D), its KL divergence and the iterations done.

    van der Maaten and Hinton, Visualizing Data using t-SNE, JMLR, 2008. The learning rate, N /
    exaggeration, and the initial positions, principal components, follow Kobak and Berens, The art
    of using t-SNE for single-cell transcriptomics, Nature Communications, 2019.

    The map does not depend on the scale of ``values``; they are divided by a power of two, so that
    no square overflows.

    Raises:
        DiscernError: when there are no more points than 3 · perplexity, all are equal, or the map
            has shrunk to a point.
    """
    if len(values) - 1 < 3 * chosen.perplexity:
        raise DiscernError(
            f"tsne.perplexity is {chosen.perplexity:g}, which needs {3 * chosen.perplexity:g} "
            f"neighbours of each point, but there are only {len(values)} points; lower it"
        )
    if not np.ptp(values, axis=0).any():
        raise DiscernError(
            "all embeddings are equal, so there is nothing to map: the training has collapsed; "
            "lower its learning rate or margin, start from another seed, or set the row to false"
        )
    values = np.ldexp(values, -exponent_above(values))
    affinities = openTSNE.affinity.PerplexityBasedNN(
        values, perplexity=chosen.perplexity, method="exact", n_jobs=1
    )
    # Positions keep the dtype of their input; float64 costs no time here.
    positions = openTSNE.initialization.pca(values.astype(np.float64), random_state=chosen.seed)
    joint, order = affinities.P, np.arange(len(values))
    watch = _Watch(chosen.iterations)
    early = min(chosen.early_exaggeration_iterations, chosen.iterations)
    phases = (
        (early, chosen.early_exaggeration, _EARLY),
        (chosen.iterations - early, 1.0, _LATE),
    )
    for iterations, exaggeration, method in phases:
        if not iterations:
            continue
        near = in_strips(positions)
        order, positions, joint = order[near], positions[near], joint[near][:, near]
        embedding = openTSNE.TSNEEmbedding(
            positions, openTSNE.affinity.PrecomputedAffinities(joint, normalize=False), n_jobs=1
        )
        embedding.optimize(
            iterations,
            exaggeration=exaggeration,
            inplace=True,
            callbacks=watch,
            callbacks_every_iters=50,
            **method,
        )
        positions = np.asarray(embedding)
        watch.finished += iterations
    points = np.empty_like(positions)
    points[order] = positions
    width = float(np.ptp(points, axis=0).max())
    if width < _NO_EXTENT:
        raise DiscernError(
            f"the map has shrunk to a width of {width:.0e}: {early} of its {chosen.iterations} "
            "iterations exaggerate attraction; raise tsne.iterations above "
            "tsne.early_exaggeration_iterations by a few hundred"
        )
    return points, kl_divergence(affinities.P, points), watch.finished


def kl_divergence(joint: scipy.sparse.spmatrix, points: np.ndarray) -> float:
    """The divergence of a map from its affinities, Σ p log(p / q) over all pairs, ≥ 0 and exact.

    q_ij = w_ij / Σ_kl w_kl with w_ij = 1 / (1 + ‖y_i − y_j‖²), k ≠ l (van der Maaten and Hinton,
    2008, equation 4).

    Args:
        joint: p_ij, (N, N), of sum 1; pairs that are not stored are 0.
        points: the map, float64 (N, 2).
    """
    pairs = joint.tocoo()
    stored = pairs.data > 0
    p, first, second = pairs.data[stored], pairs.row[stored], pairs.col[stored]
    apart = np.square(points[first] - points[second]).sum(axis=1)
    total = -float(len(points))  # each point's similarity with itself, which does not count
    size = max(_BLOCK // len(points), 1)
    for start in range(0, len(points), size):
        offsets = points[start : start + size, :, None] - points.T
        total += float((1.0 / (1.0 + np.square(offsets).sum(axis=1))).sum())
    return float(np.sum(p * (np.log(p * total) + np.log1p(apart))))


def in_strips(points: np.ndarray) -> np.ndarray:
    """The order of ``points`` (N, 2) by strips of equal width, and along each strip.

    Neighbours in the map become neighbours in memory, so that consecutive points walk the tree
    along similar paths, which stay in the cache: a pass takes little more than half as long.
    """
    across = points[:, 0] - points[:, 0].min()
    strips = np.floor(across / across.max() * math.isqrt(len(points)))
    return np.lexsort((points[:, 1], strips))


class _Watch(Callback):
    """Counts the iterations and logs one every 20 s; never stops the optimisation."""

    def __init__(self, iterations: int) -> None:
        self.iterations = iterations
        self.finished = 0
        self._last = time.monotonic()

    def __call__(self, iteration: int, error: float, embedding: np.ndarray) -> bool:
        now = time.monotonic()
        if now - self._last >= 20:
            self._last = now
            done = self.finished + iteration
            log.info("tsne: iteration %d/%d, KL divergence %.4f", done, self.iterations, error)
        return False
