"""An interval covers what it says: other seeds, or other seeds and other images."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import stats

from discern.ranking.standard_error import StandardError, mean_over, over_seeds

few = settings(max_examples=60, derandomize=True, deadline=None)
CLASSES = np.arange(300) % 10
SEED_SD, IMAGE_SD = 0.02, 0.3


def simulated(random, seeds, images=300, seed_sd=SEED_SD, image_sd=IMAGE_SD, rest_sd=0.2):
    """Outcomes of mean 0 with an effect of each seed and of each image, (seeds, images)."""
    of_seeds = random.normal(0, seed_sd, (seeds, 1))
    of_images = random.normal(0, image_sd, images)
    return of_seeds + of_images + random.normal(0, rest_sd, (seeds, images))


def same_images(outcomes):
    return [CLASSES[: len(each)] for each in outcomes]


@few
@given(st.lists(st.floats(-100, 100).map(lambda x: round(x, 3)), min_size=2, max_size=8))
def test_for_other_seeds_it_is_students_test_of_the_seeds_means(values):
    error = over_seeds(np.array(values))
    mean = float(np.mean(values))
    oracle = stats.ttest_1samp(values, 0.0)
    if np.ptp(values) > 0:
        ends = oracle.confidence_interval(0.95)
        assert error.interval(mean, 0.95) == pytest.approx((ends.low, ends.high), rel=1e-9)
        assert error.p_value(mean) == pytest.approx(oracle.pvalue, rel=1e-9, abs=1e-12)


def test_two_seeds_have_an_interval_as_wide_as_tables_say_and_one_has_none():
    # t = 12.706 for one degree of freedom; the standard error of 1 and 3 is 1
    interval = over_seeds(np.array([1.0, 3.0])).interval(2.0, 0.95)
    assert interval == pytest.approx((2 - 12.706, 2 + 12.706), abs=1e-3)
    assert over_seeds(np.array([0.9])) is None


def test_for_other_images_a_single_training_has_the_t_interval_of_its_images():
    outcomes = simulated(np.random.default_rng(0), 1)
    mean = mean_over(outcomes, same_images(outcomes))
    oracle = stats.ttest_1samp(outcomes[0], 0.0)
    assert (mean.seeds, mean.over_seeds) == (1, None)
    ends = oracle.confidence_interval(0.95)
    assert mean.over_images.interval(mean.value, 0.95) == pytest.approx((ends.low, ends.high))


def test_for_both_the_variances_over_seeds_and_images_add_up():
    outcomes = simulated(np.random.default_rng(1), 4)
    mean = mean_over(outcomes, same_images(outcomes))
    of_seeds, of_images = (stats.sem(outcomes.mean(axis=axis)) for axis in (1, 0))
    assert mean.value == pytest.approx(outcomes.mean())
    assert mean.over_seeds == StandardError(pytest.approx(of_seeds), 3)
    assert mean.over_images == StandardError(pytest.approx(np.hypot(of_seeds, of_images)), 3)


def test_where_each_seed_has_images_of_its_own_other_seeds_are_other_images():
    outcomes = [np.arange(4.0), np.arange(6.0), np.ones(5)]
    classes = [np.zeros(4), np.zeros(6), np.ones(5)]
    mean = mean_over(outcomes, classes)
    assert mean.over_images == mean.over_seeds == over_seeds(np.array([1.5, 2.5, 1.0]))
    assert mean.value == pytest.approx(5 / 3)


def test_an_image_that_is_left_out_once_is_left_out_for_every_seed():
    outcomes = simulated(np.random.default_rng(2), 3)
    outcomes[1, 7] = np.nan
    others = np.delete(outcomes, 7, axis=1)
    classes = same_images(outcomes)
    assert mean_over(outcomes, classes) == mean_over(others, same_images(others))


def test_no_difference_has_p_1_and_one_that_never_varies_has_p_0():
    outcomes = np.zeros((3, 20))
    mean = mean_over(outcomes, same_images(outcomes))
    assert mean.over_images.p_value(0.0) == 1.0
    assert mean.over_images.p_value(0.1) == 0.0


@pytest.mark.parametrize("seeds", [3, 5])
def test_for_other_seeds_19_of_20_intervals_hold_the_mean_of_these_images(seeds):
    random = np.random.default_rng(3)
    of_images, held = random.normal(0, IMAGE_SD, 300), 0
    for _ in range(2000):
        outcomes = simulated(random, seeds, image_sd=0) + of_images
        mean = mean_over(outcomes, same_images(outcomes))
        low, high = mean.over_seeds.interval(mean.value, 0.95)
        held += low <= of_images.mean() <= high
    assert held / 2000 == pytest.approx(0.95, abs=0.015)


@pytest.mark.parametrize("seed_sd", [0, SEED_SD, 10 * SEED_SD])
@pytest.mark.parametrize("seeds", [2, 3, 5])
def test_for_both_at_least_19_of_20_intervals_hold_the_mean_of_all(seeds, seed_sd):
    random, held = np.random.default_rng(4), 0
    for _ in range(1000):
        outcomes = simulated(random, seeds, seed_sd=seed_sd)
        mean = mean_over(outcomes, same_images(outcomes))
        low, high = mean.over_images.interval(mean.value, 0.95)
        held += low <= 0 <= high
    assert held / 1000 >= 0.94
