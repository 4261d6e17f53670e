"""The time left follows from what jobs cost and how many run at a time."""

from __future__ import annotations

import pytest

from configuration.shipped import SHIPPED
from discern.terminal.estimate import (
    Costs,
    Running,
    Slots,
    default_costs,
    duration,
    seconds_left,
    share_done,
)

PLANNED = {"train": 4, "tsne": 4, "select": 4}
COSTS = {"train": 90.0, "tsne": 9.0}
ONE_CORE = Slots(cores=1, threads=1)


def left(finished=None, running=(), slots=ONE_CORE, costs=None):
    return seconds_left(PLANNED, finished or {}, list(running), costs or Costs(COSTS), slots)


def test_on_one_core_all_jobs_are_summed_and_unknown_ones_take_a_second():
    assert left() == 4 * (90 + 9 + 1)
    assert left({"train": 1, "select": 1}) == 3 * (90 + 1) + 4 * 9


@pytest.mark.parametrize(
    ("slots", "seconds"),
    [
        (Slots(cores=2, threads=1), 400 / 2),
        (Slots(cores=2, threads=2), (400 + 360) / 2),  # a training occupies both
        (Slots(cores=1, threads=2), 400),  # Snakemake scales it down
        (Slots(cores=8, threads=2), (400 + 360) / 8),  # four trainings at a time
        (Slots(cores=8, threads=2, gpus=1), 360),  # one after the other
        (Slots(cores=8, threads=2, gpus=0), 360),
        (Slots(cores=40, threads=2, gpus=2), 180),
    ],
)
def test_jobs_share_the_cores_and_trainings_the_gpus(slots, seconds):
    assert left(slots=slots) == seconds


@pytest.mark.parametrize(
    ("job", "seconds"),
    [
        (Running("train", elapsed=30), 60),
        (Running("train", elapsed=120), 0),
        (Running("train", elapsed=30, left=20), 20),
        # a training knows at most what its last epoch would need
        (Running("train", elapsed=80, left=900), 90),
    ],
)
def test_a_running_job_counts_with_what_it_still_needs(job, seconds):
    costs = Costs({}, {"train": [90.0], "tsne": [9.0]})
    assert left(running=[job], costs=costs) == 3 * 90 + 4 * 9 + 4 + seconds


def test_finished_jobs_replace_the_defaults_and_running_ones_until_then():
    costs = Costs(COSTS)
    slow = [Running("train", elapsed=100, left=200), Running("train", elapsed=5)]
    assert costs.of("train") == 90
    assert costs.of("train", slow) == 300
    assert costs.of("tsne", slow) == 9
    costs.add("train", 20)
    costs.add("train", 40)
    assert costs.of("train", slow) == 30


def test_the_share_is_of_seconds_and_not_of_jobs():
    def share(finished, running=()):
        return share_done(PLANNED, finished, list(running), Costs(COSTS))

    assert share({}) == 0
    assert share({"tsne": 4, "select": 4}) == 40 / 400
    assert share({"train": 1}, [Running("train", 45)]) == pytest.approx(135 / 400)
    assert share({"train": 1}, [Running("train", 10**6)]) == 180 / 400
    assert share(PLANNED) == 1
    assert share_done({}, {}, [], Costs(COSTS)) == 1


def test_defaults_are_the_reference_runs_where_nothing_is_smaller():
    costs = default_costs(SHIPPED)
    assert costs["train"] == pytest.approx(100 * 54_000 / 3200, rel=0.01)
    assert costs["tsne"] == pytest.approx(96, rel=0.02)


def test_defaults_shrink_with_images_epochs_and_iterations():
    small = SHIPPED | {
        "split": {"train": 3200, "validation": 100, "test": 1000},
        "training": SHIPPED["training"] | {"epochs": 3},
        "tsne": SHIPPED["tsne"] | {"iterations": 500},
    }
    assert default_costs(small)["train"] == pytest.approx(6 + 3)
    assert default_costs(small)["tsne"] == pytest.approx(1 + 0.96)
    validated = small | {"evaluation": SHIPPED["evaluation"] | {"queries": "validation"}}
    assert default_costs(validated)["tsne"] == pytest.approx(1 + 0.096)
    steps = small | {"batches": SHIPPED["batches"] | {"size": 320, "steps_per_epoch": 20}}
    assert default_costs(steps)["train"] == pytest.approx(6 + 3 * 2)


@pytest.mark.parametrize(
    ("seconds", "text"),
    [(0.4, "0 s"), (119.4, "119 s"), (120, "2 min"), (7199, "120 min"), (9000, "2.5 h")],
)
def test_times_have_the_unit_that_a_reader_expects(seconds, text):
    assert duration(seconds) == text
