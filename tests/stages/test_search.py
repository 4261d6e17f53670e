"""A search's tables show every trial, and call a gain clear only where it is more than chance."""

from __future__ import annotations

import csv
import json
import math

import pytest

from discern.stages import search
from samples import COSFACE, SOFTMAX, measures_of


def trial(row, number, accuracy, **settings):
    """A trial as the pipeline describes it, and the accuracy that it reached."""
    learning_rate = settings.pop("learning_rate", row["learning_rate"])
    row = row | {"label": f"{row['label']}-{number:02}", "seeds": [0], "map": "none"}
    row |= {"parameters": row["parameters"] | settings, "learning_rate": learning_rate}
    return row, accuracy


OF_SOFTMAX = SOFTMAX | {"loss": "softmax"}
OF_COSFACE = COSFACE | {"loss": "cosface"}
TRIALS = [
    trial(OF_SOFTMAX, 1, 0.98),
    trial(OF_SOFTMAX, 2, 0.97, dropout=0.25),
    trial(OF_SOFTMAX, 3, 0.981, learning_rate=0.002),
    trial(OF_COSFACE, 1, 0.90),
    trial(OF_COSFACE, 2, 0.99, margin=0.0, learning_rate=0.001),
    trial(OF_COSFACE, 3, 0.99, margin=0.1),
]


@pytest.fixture
def run(tmp_path):
    """Runs the stage on trials and gives the two tables."""

    def run(trials):
        argv = ["--rows", json.dumps([row for row, _ in trials])]
        argv += ["--csv", str(tmp_path / "trials.csv"), "--markdown", str(tmp_path / "table.md")]
        for flag, content in (("measures", None), ("selections", {"epoch": 3})):
            argv.append(f"--{flag}")
            for place, (_, accuracy) in enumerate(trials):
                path = tmp_path / f"{flag}-{place}.json"
                found = measures_of(accuracy) | {"map": None, "images": 4000}
                path.write_text(json.dumps(content or found))
                argv.append(str(path))
        assert search.main(argv) == 0
        lines = (tmp_path / "table.md").read_text().splitlines()
        table = [[cell.strip() for cell in line.strip("|").split("|")] for line in lines]
        with (tmp_path / "trials.csv").open(newline="") as file:
            return list(csv.DictReader(file)), table

    return run


def test_all_trials_are_kept_in_their_order_with_their_settings_and_all_digits(run):
    rows, _ = run(TRIALS)
    assert [row["label"] for row in rows] == [row["label"] for row, _ in TRIALS]
    assert [float(row["knn_accuracy"]) for row in rows] == [accuracy for _, accuracy in TRIALS]
    assert json.loads(rows[4]["parameters"]) == {"scale": 20.0, "margin": 0.0}
    assert [float(row["learning_rate"]) for row in rows[2:5]] == [0.002, 0.004, 0.001]
    assert {row["map_knn_accuracy"] for row in rows} == {""}


def test_each_loss_has_a_line_its_own_settings_against_the_best_trials(run):
    _, (head, _, softmax, cosface) = run(TRIALS)
    found = [dict(zip(head, line, strict=True)) for line in (softmax, cosface)]
    assert [line["loss"] for line in found] == ["softmax", "cosface"]
    assert [line["own settings"] for line in found] == ["98.00 %", "90.00 %"]
    assert [line["best trial"] for line in found] == ["98.10 %", "99.00 %"]
    assert [line["lowest trial"] for line in found] == ["97.00 %", "90.00 %"]
    # of equal trials the first; only what differs from the row's own settings is named
    assert [line["with"] for line in found] == [
        "learning_rate 0.002",
        "learning_rate 0.001, margin 0.0",
    ]


def test_a_gain_is_clear_beyond_two_standard_errors_of_the_difference(run):
    _, (head, _, softmax, cosface) = run(TRIALS)
    gain, clear = head.index("gain"), head.index("clear")
    error = math.sqrt((0.98 * 0.02 + 0.981 * 0.019) / 4000)
    assert softmax[gain] == f"0.10 ± {100 * 2 * error:.2f}"
    assert (softmax[clear], cosface[clear]) == ("no", "yes")
    for accuracy, expected in ((0.9863, "yes"), (0.9855, "no")):  # 0.98 + 2 · 0.0029 = 0.9857
        _, (_, _, line) = run([trial(OF_SOFTMAX, 1, 0.98), trial(OF_SOFTMAX, 2, accuracy)])
        assert line[clear] == expected


def test_where_no_trial_is_better_the_rows_own_settings_are_the_best(run):
    _, (head, _, line) = run([trial(OF_SOFTMAX, 1, 0.98), trial(OF_SOFTMAX, 2, 0.98, dropout=0.1)])
    found = dict(zip(head, line, strict=True))
    assert found["with"] == "the same"
    assert found["gain"].startswith("0.00 ±")
    assert found["clear"] == "no"
