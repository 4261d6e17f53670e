"""A training says a line per epoch, and one every so often within a long epoch."""

from __future__ import annotations

from types import SimpleNamespace

import pytest

from discern.training import progress
from discern.training.progress import Progress


@pytest.fixture
def clock(monkeypatch):
    """The clock that the progress looks at."""
    clock = SimpleNamespace(now=1000.0)
    monkeypatch.setattr(progress, "time", SimpleNamespace(monotonic=lambda: clock.now))
    return clock


def test_a_long_epoch_says_every_so_often_how_fast_it_goes(clock, said):
    progress = Progress("cosface (seed 0)", epochs=100, batch=400, interval=20.0)
    clock.now += 500  # before the epoch; it does not count
    progress.start(3)
    for done in range(1, 136):
        clock.now += 0.5
        progress.step(done, 135, 1 / done)
    assert said == [
        "cosface (seed 0)  epoch 3/100  step 40/135  loss 0.0250  800 images/s",
        "cosface (seed 0)  epoch 3/100  step 80/135  loss 0.0125  800 images/s",
        "cosface (seed 0)  epoch 3/100  step 120/135  loss 0.0083  800 images/s",
    ]


def test_an_epoch_of_less_than_twenty_seconds_says_nothing_before_its_end(clock, said):
    progress = Progress("softmax (seed 1)", epochs=4, batch=20)
    progress.start(1)
    for done in range(1, 11):
        clock.now += 1.9
        progress.step(done, 10, 0.5)
    assert said == []
    clock.now += 1.9
    progress.step(11, 10, 0.5)
    assert len(said) == 1


@pytest.mark.parametrize(
    ("seconds", "best", "marked", "left"),
    [
        (30.0, True, " (best)", "48 min"),
        (1.24, False, "", "119 s"),
        (1.25, False, "", "2 min"),
        (0.01, True, " (best)", "1 s"),
    ],
)
def test_the_end_of_an_epoch_says_the_losses_the_speed_and_the_time_left(
    said, seconds, best, marked, left
):
    progress = Progress("cosface (seed 0)", epochs=100, batch=400)
    progress.start(4)
    row = {"loss": 0.51, "validation_loss": 0.25, "learning_rate": 0.001, "seconds": seconds}
    progress.end(row, steps_per_second=4.5, best=best)
    assert said == [
        f"cosface (seed 0)  epoch 4/100  loss 0.5100  validation loss 0.2500{marked}  "
        f"learning rate 0.001  1800 images/s  at most {left} left"
    ]
