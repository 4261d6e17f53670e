"""How much of a run's work is done, and the time left, from the costs of its jobs."""

from __future__ import annotations

import statistics
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

# Seconds of jobs of a run of config.yaml on two cores. Others take little more than the start of
# their stage.
_REFERENCE = {"download": 11.0, "embed": 10.0, "tsne": 96.0, "measure": 18.0, "significance": 3.0}
_OTHERS = 1.0
# Images per second of a training in that run, and the seconds that its start takes.
_IMAGES_PER_SECOND = 3200.0
_START_OF_TRAINING = 6.0
# What these times are for.
_TRAINING_IMAGES = 60_000
_QUERIES = 10_000
_ITERATIONS = 5000


def default_costs(config: Mapping[str, Any]) -> dict[str, float]:
    """The seconds that a job of each costly rule takes on two cores, before any was measured.

    The number of images is MNIST's where the configuration states none. A training is assumed to
    run for all of its epochs.
    """
    split, batches = config["split"], config["batches"]
    images = split["train"] or _TRAINING_IMAGES - split["validation"]
    if steps := batches["steps_per_epoch"]:
        images = steps * batches["size"]
    is_validated = config["evaluation"]["queries"] == "validation"
    queries = split["validation"] if is_validated else split["test"] or _QUERIES
    iterations = config["tsne"]["iterations"] / _ITERATIONS
    return _REFERENCE | {
        "train": _START_OF_TRAINING + config["training"]["epochs"] * images / _IMAGES_PER_SECOND,
        "tsne": _OTHERS + _REFERENCE["tsne"] * iterations * queries / _QUERIES,
    }


@dataclass(frozen=True)
class Running:
    """A job that runs.

    Attributes:
        rule: its rule.
        elapsed: seconds since it began.
        left: seconds that it needs at most by its own messages; None if it does not say.
    """

    rule: str
    elapsed: float
    left: float | None = None


@dataclass(frozen=True)
class Slots:
    """How many jobs run at a time.

    Attributes:
        cores: the cores of all jobs together.
        threads: those of a training; other jobs are counted with one.
        gpus: the limit of trainings at a time; None without one.
    """

    cores: int
    threads: int
    gpus: int | None = None

    @property
    def trainings(self) -> int:
        """How many trainings run at a time."""
        by_cores = max(1, self.cores // self.threads)
        return by_cores if self.gpus is None else max(1, min(by_cores, self.gpus))


@dataclass
class Costs:
    """What a job of each rule costs, in seconds.

    Attributes:
        defaults: by rule, before any job was measured; other rules take a second.
        measured: the seconds of finished jobs, by rule.
    """

    defaults: Mapping[str, float]
    measured: dict[str, list[float]] = field(default_factory=dict)

    def add(self, rule: str, seconds: float) -> None:
        """Count a finished job."""
        self.measured.setdefault(rule, []).append(seconds)

    def of(self, rule: str, running: Iterable[Running] = ()) -> float:
        """The mean of finished jobs, or else of what ``running`` ones expect, or the default."""
        expected = [
            job.elapsed + job.left for job in running if job.rule == rule and job.left is not None
        ]
        known = self.measured.get(rule) or expected
        return statistics.fmean(known) if known else self.defaults.get(rule, _OTHERS)


def share_done(
    planned: Mapping[str, int], finished: Mapping[str, int], running: list[Running], costs: Costs
) -> float:
    """The fraction of the work that is done, from 0 to 1: of seconds, not of jobs.

    Args:
        planned: the number of jobs of each rule, finished and running ones included.
        finished: the number of finished jobs of each rule.
        running: the running jobs.
        costs: what a job of each rule costs.
    """
    cost = {rule: costs.of(rule, running) for rule in planned}
    total = sum(count * cost[rule] for rule, count in planned.items())
    done = sum(count * cost[rule] for rule, count in finished.items())
    done += sum(cost[job.rule] - _left(job, cost) for job in running)
    return done / total if total else 1.0


def seconds_left(
    planned: Mapping[str, int],
    finished: Mapping[str, int],
    running: list[Running],
    costs: Costs,
    slots: Slots,
) -> float:
    """The time until all jobs are done, in seconds, if no core waits for another job's result.

    All jobs share the cores, and trainings the GPUs: it is the longer one of the two times. The
    arguments are those of :func:`share_done`.
    """
    cost = {rule: costs.of(rule, running) for rule in planned}
    left = {
        rule: (count - finished.get(rule, 0) - sum(job.rule == rule for job in running))
        * cost[rule]
        for rule, count in planned.items()
    }
    for job in running:
        left[job.rule] += _left(job, cost)
    trainings = left.get("train", 0.0)
    threads = min(slots.threads, slots.cores)
    work = sum(left.values()) + (threads - 1) * trainings
    return max(work / slots.cores, trainings / slots.trainings)


def _left(job: Running, cost: Mapping[str, float]) -> float:
    """The seconds that ``job`` still needs; a job that knows itself is believed up to the mean."""
    expected = max(0.0, cost[job.rule] - job.elapsed)
    return expected if job.left is None else min(job.left, cost[job.rule])


def duration(seconds: float) -> str:
    """A time for readers: seconds up to two minutes, minutes up to two hours, then hours."""
    if seconds < 120:
        return f"{seconds:.0f} s"
    if seconds < 7200:
        return f"{seconds / 60:.0f} min"
    return f"{seconds / 3600:.1f} h"
