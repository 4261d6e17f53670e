"""The number of seeds that a difference needs is that of a simulation and of published examples."""

import numpy as np
import pytest
from scipy import stats

from discern.ranking.power import as_text, power, seeds_needed


@pytest.mark.parametrize(("gap", "sd", "seeds"), [(0.1, 0.06, 5), (0.1, 0.06, 9), (-2.0, 0.5, 3)])
def test_it_is_how_often_simulated_seeds_give_a_significant_difference(gap, sd, seeds):
    random = np.random.default_rng(0)
    first, second = random.normal(0, sd, (2, 20000, seeds))
    p_values = stats.ttest_rel(first + gap, second, axis=1).pvalue
    assert power(gap, sd, seeds, 0.05) == pytest.approx(np.mean(p_values < 0.05), abs=0.015)


def test_without_a_gap_it_would_be_the_level():
    assert power(1e-9, 0.06, 5, 0.05) == pytest.approx(0.05)


@pytest.mark.parametrize(("gap", "sd"), [(0.02, 0.06), (0.1, 0.06), (0.5, 0.06), (5.0, 0.3)])
def test_one_seed_fewer_would_not_be_enough(gap, sd):
    needed = seeds_needed(gap, sd, 0.05, 0.8)
    assert power(gap, sd, needed, 0.05) >= 0.8
    assert needed == 2 or power(gap, sd, needed - 1, 0.05) < 0.8


def test_many_seeds_need_what_the_normal_approximation_gives():
    quantiles = stats.norm.ppf(0.975) + stats.norm.ppf(0.8)
    approximate = 2 * (quantiles * 0.06 / 0.02) ** 2
    assert seeds_needed(0.02, 0.06, 0.05, 0.8) == pytest.approx(approximate, abs=3)


def test_what_no_number_of_seeds_can_show_needs_no_number():
    assert seeds_needed(1e-6, 1.0, 0.05, 0.8) is None


def test_the_text_has_the_seeds_for_one_pair_and_for_the_first_step_of_holms_correction():
    text = as_text(0.1, 0.06, 8)
    one, every = (seeds_needed(0.1, 0.06, alpha, 0.8) for alpha in (0.05, 0.05 / 28))
    assert f"one pair: {one} seeds find it with a probability of 0.8\n" in text
    assert f"any of 28 pairs of 8 rows: {every} seeds find" in text
    assert f"3: {power(0.1, 0.06, 3, 0.05):.2f}, 5: " in text
    assert "more than 100,000 seeds" in as_text(1e-6, 1.0, 2)
    assert "pairs of 2 rows" not in as_text(1e-6, 1.0, 2)
