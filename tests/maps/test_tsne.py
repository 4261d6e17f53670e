"""The map is a function of the values alone, and keeps their neighbours."""

from __future__ import annotations

from dataclasses import replace
from types import SimpleNamespace

import numpy as np
import openTSNE
import pytest
from scipy.optimize import brentq
from scipy.spatial.distance import cdist
from sklearn.neighbors import KNeighborsClassifier

from discern.errors import DiscernError
from discern.maps import tsne
from discern.maps.settings import TsneSettings
from discern.maps.tsne import in_strips, make_map

SETTINGS = TsneSettings(
    iterations=200,
    perplexity=15,
    early_exaggeration=12,
    early_exaggeration_iterations=60,
    seed=0,
)


@pytest.fixture(scope="module")
def pixels(digits):
    """400 digits as the baseline embeds them."""
    return digits["train_images"][:400].reshape(400, 64).astype(np.float32) / 255


@pytest.fixture(scope="module")
def made(pixels):
    """Their map, its divergence and the iterations done."""
    return make_map(pixels, SETTINGS)


def test_each_value_has_a_point(made):
    points, divergence, done = made
    assert points.shape == (400, 2)
    assert points.dtype == np.float64
    assert np.isfinite(points).all()
    assert isinstance(divergence, float)
    assert done == 200


def test_digits_stay_with_their_like(made, digits):
    points, labels = made[0], digits["train_labels"][:400]
    classifier = KNeighborsClassifier(3).fit(points[:200], labels[:200])
    assert classifier.score(points[200:], labels[200:]) > 0.85


def plain_divergence(values, points, perplexity):
    """KL(P ‖ Q) over all pairs, row by row, as van der Maaten (2014) writes it."""
    distances = cdist(values.astype(np.float64), values.astype(np.float64), "sqeuclidean")
    conditional = np.zeros_like(distances)
    for i, row in enumerate(distances):
        near = [j for j in np.argsort(row) if j != i][: 3 * perplexity]

        def weights(precision, row=row, near=near):
            found = np.exp(-precision * (row[near] - row[near].min()))
            return found / found.sum()

        def excess(precision, weights=weights):
            p = weights(precision)
            return -(p * np.log(np.maximum(p, 1e-300))).sum() - np.log(perplexity)

        conditional[i, near] = weights(brentq(excess, 1e-3, 1e3))
    p = (conditional + conditional.T) / (2 * len(values))
    q = 1 / (1 + cdist(points, points, "sqeuclidean"))
    np.fill_diagonal(q, 0)
    q /= q.sum()
    return (p[p > 0] * np.log(p[p > 0] / q[p > 0])).sum()


def test_the_divergence_is_that_of_the_points_in_the_order_of_the_values(made, pixels):
    # the points are sorted anew for every phase, so that any other order would show here
    points, divergence, _ = made
    expected = plain_divergence(pixels, points, SETTINGS.perplexity)
    assert divergence == pytest.approx(expected, abs=1e-6)
    assert plain_divergence(pixels, np.roll(points, 1, 0), SETTINGS.perplexity) > 2 * expected


def test_a_second_run_gives_the_same_bits(made, pixels):
    again = make_map(pixels, SETTINGS)
    np.testing.assert_array_equal(again[0], made[0])
    assert again[1:] == made[1:]


def test_more_iterations_lower_the_divergence(made, pixels):
    _, earlier, done = make_map(pixels, replace(SETTINGS, iterations=90))
    assert done == 90
    assert made[1] < earlier


@pytest.mark.parametrize(("iterations", "early"), [(7, 20), (20, 0), (20, 20), (1, 1)])
def test_early_iterations_are_among_all(pixels, iterations, early):
    settings = replace(SETTINGS, iterations=iterations, early_exaggeration_iterations=early)
    assert make_map(pixels[:60], settings)[2] == iterations


def test_more_early_iterations_than_all_are_all(pixels):
    few = replace(SETTINGS, iterations=7)
    one, other = (
        make_map(pixels[:60], replace(few, early_exaggeration_iterations=early))[0]
        for early in (7, 20)
    )
    np.testing.assert_array_equal(one, other)


def test_exaggeration_keeps_the_map_small_at_first(pixels):
    short = replace(SETTINGS, iterations=20, early_exaggeration_iterations=20)
    strong, weak = (
        make_map(pixels[:100], replace(short, early_exaggeration=factor))[0] for factor in (12, 1)
    )
    assert strong.std() < weak.std() / 2


