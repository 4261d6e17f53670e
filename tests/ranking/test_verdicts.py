"""Each loss has a verdict, which calls a gain clear only where other images would show it, too."""

from dataclasses import replace

import numpy as np
import pytest
from scipy import stats

from discern.measures.catalogue import named
from discern.ranking.assessment import Evaluation
from discern.ranking.outcomes import Outcomes
from discern.ranking.verdicts import Trial, as_markdown, verdicts
from markdown_tables import read_tables
from samples import COSFACE, SOFTMAX, measures_of

IMAGES = 4000
LABELS = np.arange(IMAGES) % 10
KNN = named("knn_accuracy")


def right(wrong, start=0):
    values = np.ones(IMAGES, np.float32)
    values[start : start + wrong] = 0
    return values


def trial(row, number, wrong, learning_rate=0.004, start=0, **settings):
    """A trial that errs on ``wrong`` images from ``start`` on, with other ``settings``."""
    row = replace(
        row,
        label=f"{row.label}-{number:02}",
        learning_rate=learning_rate,
        parameters={**row.parameters, **settings},
        seeds=(0,),
    )
    values = right(wrong, start)
    outcomes = Outcomes(LABELS, LABELS, {"knn_accuracy": values})
    return Trial(row, [Evaluation(measures_of(float(values.mean())), outcomes)])


TRIALS = [
    trial(SOFTMAX, 1, 80),
    trial(SOFTMAX, 2, 120, dropout=0.25),
    trial(SOFTMAX, 3, 76, learning_rate=0.002, start=40),
    trial(COSFACE, 1, 400),
    trial(COSFACE, 2, 40, margin=0.0, learning_rate=0.001),
    trial(COSFACE, 3, 40, margin=0.1),
]


def table(trials, headline=KNN):
    (lines,) = read_tables(as_markdown(verdicts(trials, headline)))
    return lines


def test_each_losss_own_settings_stand_against_the_first_of_its_best_trials_and_its_changes():
    titles = ("loss", "own settings", "best trial", "worst trial", "with")
    assert [[line[title] for title in titles] for line in table(TRIALS)] == [
        ["softmax", "98.00 %", "98.10 %", "97.00 %", "learning_rate 0.002"],
        ["cosface", "90.00 %", "99.00 %", "90.00 %", "learning_rate 0.001, margin 0.0"],
    ]


def test_a_gain_has_the_interval_of_the_difference_image_by_image():
    difference = right(76, 40) - right(80).astype(np.float64)
    half = stats.sem(difference) * stats.t(IMAGES - 1).ppf(0.975)
    softmax, cosface = table(TRIALS)
    assert softmax["gain"] == f"0.10 ± {100 * half:.2f}"
    assert (softmax["clear"], cosface["clear"]) == ("no", "yes")


def test_the_same_gain_is_clear_only_where_the_trials_err_on_the_same_images():
    same, other = (
        table([trial(SOFTMAX, 1, 80), trial(SOFTMAX, 2, 60, start=start, dropout=0.1)])[0]
        for start in (0, 80)
    )
    assert (same["clear"], other["clear"]) == ("yes", "no")
    assert same["gain"].split(" ")[0] == other["gain"].split(" ")[0] == "0.50"


def test_where_no_trial_is_better_the_rows_own_settings_are_the_best():
    (line,) = table([trial(SOFTMAX, 1, 80), trial(SOFTMAX, 2, 80, dropout=0.1)])
    assert (line["with"], line["gain"], line["clear"]) == ("the same", "0.00 ± 0.00", "no")


def test_with_a_measure_that_is_better_when_lower_the_lowest_trial_is_the_best():
    lower = replace(KNN, better="lower")
    softmax, _ = table(TRIALS, lower)
    assert (softmax["best trial"], softmax["worst trial"]) == ("97.00 %", "98.10 %")


def test_the_table_has_the_price_of_tuning_as_far_as_a_loss_has_trials():
    trials = [trial(SOFTMAX, n, 400 - 40 * n) for n in range(1, 6)] + TRIALS[3:]
    softmax, cosface = table(trials)
    assert softmax["expected best of 1"] == "93.00 %"
    assert (softmax["expected best of 5"], cosface["expected best of 5"]) == ("95.00 %", "–")
    assert "expected best of 10" not in softmax


@pytest.mark.parametrize("number", [0, 1])
def test_the_verdicts_are_in_the_order_of_the_trials(number):
    assert [verdict.loss for verdict in verdicts(TRIALS, KNN)][number] == TRIALS[
        3 * number
    ].row.loss
