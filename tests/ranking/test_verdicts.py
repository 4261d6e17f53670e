"""Each loss has a verdict, which calls a gain clear only where it is more than chance."""

import math
from dataclasses import replace

import pytest

from discern.ranking.leaderboard import Line
from discern.ranking.verdicts import as_markdown, verdicts
from markdown_tables import read_tables
from samples import COSFACE, SOFTMAX, measures_of


def trial(row, number, accuracy, learning_rate=0.004, **settings):
    """A trial on 4,000 images with other ``settings`` than the row's own."""
    row = replace(
        row,
        label=f"{row.label}-{number:02}",
        learning_rate=learning_rate,
        parameters={**row.parameters, **settings},
    )
    return Line(row, [3], [measures_of(accuracy) | {"images": 4000}])


TRIALS = [
    trial(SOFTMAX, 1, 0.98),
    trial(SOFTMAX, 2, 0.97, dropout=0.25),
    trial(SOFTMAX, 3, 0.981, learning_rate=0.002),
    trial(COSFACE, 1, 0.90),
    trial(COSFACE, 2, 0.99, margin=0.0, learning_rate=0.001),
    trial(COSFACE, 3, 0.99, margin=0.1),
]


def table(trials):
    (lines,) = read_tables(as_markdown(verdicts(trials)))
    return lines


def test_each_losss_own_settings_stand_against_the_first_of_its_best_trials_and_its_changes():
    titles = ("loss", "own settings", "best trial", "lowest trial", "with")
    assert [[line[title] for title in titles] for line in table(TRIALS)] == [
        ["softmax", "98.00 %", "98.10 %", "97.00 %", "learning_rate 0.002"],
        ["cosface", "90.00 %", "99.00 %", "90.00 %", "learning_rate 0.001, margin 0.0"],
    ]


def test_a_gain_stands_beside_two_standard_errors_of_the_difference():
    error = math.sqrt((0.98 * 0.02 + 0.981 * 0.019) / 4000)
    softmax, cosface = table(TRIALS)
    assert softmax["gain"] == f"0.10 ± {100 * 2 * error:.2f}"
    assert (softmax["clear"], cosface["clear"]) == ("no", "yes")


@pytest.mark.parametrize(("accuracy", "clear"), [(0.9863, "yes"), (0.9855, "no")])
def test_a_gain_is_clear_beyond_two_standard_errors(accuracy, clear):  # 0.98 + 2 · 0.0029 = 0.9857
    (line,) = table([trial(SOFTMAX, 1, 0.98), trial(SOFTMAX, 2, accuracy)])
    assert line["clear"] == clear


def test_where_no_trial_is_better_the_rows_own_settings_are_the_best():
    (line,) = table([trial(SOFTMAX, 1, 0.98), trial(SOFTMAX, 2, 0.98, dropout=0.1)])
    assert line["with"] == "the same"
    assert line["gain"].startswith("0.00 ±")
    assert line["clear"] == "no"