def test_strips_bring_neighbours_together():
    points = np.random.default_rng(0).normal(size=(1000, 2))
    order = in_strips(points)
    np.testing.assert_array_equal(np.sort(order), np.arange(1000))

    def step(walk):
        return np.linalg.norm(np.diff(walk, axis=0), axis=1).mean()

    assert step(points[order]) < step(points) / 5


def test_too_large_a_perplexity_is_refused(pixels):
    with pytest.raises(DiscernError) as refusal:
        make_map(pixels[:45], SETTINGS)
    assert str(refusal.value) == (
        "tsne.perplexity is 15, which needs 45 neighbours of each point, but there are only 45 "
        "points; lower it"
    )


def test_the_largest_perplexity_that_fits_is_allowed(pixels):
    assert make_map(pixels[:46], replace(SETTINGS, iterations=5))[2] == 5


def test_equal_values_of_a_collapsed_training_are_refused():
    # openTSNE ends in a segmentation fault
    with pytest.raises(DiscernError, match="all embeddings are equal, so there is nothing to map"):
        make_map(np.ones((100, 4), np.float32), SETTINGS)


@pytest.mark.parametrize(
    "values",
    [
        np.repeat(np.eye(4), 25, axis=0),
        np.concatenate([np.zeros((1, 4)), np.ones((99, 4))]),
        np.outer(np.arange(100), np.ones(4)),
        np.ones((100, 4)) + np.random.default_rng(0).normal(0, 1e-6, (100, 4)),
    ],
    ids=["four points", "all but one equal", "a line", "nearly equal"],
)
def test_values_that_have_nearly_collapsed_have_a_map(values):
    settings = replace(SETTINGS, iterations=40, early_exaggeration_iterations=20)
    points, divergence, _ = make_map(values.astype(np.float32), settings)
    assert np.isfinite(points).all()
    assert np.isfinite(divergence)


def test_points_that_lie_on_each_other_have_the_exact_divergence():
    # the sum of a Barnes-Hut tree over ten points fifty times each gave -0.01 for 0.12
    values = np.repeat(np.random.default_rng(0).normal(size=(10, 16)), 50, axis=0)
    points, divergence, _ = make_map(values.astype(np.float32), replace(SETTINGS, iterations=500))
    affinities = openTSNE.affinity.PerplexityBasedNN(
        values.astype(np.float32), perplexity=15, method="exact"
    ).P.toarray()
    similarities = 1 / (1 + cdist(points, points, "sqeuclidean"))
    np.fill_diagonal(similarities, 0)
    similarities /= similarities.sum()
    near = affinities > 0
    expected = (affinities[near] * np.log(affinities[near] / similarities[near])).sum()
    assert divergence == pytest.approx(expected, abs=1e-3)
    assert divergence > 0


@pytest.mark.parametrize("factor", [2.0**64, 2.0**-60, 2.0**-2])
def test_the_scale_of_the_values_does_not_matter(made, pixels, factor):
    # squares of 1e19 overflowed, and openTSNE ended in a segmentation fault
    points, divergence, _ = make_map(pixels * np.float32(factor), SETTINGS)
    np.testing.assert_array_equal(points, made[0])
    assert divergence == made[1]


def test_a_map_that_shrinks_to_a_point_is_refused_and_more_iterations_help():
    values = np.random.default_rng(0).normal(size=(300, 16)).astype(np.float32)
    shrunk = replace(SETTINGS, iterations=250, early_exaggeration_iterations=250)
    with pytest.raises(DiscernError) as refusal:
        make_map(values, shrunk)
    said = str(refusal.value)
    assert said.startswith("the map has shrunk to a width of ")
    assert "250 of its 250 iterations exaggerate attraction" in said
    points, _, _ = make_map(values, replace(shrunk, iterations=500))
    assert np.ptp(points) > 1


def test_a_long_map_says_now_and_then_how_far_it_is(pixels, monkeypatch):
    seconds, said = iter(range(0, 1000, 7)), []  # a look at the clock every 50 iterations
    monkeypatch.setattr(tsne, "time", SimpleNamespace(monotonic=lambda: next(seconds)))
    log = SimpleNamespace(info=lambda text, *values: said.append(text % values))
    monkeypatch.setattr(tsne, "log", log)
    settings = replace(SETTINGS, iterations=400)
    _, divergence, _ = make_map(pixels[:60], settings)
    starts = [line.partition(", KL divergence ")[0] for line in said]
    assert starts == ["tsne: iteration 160/400", "tsne: iteration 310/400"]
    assert float(said[-1].rpartition(" ")[2]) == pytest.approx(divergence, rel=0.1)
