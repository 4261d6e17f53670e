"""How often intervals hold the truth and tests are wrong, on simulated rows of equal losses.

Each table has eight rows with the same true mean on 10,000 images. An outcome is the sum of the
mean, its seed's effect, its image's difficulty (the same for all rows), what its row makes of the
image, and a rest. The standard deviation between seeds is that of real rows; the others are such
that images matter as much as seeds. Beside the project's own tests stands the percentile bootstrap
over seeds and images (Owen, Annals of Applied Statistics, 2007) with the same correction.

    .venv/development/bin/python benchmarks/coverage.py
"""

from __future__ import annotations

import argparse
from collections.abc import Iterator, Sequence
from itertools import combinations

import numpy as np

from discern.ranking import significance
from discern.ranking.comparisons import SIGNIFICANCE, Evidence, Pair
from discern.ranking.markdown import markdown_table
from discern.ranking.significance import Trainings, holm

ROWS, IMAGES = 8, 10_000
PAIRS = list(combinations(range(ROWS), 2))
# Standard deviations, in points: of a row's seeds, as measured; of images; of a row's images; rest.
SEED_SDS = (0.04, 0.065, 0.09)
IMAGE_SD, ROW_IMAGE_SD, REST_SD = 8.0, 3.0, 4.0
RESAMPLES = 2000
# Stands for what a single seed has no interval for.
NONE = Evidence(0.0, 0.0)


def tables(count: int, seeds: int, sd: float) -> Iterator[tuple[np.ndarray, np.ndarray]]:
    """Simulated outcomes (rows, seeds, images), and the rows' true means on these images."""
    random = np.random.default_rng(0)
    classes = (seeds, IMAGES)
    for _ in range(count):
        difficulty = random.normal(0, IMAGE_SD, IMAGES)
        of_rows = difficulty + random.normal(0, ROW_IMAGE_SD, (ROWS, IMAGES))
        luck = random.normal(0, sd, (ROWS, seeds, 1))
        rest = random.normal(0, REST_SD, (ROWS, *classes))
        yield of_rows[:, None] + luck + rest, of_rows.mean(axis=1)


def bootstrapped(outcomes: np.ndarray, random: np.random.Generator) -> np.ndarray:
    """Means (resamples, rows) where seeds and images are drawn again, independently."""
    _, seeds, images = outcomes.shape
    means = np.empty((RESAMPLES, ROWS))
    for place in range(RESAMPLES):
        counts = np.bincount(random.integers(images, size=images), minlength=images) / images
        means[place] = (outcomes @ counts)[:, random.integers(seeds, size=seeds)].mean(axis=1)
    return means


def of_bootstrap(count: int, seeds: int, sd: float) -> tuple[float, float]:
    """Tables with a wrong difference, and how many intervals of a pair hold 0, in [0, 1]."""
    random, wrong, held = np.random.default_rng(1), 0, 0
    for outcomes, _ in tables(count, seeds, sd):
        means = bootstrapped(outcomes, random)
        p_values = []
        for first, second in PAIRS:
            difference = means[:, first] - means[:, second]
            rarer = min(np.sum(difference <= 0), np.sum(difference >= 0))
            p_values.append(min(1.0, 2 * (1 + rarer) / (1 + RESAMPLES)))
            low, high = np.quantile(difference, [0.025, 0.975])
            held += low <= 0 <= high
        wrong += bool((holm(np.array(p_values)) < SIGNIFICANCE).any())
    return wrong / count, held / count / len(PAIRS)


def of_project(outcomes: np.ndarray) -> list[Pair]:
    """The project's own comparison of all rows."""
    classes = [np.zeros(IMAGES)] * outcomes.shape[1]
    rows = [
        Trainings(str(row), range(len(classes)), list(each), classes, trained=True)
        for row, each in enumerate(outcomes)
    ]
    return significance.pairs(rows)


def summary(evidence: Sequence[Evidence]) -> tuple[float, float]:
    """Of pairs without a difference: whether some is significant, and how many intervals hold 0."""
    held = [each.low <= 0 <= each.high for each in evidence]
    return float(any(each.is_significant for each in evidence)), float(np.mean(held))


def line(count: int, bootstrap_count: int, seeds: int, sd: float) -> list[str]:
    """A line of the table, from ``count`` simulated tables."""
    over_images, over_seeds = [], []
    for outcomes, means in tables(count, seeds, sd):
        over_images.append(summary([pair.over_images for pair in of_project(outcomes)]))
        # Without their means on these images, rows are equal for the other question.
        pairs = of_project(outcomes - means[:, None, None])
        over_seeds.append(summary([pair.over_seeds for pair in pairs if pair.over_seeds] or [NONE]))
    bootstrap = of_bootstrap(bootstrap_count, seeds, sd)
    rates = [*np.mean(over_seeds, axis=0), *np.mean(over_images, axis=0), *bootstrap]
    cells = [f"{100 * rate:.1f} %" for rate in rates]
    if seeds == 1:
        cells[:3] = ["–", "–", "not tested"]
    return [str(seeds), f"{sd:g}", *cells]


def main() -> None:
    """Print a table, a line per number of seeds and standard deviation."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawTextHelpFormatter
    )
    parser.add_argument("--tables", type=int, default=400, help="simulated tables of each line")
    parser.add_argument(
        "--bootstrap-tables", type=int, default=100, help="those that the bootstrap gets"
    )
    arguments = parser.parse_args()
    questions = ("other seeds", "other seeds and images", "bootstrap of both")
    head = ["seeds", "SD between seeds"]
    for question in questions:
        head += [f"{question}: wrong tables", f"{question}: intervals that hold"]
    counts = arguments.tables, arguments.bootstrap_tables
    lines = [line(*counts, seeds, sd) for seeds in (1, 3, 5) for sd in SEED_SDS]
    print(markdown_table(head, lines, words=()), end="")


if __name__ == "__main__":
    main()
