"""Resampled means are distributed as all possible draws are, and their intervals hold the truth."""

from collections import Counter
from itertools import product

import numpy as np
import pytest
from scipy import stats

from discern.ranking import bootstrap

RESAMPLES = 4000


def seeded(seed=0):
    return np.random.default_rng(seed)


def assert_distributed(found, expected):
    """Whether the values ``found`` come as often as in ``expected``, the equally likely ones."""
    likely, counts = (
        Counter(round(float(value), 9) for value in values if not np.isnan(value))
        for values in (expected, found)
    )
    assert set(counts) <= set(likely)
    for value, times in likely.items():
        part = times / len(expected)
        error = np.sqrt(part * (1 - part) / len(found))
        assert abs(counts[value] / len(found) - part) < 4 * error + 1e-12, value
    absent = np.isnan(expected).mean()
    assert np.isnan(found).mean() == pytest.approx(absent, abs=4 * np.sqrt(0.25 / len(found)))


def mean_of(values):
    known = [value for value in values if not np.isnan(value)]
    return sum(known) / len(known) if known else float("nan")


@pytest.mark.parametrize("seeds", [1, 3], ids=["one seed", "seeds that are all the same"])
def test_images_are_drawn_with_replacement(seeds):
    outcomes = np.array([1.0, 4.0, 16.0])
    expected = [mean_of(drawn) for drawn in product(outcomes, repeat=3)]
    found = bootstrap.crossed_means(np.stack([outcomes[None]] * seeds), 20_000, 0)
    assert_distributed(found[:, 0], expected)


def test_an_image_without_an_outcome_is_left_out_of_the_mean_and_of_no_other_rows():
    table = np.array([[1.0, np.nan, 16.0], [1.0, 4.0, 16.0]])
    found = bootstrap.crossed_means(table[None], 20_000, 0)
    for row, values in zip(table, found.T, strict=True):
        assert_distributed(values, [mean_of(drawn) for drawn in product(row, repeat=3)])
    np.testing.assert_allclose(bootstrap.means([table]), [8.5, 7.0])


def test_in_pairs_an_image_without_an_outcome_in_one_row_is_left_out_of_both():
    table = np.array([[1.0, np.nan, 3.0], [4.0, 5.0, 6.0]])
    np.testing.assert_array_equal(bootstrap.paired(table), [[1.0, np.nan, 3.0], [4.0, np.nan, 6.0]])
    np.testing.assert_array_equal(table[1], [4.0, 5.0, 6.0])


def test_all_rows_are_evaluated_on_the_same_draws():
    row = seeded().random(50)
    found = bootstrap.crossed_means(np.stack([row, row + 1, 2 * row])[None], RESAMPLES, 0)
    np.testing.assert_allclose(found[:, 1], found[:, 0] + 1, rtol=1e-12)
    np.testing.assert_allclose(found[:, 2], 2 * found[:, 0], rtol=1e-12)


def test_a_row_has_the_same_means_whatever_rows_stand_beside_it_and_where():
    table = (seeded().random((2, 5, 40)) < 0.8).astype(np.float32)
    found = bootstrap.crossed_means(table, 600, 0)
    order = [3, 0, 4]
    np.testing.assert_array_equal(bootstrap.crossed_means(table[:, order], 600, 0), found[:, order])


def test_seeds_are_drawn_and_a_drawn_image_counts_for_each_of_them():
    outcomes = np.array([[1.0, 2.0, 4.0], [8.0, 16.0, 32.0]])
    expected = [
        np.mean([[outcomes[seed, image] for image in images] for seed in seeds])
        for seeds in product(range(2), repeat=2)
        for images in product(range(3), repeat=3)
    ]
    found = bootstrap.crossed_means(outcomes[:, None], 40_000, 0)
    assert_distributed(found[:, 0], expected)


