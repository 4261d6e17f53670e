"""The time of a whole training step with every loss, relative to one with softmax.

Each loss has a Trainer of its own, all in one process. A step (batch, network forward and backward,
loss, Nadam, host loop) of a loss is timed between two steps with softmax. Its ratio is relative to
the mean of these two. Softmax itself is measured in the same way, which shows the noise. The images
are random: the time of a step does not depend on them.

    .venv/development/bin/python benchmarks/steps.py --rounds 50
"""

from __future__ import annotations

import argparse
import logging
import random
import sys
import time
from dataclasses import dataclass

import numpy as np
from machine import description

from discern import losses
from discern.losses.shared.catalogue import descriptions
from discern.training.batches import GroupedSampler
from discern.training.determinism import configure
from discern.training.network import EmbeddingNetwork
from discern.training.settings import NetworkSettings
from discern.training.trainer import Data, Trainer

CLASSES = 10
EMBEDDING_DIM = 128
THREADS = 2
# The highest allowed time of a step with a loss of the experiment, in steps with softmax.
TARGET = 1.15
IMAGES = 4000


@dataclass
class OneStep:
    """A sampler with a single batch per epoch, so that an epoch of the trainer is one step."""

    batches: np.ndarray
    steps: int = 1

    @property
    def batch(self) -> int:
        """Samples in a batch."""
        return self.batches.shape[1]

    def epoch(self, epoch: int) -> np.ndarray:
        """Positions int64 (1, B)."""
        return self.batches[epoch % len(self.batches)][None]


class Stepper:
    """Runs training steps with one loss."""

    def __init__(self, name: str, data: Data, size: int) -> None:
        self.name = name
        self.steps = 0
        batches = GroupedSampler(data.labels, CLASSES, size // CLASSES, seed=0).epoch(1)
        self.trainer = Trainer(
            network=EmbeddingNetwork(NetworkSettings(EMBEDDING_DIM, "linear", 0.25), seed=0),
            loss=losses.create(name, classes=CLASSES, embedding_dim=EMBEDDING_DIM),
            training=data,
            validation=data,
            sampler=OneStep(batches),
            validation_batches=batches,
            distance="euclidean",
        )

    def seconds(self) -> float:
        """One step, and its time."""
        self.steps += 1
        start = time.perf_counter()
        # a rate so low that nothing changes: every step has to do the same work
        self.trainer.run_epoch(self.steps, 1e-8, lambda done, steps, loss: None)
        return time.perf_counter() - start


def measure(names: list[str], size: int, rounds: int) -> dict[str, np.ndarray]:
    """For each loss the seconds (rounds, 3) of softmax before, the loss, softmax after."""
    numbers = np.random.default_rng(0)
    labels = np.arange(max(IMAGES, 2 * size)) % CLASSES
    images = numbers.integers(0, 256, (len(labels), 28, 28), np.uint8)
    data = Data(images, labels)
    softmax = Stepper("softmax", data, size)
    steppers = [Stepper(name, data, size) for name in names]
    for stepper in (softmax, *steppers):
        for _ in range(3):  # tracing, then the allocator's growth
            stepper.seconds()
    seconds: dict[str, list[list[float]]] = {name: [] for name in names}
    order = random.Random(0)  # noqa: S311
    for turn in range(rounds):
        print(f"round {turn + 1}/{rounds}", file=sys.stderr, end="\r")
        order.shuffle(steppers)
        before = softmax.seconds()
        for stepper in steppers:
            between = stepper.seconds()
            after = softmax.seconds()
            seconds[stepper.name].append([before, between, after])
            before = after
    print(file=sys.stderr)
    return {name: np.array(values) for name, values in seconds.items()}


def table(seconds: dict[str, np.ndarray]) -> str:
    """The Markdown table, the dearest loss last."""
    lines = [
        f"| loss | step, median | times the softmax step | quartiles | at most {TARGET} |",
        "|---|---:|---:|---:|---|",
    ]
    rows = []
    for name, values in seconds.items():
        ratios = values[:, 1] / values[:, [0, 2]].mean(axis=1)
        rows.append((float(np.median(ratios)), name, ratios, float(np.median(values[:, 1]))))
    for ratio, name, ratios, median in sorted(rows, key=lambda row: row[0]):
        low, high = np.percentile(ratios, [25, 75])
        verdict = "yes" if ratio <= TARGET else "**no**"
        quartiles = f"{low:.3f} – {high:.3f}"
        lines.append(f"| {name} | {1000 * median:.1f} ms | {ratio:.3f} | {quartiles} | {verdict} |")
    return "\n".join(lines)


def main() -> int:
    """The command line; returns the exit status."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    trained = [name for name, record in descriptions().items() if record.trained]
    parser.add_argument("--losses", nargs="+", choices=trained, default=trained, metavar="NAME")
    parser.add_argument("--batch", type=int, default=400, help="images per step; default 400")
    parser.add_argument("--rounds", type=int, default=100, help="steps of each loss; default 100")
    arguments = parser.parse_args()
    # it mistakes the trainers' functions, one for each loss, for one that is traced again and again
    logging.getLogger("tensorflow").setLevel(logging.ERROR)
    configure(THREADS)
    print(description("tensorflow", "numpy"), flush=True)
    seconds = measure(arguments.losses, arguments.batch, arguments.rounds)
    print(f"\nA training step at B = {arguments.batch}, {arguments.rounds} of each loss:\n")
    print(table(seconds))
    return 0


if __name__ == "__main__":
    sys.exit(main())
