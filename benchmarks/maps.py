"""CPU time and KL divergence of t-SNE maps: the tsne stage beside scikit-learn and other settings.

Every map is made in a process of its own, on one thread and held to one core unless its name says
two. Its times are those of the affinities, the initial positions and all iterations, not of imports
and reading. The KL divergence is computed in one way for all: between the affinities of exact
neighbours and the map's Student-t similarities over all pairs. The last column is the leave-one-out
accuracy of five nearest neighbours in the map.

    .venv/development/bin/python benchmarks/maps.py --data FOLDER
"""

from __future__ import annotations

import argparse
import multiprocessing
import os
import resource
import sys
import time
from collections.abc import Callable, Sequence
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import openTSNE
from machine import description
from sklearn.manifold import TSNE
from sklearn.neighbors import NearestNeighbors
from threadpoolctl import threadpool_limits

from discern.data.embeddings import read_embeddings
from discern.data.idx import read_pair
from discern.maps.settings import TsneSettings
from discern.maps.tsne import in_strips, make_map

PERPLEXITY = 30
EXAGGERATION = 12
EARLY = 250
# Makes a map (N, 2) of values (N, D) in so many iterations.
Make = Callable[[np.ndarray, int], np.ndarray]


def scikit_learn(values: np.ndarray, iterations: int) -> np.ndarray:
    """Barnes-Hut with an angle of 0.5, momentum 0.5 and then 0.8: scikit-learn's defaults."""
    model = TSNE(perplexity=PERPLEXITY, max_iter=iterations, init="pca", random_state=0)
    found: np.ndarray = model.fit_transform(values)
    # it counts from 0, and may stop when the gradient vanishes or nothing has improved for long
    if model.n_iter_ + 1 < iterations:
        raise RuntimeError(f"scikit-learn stopped after {model.n_iter_ + 1} iterations")
    return found


def stage(values: np.ndarray, iterations: int) -> np.ndarray:
    """The tsne stage, unchanged."""
    chosen = TsneSettings(
        iterations=iterations,
        perplexity=PERPLEXITY,
        early_exaggeration=EXAGGERATION,
        early_exaggeration_iterations=EARLY,
        seed=0,
    )
    found, _, done = make_map(values, chosen)
    if done != iterations:
        raise RuntimeError(f"the stage stopped after {done} iterations")
    return found


def opentsne(
    *,
    method: str = "bh",
    strips: bool = False,
    momentum: float = 0.8,
    **options: Any,
) -> Make:
    """openTSNE: FFT for the first iterations, then ``method`` with its ``options``."""

    def make(values: np.ndarray, iterations: int) -> np.ndarray:
        affinities = openTSNE.affinity.PerplexityBasedNN(
            values, perplexity=PERPLEXITY, method="exact", n_jobs=1
        )
        initial = openTSNE.initialization.pca(values.astype(np.float64), random_state=0)
        early = openTSNE.TSNEEmbedding(initial, affinities, n_jobs=1).optimize(
            EARLY, exaggeration=EXAGGERATION, momentum=0.8, negative_gradient_method="fft"
        )
        order = in_strips(early) if strips else np.arange(len(values))
        affinities.P = affinities.P[order][:, order]
        late = openTSNE.TSNEEmbedding(np.asarray(early)[order], affinities, n_jobs=1).optimize(
            iterations - EARLY, momentum=momentum, negative_gradient_method=method, **options
        )
        found = np.empty_like(initial)
        found[order] = late
        return found

    return make


@dataclass(frozen=True)
class Variant:
    """A method to make a map, and its number of threads."""

    name: str
    make: Make
    threads: int = 1


# The first one is what the others are compared with.
VARIANTS = (
    Variant("scikit-learn, one core", scikit_learn),
    Variant("scikit-learn, two cores", scikit_learn, threads=2),
    Variant("tsne stage", stage),
    Variant("angle 0.5, momentum 0.8", opentsne()),
    Variant("angle 0.5, momentum 0.8, strips", opentsne(strips=True)),
    Variant("angle 0.8, momentum 0.8, strips", opentsne(strips=True, theta=0.8)),
    Variant("angle 0.8, momentum 0.95", opentsne(momentum=0.95, theta=0.8)),
    Variant("angle 0.5, momentum 0.95, strips", opentsne(strips=True, momentum=0.95)),
    Variant("angle 1.0, momentum 0.95, strips", opentsne(strips=True, momentum=0.95, theta=1.0)),
    Variant(
        "FFT, cells 3 wide, momentum 0.95",
        opentsne(method="fft", momentum=0.95, ints_in_interval=3),
    ),
    Variant("FFT, cells 1 wide, momentum 0.8", opentsne(method="fft")),
)


@dataclass(frozen=True)
class Measurement:
    """A map and its times, in seconds."""

    points: np.ndarray
    cpu: float
    wall: float


def measure(number: int, values: np.ndarray, iterations: int, cores: set[int]) -> Measurement:
    """Make one map on ``cores`` of the machine; meant for a process of its own."""
    os.sched_setaffinity(0, cores)
    variant = VARIANTS[number]
    with threadpool_limits(variant.threads):
        start, before = time.perf_counter(), _cpu_seconds()
        points = variant.make(values, iterations)
        return Measurement(points, _cpu_seconds() - before, time.perf_counter() - start)