def test_where_seeds_have_their_own_images_these_are_drawn_anew_for_each_drawn_seed():
    tables = [np.array([[1.0, 2.0]]), np.array([[8.0, 16.0, 32.0]])]
    # each seed's 4 or 27 possible means, repeated so that both seeds come as often
    of_first, of_second = (
        [np.mean(drawn) for drawn in product(table[0], repeat=table.size)] for table in tables
    )
    means = of_first * 27 + of_second * 4
    expected = [(one + other) / 2 for one, other in product(means, repeat=2)]
    found = bootstrap.nested_means(tables, 40_000, 0)
    assert_distributed(found[:, 0], expected)
    np.testing.assert_allclose(bootstrap.means(tables), [(1.5 + 56 / 3) / 2])


@pytest.mark.parametrize("seed", [0, 1])
def test_draws_are_a_function_of_their_seed(seed):
    table = seeded().random((2, 3, 30))
    for resampled in (bootstrap.crossed_means, bootstrap.nested_means):
        found = resampled(table, 700, seed)
        assert found.shape == (700, 3)
        np.testing.assert_array_equal(resampled(table, 700, seed), found)
        assert not np.array_equal(resampled(table, 700, seed + 1), found)
        assert len(np.unique(found[:, 0])) > 690  # no block repeats another


def test_intervals_are_scipys_percentile_intervals():
    first, second = seeded().random((2, 300)) ** 3
    found = bootstrap.crossed_means(np.stack([first, second])[None], 20_000, 0)
    oracle = {"n_resamples": 20_000, "method": "percentile", "rng": 1, "vectorized": True}
    alone = stats.bootstrap((first,), np.mean, **oracle).confidence_interval
    both = stats.bootstrap(
        (first, second),
        lambda a, b, axis=-1: a.mean(axis=axis) - b.mean(axis=axis),
        paired=True,
        **oracle,
    ).confidence_interval
    error = first.std() / np.sqrt(300)
    assert bootstrap.interval(found[:, 0], 0.95) == pytest.approx(alone, abs=0.05 * error)
    assert bootstrap.interval(found[:, 0] - found[:, 1], 0.95) == pytest.approx(
        both, abs=0.08 * error
    )


@pytest.mark.parametrize(
    ("seeds", "deviation", "highest"), [(1, 0.0, 0.98), (5, 0.005, 1.0)], ids=["images", "seeds"]
)
def test_the_interval_holds_the_truth_in_95_of_100_experiments(seeds, deviation, highest):
    truth, held = 0.9, 0
    for experiment in range(400):
        random = seeded(experiment)
        accuracies = truth + deviation * random.normal(size=(seeds, 1, 1))
        outcomes = (random.random((seeds, 1, 500)) < accuracies).astype(np.float32)
        found = bootstrap.crossed_means(outcomes, 400, experiment)
        low, high = bootstrap.interval(found[:, 0], 0.95)
        held += low <= truth <= high
    assert 0.92 < held / 400 <= highest


def test_resamples_without_a_mean_are_left_out_of_the_interval():
    assert bootstrap.interval(np.array([np.nan, 1.0, 1.0]), 0.95) == (1.0, 1.0)


@pytest.mark.parametrize(
    ("differences", "expected"),
    [
        ([1.0] * 99, 0.02),  # 2 · (0 + 1) / (99 + 1)
        ([-1.0] * 99, 0.02),
        ([1.0] * 96 + [-1.0] * 3, 0.08),
        ([1.0] * 97 + [0.0] + [-1.0], 0.06),  # zero is on both sides
        ([1.0] * 97 + [1e-17] + [-1.0], 0.06),  # and so is what is zero but for rounding
        ([1.0, -1.0], 1.0),
        ([0.0] * 99, 1.0),
    ],
)
def test_p_is_twice_the_part_on_the_rarer_side_of_zero(differences, expected):
    assert bootstrap.p_value(np.array(differences)) == pytest.approx(expected)


def test_without_a_difference_p_is_below_5_per_cent_in_about_5_of_100_experiments():
    found = []
    for experiment in range(400):
        table = (seeded(experiment).random((2, 500)) < 0.9) * 1.0
        means = bootstrap.crossed_means(table[None], 400, experiment)
        found.append(bootstrap.p_value(means[:, 0] - means[:, 1]))
    assert 0.02 < np.mean(np.array(found) < 0.05) < 0.08
