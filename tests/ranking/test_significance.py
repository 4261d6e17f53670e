"""Rows differ significantly only if trainings on other seeds and other images would differ, too."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import stats

from discern.errors import DiscernError
from discern.ranking import significance
from discern.ranking.comparisons import SIGNIFICANCE
from discern.ranking.significance import Trainings

few = settings(max_examples=60, derandomize=True, deadline=None)
p_values = st.lists(st.floats(1e-4, 1.0), min_size=1, max_size=12)
IMAGES = 300
CLASSES = np.arange(IMAGES) % 10


def trainings(label, outcomes, seeds=None, *, trained=True, classes=None):
    seeds = range(len(outcomes)) if seeds is None else seeds
    classes = [CLASSES] * len(outcomes) if classes is None else classes
    return Trainings(label, tuple(seeds), list(outcomes), classes, trained)


def outcomes(random, level, seeds=4, seed_sd=0.02):
    """Outcomes of a row: each image has its own difficulty, each seed its own luck."""
    return level + random.normal(0, seed_sd, (seeds, 1)) + random.normal(0, 0.1, (seeds, IMAGES))


@pytest.fixture
def random():
    return np.random.default_rng(0)


@pytest.mark.parametrize(
    ("values", "expected"),
    [
        ([0.01, 0.04, 0.03, 0.005], [0.03, 0.06, 0.06, 0.02]),
        ([0.01, 0.02, 0.03], [0.03, 0.04, 0.04]),  # the last by the one before
        ([0.02, 0.02], [0.04, 0.04]),
        ([0.6, 0.5], [1.0, 1.0]),
        ([0.03], [0.03]),
        ([], []),
    ],
)
def test_holms_correction_worked_by_hand(values, expected):
    np.testing.assert_allclose(significance.holm(np.array(values)), expected, rtol=1e-12)


@few
@given(p_values, st.floats(0.001, 0.5))
def test_what_is_adjusted_below_alpha_is_what_holms_procedure_rejects(values, alpha):
    rejected = set()
    waiting = sorted(range(len(values)), key=lambda place: values[place])
    while waiting and values[waiting[0]] <= alpha / len(waiting):
        rejected.add(waiting.pop(0))
    adjusted = significance.holm(np.array(values))
    near = [abs(value - alpha) < 1e-12 for value in adjusted]  # rounding decides
    assert {n for n, value in enumerate(adjusted) if value <= alpha} == rejected or any(near)


def test_every_two_rows_are_a_pair_in_the_rows_order(random):
    rows = [
        trainings(label, outcomes(random, level))
        for label, level in zip("abc", (0, 1, 3), strict=True)
    ]
    pairs = significance.pairs(rows)
    assert [each.first + each.second for each in pairs] == ["ab", "ac", "bc"]
    assert [each.seeds for each in pairs] == [4, 4, 4]
    assert [each.difference for each in pairs] == pytest.approx([-1, -3, -2], abs=0.1)
    for each in pairs:
        assert each.reversed.over_images.low == -each.over_images.high


def test_each_question_has_its_own_test_and_correction(random):
    values = [outcomes(random, level, seed_sd=0.05) for level in (0, 0.1, 0.1)]
    pairs = significance.pairs([trainings(str(n), each) for n, each in enumerate(values)])
    of_seeds = []
    for pair in pairs:
        difference = values[int(pair.first)] - values[int(pair.second)]
        oracle = stats.ttest_1samp(difference.mean(axis=1), 0)
        of_seeds.append(oracle.pvalue)
        assert pair.over_seeds.p == pytest.approx(oracle.pvalue)
        of_both = np.hypot(*(stats.sem(difference.mean(axis=axis)) for axis in (0, 1)))
        p = 2 * stats.t(3).sf(abs(difference.mean()) / of_both)
        assert pair.over_images.p == pytest.approx(p)
    adjusted = significance.holm(np.array(of_seeds))
    assert [pair.over_seeds.adjusted_p for pair in pairs] == pytest.approx(adjusted)


def test_only_chosen_pairs_are_tested_and_corrected_for_and_the_others_keep_their_interval(random):
    rows = [trainings(label, outcomes(random, level)) for level, label in enumerate("abcd")]
    chosen = {("a", "c"), ("b", "d")}
    everything = {(each.first, each.second): each for each in significance.pairs(rows)}
    for each in significance.pairs(rows, chosen):
        whole = everything[each.first, each.second]
        assert each.difference == whole.difference
        for found, known in zip(
            (each.over_seeds, each.over_images), (whole.over_seeds, whole.over_images), strict=True
        ):
            assert found.interval == known.interval
            if (each.first, each.second) not in chosen:
                assert found.p is found.adjusted_p is None
                continue
            others = [everything[pair].over_images.p for pair in chosen]
            assert found.p == known.p
            if found is each.over_images:
                times = 2 if found.p == min(others) else 1
                assert found.adjusted_p == pytest.approx(max(times * found.p, 2 * min(others)))


def test_rows_are_compared_seed_by_seed_and_image_by_image(random):
    luck = random.normal(0, 1, (3, 1)) + random.normal(0, 1, IMAGES)  # the same for both rows
    first, second = luck + 0.1, luck + random.normal(0, 0.001, (3, IMAGES))
    [pair] = significance.pairs([trainings("a", first), trainings("b", second[::-1], (2, 1, 0))])
    assert pair.over_images.low == pytest.approx(0.1, abs=0.001)
    assert pair.higher == "a"


def test_only_the_seeds_that_both_rows_have_are_compared(random):
    first, second = outcomes(random, 1, seeds=3), outcomes(random, 0, seeds=3)
    [pair] = significance.pairs(
        [trainings("a", first, (0, 1, 2)), trainings("b", second, (1, 2, 3))]
    )
    expected = (first[1:] - second[:2]).mean()
    assert (pair.seeds, pair.difference) == (2, pytest.approx(expected))
    with pytest.raises(DiscernError, match="a and b share no seed, so they can't be compared; tr"):
        significance.pairs([trainings("a", first), trainings("b", second, (7, 8, 9))])


@pytest.mark.parametrize("constant_first", [True, False])
def test_a_row_without_training_stands_beside_every_seed(random, constant_first):
    constant, trained = outcomes(random, 0, seeds=1), outcomes(random, 1, seeds=3)
    rows = [trainings("pixels", constant, trained=False), trainings("a", trained, (4, 5, 6))]
    [pair] = significance.pairs(rows if constant_first else rows[::-1])
    sign = 1 if constant_first else -1
    assert (pair.seeds, pair.difference) == (3, pytest.approx(sign * (constant - trained).mean()))
    assert pair.higher == "a"


def test_two_single_trainings_have_an_interval_for_other_images_and_no_test(random):
    first, second = outcomes(random, 5, seeds=1), outcomes(random, 0, seeds=1)
    [pair] = significance.pairs([trainings("a", first), trainings("b", second)])
    assert pair.over_seeds is None
    assert pair.over_images.low < 5 < pair.over_images.high
    assert pair.over_images.p is pair.over_images.adjusted_p is pair.higher is None


def test_untested_pairs_do_not_count_in_the_correction(random):
    alone = trainings("alone", outcomes(random, 0, seeds=1), (0,))
    rows = [trainings(label, outcomes(random, level)) for label, level in (("a", 0), ("b", 0.1))]
    [pair] = [each for each in significance.pairs([alone, *rows]) if each.seeds > 1]
    assert pair.over_images.adjusted_p == pair.over_images.p


def test_rows_on_different_images_are_refused(random):
    rows = [
        trainings("a", outcomes(random, 0, seeds=1)),
        trainings("b", outcomes(random, 0, seeds=1), classes=[CLASSES[::-1]]),
    ]
    with pytest.raises(DiscernError, match="b was evaluated on other images than a; measure both"):
        significance.pairs(rows)


@pytest.mark.parametrize("seeds", [3, 5])
def test_of_equal_rows_at_most_one_table_in_twenty_has_a_significant_difference(random, seeds):
    """The false positives over all pairs of six rows, with the spread of real seeds."""
    tables, wrong = 200, 0
    for _ in range(tables):
        shared = random.normal(0, 0.1, IMAGES)
        rows = [
            trainings(label, shared + outcomes(random, 0, seeds, seed_sd))
            for label, seed_sd in zip("abcdef", (0.001, 0.01, 0.02, 0.02, 0.05, 0.2), strict=True)
        ]
        pairs = significance.pairs(rows)
        wrong += any(pair.higher for pair in pairs)
        assert all(pair.over_seeds.adjusted_p >= pair.over_seeds.p for pair in pairs)
    assert wrong / tables <= SIGNIFICANCE