def _cpu_seconds() -> float:
    used = resource.getrusage(resource.RUSAGE_SELF)
    return used.ru_utime + used.ru_stime


def kl_divergence(joint: Any, points: np.ndarray) -> float:
    """Σ p_ij log(p_ij / q_ij), q_ij = (1 + ‖y_i − y_j‖²)⁻¹ / Z, Z over all pairs, in float64.

    ``joint`` is the sparse matrix of p_ij (N, N).
    """
    points = points.astype(np.float64)
    normalisation = -float(len(points))  # each point's similarity to itself
    for block in np.array_split(points, len(points) // 500 + 1):
        squares = ((block[:, None] - points[None]) ** 2).sum(axis=2)
        normalisation += float((1 / (1 + squares)).sum())
    pairs = joint.tocoo()
    squares = ((points[pairs.row] - points[pairs.col]) ** 2).sum(axis=1)
    ratios = np.log(pairs.data) + np.log1p(squares) + np.log(normalisation)
    return float((pairs.data * ratios).sum())


def accuracy(points: np.ndarray, labels: np.ndarray) -> float:
    """The leave-one-out accuracy of five nearest neighbours; the lowest label wins a tie."""
    neighbours = NearestNeighbors(n_neighbors=5).fit(points).kneighbors(return_distance=False)
    votes = (labels[neighbours][:, :, None] == np.unique(labels)).sum(axis=1)
    return float(np.mean(np.unique(labels)[votes.argmax(axis=1)] == labels))


def main(argv: Sequence[str] | None = None) -> int:
    """The command line; returns the exit status."""
    numbers = range(len(VARIANTS))
    parser = argparse.ArgumentParser(
        description=__doc__,
        epilog="variants: " + "; ".join(f"{number} {VARIANTS[number].name}" for number in numbers),
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument(
        "--data",
        type=Path,
        default=os.environ.get("DISCERN_DATA"),
        help="folder with MNIST's IDX files, gzipped; default: DISCERN_DATA",
    )
    parser.add_argument(
        "--embeddings", type=Path, help="map these (the embed stage's test.npz) and not the images"
    )
    parser.add_argument("--images", type=int, default=10000, help="how many; default 10000")
    parser.add_argument("--iterations", type=int, default=5000, help="default 5000")
    parser.add_argument(
        "--variants",
        type=int,
        nargs="+",
        choices=numbers,
        # FFT with openTSNE's own cells takes half an hour
        default=[number for number in numbers if number < len(VARIANTS) - 1],
        metavar="NUMBER",
        help="which of those below; default all but the last, which takes very long",
    )
    parser.add_argument(
        "--jobs",
        type=int,
        default=1,
        help="maps made at once, on the cores by turns; default 1. More on a machine that others "
        "use, so that all are disturbed alike",
    )
    arguments = parser.parse_args(argv)
    if arguments.iterations <= EARLY:
        parser.error(f"--iterations must be more than the {EARLY} of the exaggeration")
    if arguments.embeddings:
        values, labels = read_embeddings(arguments.embeddings)
    elif arguments.data:
        names = ("t10k-images-idx3-ubyte.gz", "t10k-labels-idx1-ubyte.gz")
        images, labels = read_pair(arguments.data / names[0], arguments.data / names[1])
        values = images.reshape(len(images), -1).astype(np.float32) / np.float32(255)
    else:
        parser.error("name the folder of MNIST with --data or DISCERN_DATA, or some --embeddings")
    values, labels = values[: arguments.images], labels[: arguments.images]
    print(description("openTSNE", "scikit-learn", "numpy", "scipy"))
    print(
        f"\n{len(values):,} points, {values.shape[1]} wide, {arguments.iterations:,} iterations:\n"
    )
    print("| | CPU s | wall s | maps per core-hour | KL divergence | 5-NN accuracy |")
    print("|---|---:|---:|---:|---:|---:|", flush=True)
    joint = openTSNE.affinity.PerplexityBasedNN(values, perplexity=PERPLEXITY, method="exact").P
    cores = sorted(os.sched_getaffinity(0))
    with ProcessPoolExecutor(
        arguments.jobs, multiprocessing.get_context("spawn"), max_tasks_per_child=1
    ) as pool:
        made = []
        for turn, number in enumerate(arguments.variants):
            turned = cores[turn % len(cores) :] + cores[: turn % len(cores)]
            held = set(turned[: VARIANTS[number].threads])
            made.append(pool.submit(measure, number, values, arguments.iterations, held))
        for number, future in zip(arguments.variants, made, strict=True):
            found = future.result()
            print(
                f"| {VARIANTS[number].name} | {found.cpu:.0f} | {found.wall:.0f} | "
                f"{3600 / found.cpu:.1f} ({made[0].result().cpu / found.cpu:.2f}×) | "
                f"{kl_divergence(joint, found.points):.4f} | "
                f"{accuracy(found.points, labels):.2%} |",
                flush=True,
            )
    return 0


if __name__ == "__main__":
    sys.exit(main())
