"""Draw the embeddings into the plane with t-SNE, on one thread.

Exact neighbours and a single thread make the map a function of the embeddings alone. The first
iterations, with exaggerated attraction, take forces from a grid by FFT, which is quick while the
map is small; the rest take them from a Barnes-Hut tree, which is quicker once it has spread.
docs/performance.md tells what else was tried.
"""

from __future__ import annotations

import argparse
import logging
import math
import sys
import time
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import openTSNE
from openTSNE.callbacks import Callback

from discern.errors import DiscernError
from discern.files import read_embeddings, write_arrays
from discern.measures import in_distance
from discern.stage import StageParser, run_stage, settings

log = logging.getLogger("discern")

# Each phase's method and momentum, and the angle below which a cell of the Barnes-Hut tree counts
# as one point. An angle of 0.8 takes two thirds of the time of openTSNE's 0.5, and a momentum of
# 0.95 instead of its 0.8 makes up for the divergence that this adds (benchmarks/maps.py).
_EARLY: dict[str, Any] = {"negative_gradient_method": "fft", "momentum": 0.8}
_LATE: dict[str, Any] = {"negative_gradient_method": "bh", "momentum": 0.95, "theta": 0.8}
# At wider angles the sum over all pairs comes out too small, and with it the divergence.
_EXACT: dict[str, Any] = {"negative_gradient_method": "bh", "theta": 0.1}


@dataclass(frozen=True)
class TsneSettings:
    """t-SNE's settings.

    Attributes:
        iterations: gradient steps in all, those with exaggeration included.
        perplexity: the effective number of neighbours.
        early_exaggeration: the factor on all attractions in the first iterations.
        early_exaggeration_iterations: how many these are.
        seed: decides the signs of the initial principal components.
    """

    iterations: int
    perplexity: float
    early_exaggeration: float
    early_exaggeration_iterations: int
    seed: int


def tsne(arguments: argparse.Namespace) -> dict[str, Any]:
    """Write the map and say how good it is."""
    embeddings, labels = read_embeddings(arguments.embeddings)
    values = in_distance(embeddings, arguments.distance)
    points, kl_divergence, done = make_map(values, arguments.settings)
    write_arrays(
        arguments.map,
        {"map": points, "labels": labels, "kl_divergence": np.array(kl_divergence)},
    )
    log.info("tsne: %d points, %d iterations, KL divergence %.4f", len(points), done, kl_divergence)
    return {"kl_divergence": kl_divergence, "iterations": done}


def make_map(values: np.ndarray, chosen: TsneSettings) -> tuple[np.ndarray, float, int]:
    """The map float64 (N, 2) of ``values`` (N, D), its KL divergence and the iterations done.

    van der Maaten and Hinton, Visualizing Data using t-SNE, JMLR, 2008; learning rate N /
    exaggeration and principal components as initial positions after Kobak and Berens, The art of
    using t-SNE for single-cell transcriptomics, Nature Communications, 2019.

    Raises:
        DiscernError: when there are fewer points than 3 · perplexity neighbours need.
    """
    if len(values) - 1 < 3 * chosen.perplexity:
        raise DiscernError(
            f"tsne.perplexity is {chosen.perplexity:g}, which takes {3 * chosen.perplexity:g} "
            f"neighbours of each point, but there are only {len(values)} points; lower it"
        )
    if not np.ptp(values, axis=0).any():
        raise DiscernError(
            "all embeddings are equal, so there is nothing to map: the training has collapsed; "
            "lower its learning rate or margin, start from another seed, or set the row to false"
        )
    affinities = openTSNE.affinity.PerplexityBasedNN(
        values, perplexity=chosen.perplexity, method="exact", n_jobs=1
    )
    # Affinities and positions keep the dtype of what they are given; doubles cost nothing here.
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
    kl_divergence = float(embedding.optimize(0, **_EXACT).kl_divergence)
    points = np.empty_like(positions)
    points[order] = positions
    return points, kl_divergence, watch.finished


def in_strips(points: np.ndarray) -> np.ndarray:
    """The order of ``points`` (N, 2) from strip to strip of equal width, along each.

    Neighbours in the map become neighbours in memory, so that the tree walks of consecutive points
    go the same way, through the caches: a pass takes little more than half as long.
    """
    across = points[:, 0] - points[:, 0].min()
    strips = np.floor(across / across.max() * math.isqrt(len(points)))
    return np.lexsort((points[:, 1], strips))


class _Watch(Callback):
    """Counts the iterations and reports now and then; never stops the optimisation."""

    def __init__(self, iterations: int) -> None:
        self.iterations = iterations
        self.finished = 0
        self._last = time.monotonic()

    def __call__(self, iteration: int, error: float, embedding: np.ndarray) -> bool:
        now = time.monotonic()
        if now - self._last >= 20:
            self._last = now
            log.info(
                "tsne: iteration %d/%d, KL divergence %.4f",
                *(self.finished + iteration, self.iterations, error),
            )
        return False


def main(argv: Sequence[str] | None = None) -> int:
    """The command line; returns the exit status."""
    parser = StageParser("tsne", __doc__)
    parser.input("--embeddings", help="npz: embeddings and labels")
    parser.output("--map", help="npz: map float64 (N, 2), labels uint8 (N,), kl_divergence")
    parser.parameter(
        "--distance", choices=("euclidean", "cosine"), help="the distance that the loss trains"
    )
    parser.parameter(
        "--settings",
        type=settings(TsneSettings),
        help="JSON: the configuration's tsne",
    )
    return run_stage(parser, tsne, argv)


if __name__ == "__main__":
    sys.exit(main())
