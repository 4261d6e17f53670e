"""Time and memory of all measures of a training, beside scikit-learn's functions one by one.

The embeddings are drawn: ten classes around centres, some images between two, 128 wide. ``discern``
is everything that the measure stage computes for a row without a map. ``scikit-learn`` is what the
stage did before it computed each distance once: for native and for L2-normalised embeddings,
nearest neighbours in the gallery, silhouettes, ranks of all queries, and sorted distances of all
pairs, each from distances of its own. Every measurement is a process of its own; its memory is what
the process had at most beyond the embeddings and imports.

    .venv/development/bin/python benchmarks/measures.py
"""

from __future__ import annotations

import argparse
import multiprocessing
import resource
import sys
import time
from collections.abc import Callable

import numpy as np
from machine import description
from sklearn.metrics import pairwise_distances, silhouette_samples
from sklearn.neighbors import KNeighborsClassifier
from threadpoolctl import threadpool_limits

from discern.measures.evaluation import evaluate

CLASSES = 10
WIDTH = 128
NEIGHBOURS = 5
ROWS = 500
Part = tuple[np.ndarray, np.ndarray]


def drawn(count: int, seed: int) -> Part:
    """Embeddings float32 (count, WIDTH) and labels uint8 (count,)."""
    centres = np.random.default_rng(0).normal(size=(CLASSES, WIDTH))
    random = np.random.default_rng(seed)
    labels = random.integers(0, CLASSES, count).astype(np.uint8)
    embeddings = 6 * centres[labels]
    embeddings += random.normal(size=embeddings.shape) * (1 + random.gamma(2, 1, (count, 1)))
    astray = random.random(count) < 0.02
    embeddings[astray] += 6 * centres[random.integers(0, CLASSES, astray.sum())]
    return embeddings.astype(np.float32), labels


def discern(gallery: Part, queries: Part, threads: int) -> None:
    """The measure stage's computation."""
    evaluate(*gallery, *queries, distance="cosine", neighbours=NEIGHBOURS, threads=threads)


def scikit_learn(gallery: Part, queries: Part, threads: int) -> None:
    """The measures of distances alone, each by itself."""
    labels = queries[1]
    for normalise in (False, True):
        known, asked = (_unit(each[0]) if normalise else each[0] for each in (gallery, queries))
        with threadpool_limits(threads):
            KNeighborsClassifier(NEIGHBOURS, algorithm="brute").fit(known, gallery[1]).predict(
                asked
            )
            silhouette_samples(asked, labels)
            _ranked(asked, labels)
            _verified(asked, labels)


def _unit(embeddings: np.ndarray) -> np.ndarray:
    unit: np.ndarray = embeddings / np.linalg.norm(embeddings, axis=1, keepdims=True)
    return unit


def _ranked(embeddings: np.ndarray, labels: np.ndarray) -> None:
    """The R nearest others of each query in their order, R the size of the largest class."""
    most = int(np.bincount(labels).max())
    for first in range(0, len(embeddings), ROWS):
        distances = pairwise_distances(embeddings[first : first + ROWS], embeddings)
        nearest = np.argpartition(distances, most, axis=1)[:, :most]
        order = np.argsort(np.take_along_axis(distances, nearest, axis=1), axis=1)
        np.cumsum(labels[np.take_along_axis(nearest, order, axis=1)] == 0, axis=1)


def _verified(embeddings: np.ndarray, labels: np.ndarray) -> None:
    """The distances of all pairs of the same class and of different classes, sorted."""
    kinds: tuple[list[np.ndarray], list[np.ndarray]] = ([], [])
    for first in range(0, len(embeddings), ROWS):
        block = slice(first, first + ROWS)
        distances = pairwise_distances(embeddings[block], embeddings[first:])
        later = np.arange(distances.shape[1]) > np.arange(len(distances))[:, None]
        alike = labels[block, None] == labels[None, first:]
        for kind, chosen in zip(kinds, (alike & later, ~alike & later), strict=True):
            kind.append(distances[chosen])
    for kind in kinds:
        np.concatenate(kind).sort()


CANDIDATES = {"discern": discern, "scikit-learn": scikit_learn}


def measured(name: str, queries: int, gallery: int, threads: int) -> tuple[float, float, float]:
    """Wall seconds, CPU seconds and MB of memory of a candidate, in a process of its own."""
    with multiprocessing.get_context("spawn").Pool(1) as pool:
        return pool.apply(_measured, (CANDIDATES[name], queries, gallery, threads))


def _measured(
    candidate: Callable[[Part, Part, int], None], queries: int, gallery: int, threads: int
) -> tuple[float, float, float]:
    parts = drawn(gallery, 1), drawn(queries, 2)
    candidate(drawn(1000, 1), drawn(1000, 2), threads)  # imports
    before = _peak()
    wall, cpu = time.perf_counter(), time.process_time()
    candidate(*parts, threads)
    return time.perf_counter() - wall, time.process_time() - cpu, _peak() - before


def _peak() -> float:
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024 / 1e6


def main() -> int:
    """The command line; returns the exit status."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--queries", type=int, nargs="+", default=[10_000, 20_000], metavar="N")
    parser.add_argument("--gallery", type=int, default=54_000, metavar="M")
    parser.add_argument("--threads", type=int, default=2)
    parser.add_argument("--candidates", nargs="+", choices=CANDIDATES, default=[*CANDIDATES])
    arguments = parser.parse_args()
    print(description("numpy", "scikit-learn"), end="\n\n")
    print("| queries | | wall s | CPU s | memory, MB |\n|---:|---|---:|---:|---:|")
    for queries in arguments.queries:
        for name in arguments.candidates:
            wall, cpu, memory = measured(name, queries, arguments.gallery, arguments.threads)
            print(f"| {queries:,} | {name} | {wall:.1f} | {cpu:.1f} | {memory:,.0f} |", flush=True)
    return 0


if __name__ == "__main__":
    sys.exit(main())
