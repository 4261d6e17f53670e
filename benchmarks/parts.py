"""The time of each part of a training step.

Functions that contain more and more of the step (batch, then one layer after the other with its
backward pass, loss, optimiser, host loop) are timed in turn; a part's time is the difference from
the previous one. Validation is counted per training step. The images are random: the time of a step
does not depend on them.

    .venv/development/bin/python benchmarks/parts.py --loss softmax
"""

from __future__ import annotations

import argparse
import logging
import sys
import time
from collections.abc import Callable
from typing import TYPE_CHECKING

import numpy as np
from machine import description

if TYPE_CHECKING:
    import tensorflow as tf

    from discern.training.trainer import Trainer

CLASSES = 10
EMBEDDING_DIM = 128
THREADS = 2


class Whole:
    """A sampler that gives the same batches in every epoch."""

    def __init__(self, batches: np.ndarray) -> None:
        self.batches = batches
        self.steps, self.batch = batches.shape

    def epoch(self, epoch: int) -> np.ndarray:
        """Positions int64 (steps, B)."""
        return self.batches


def make_trainer(loss: str, batch: int, validation: int) -> Trainer:
    """A trainer on random images, five batches of them."""
    from discern import losses
    from discern.training.network import EmbeddingNetwork
    from discern.training.settings import NetworkSettings
    from discern.training.trainer import Data, Trainer

    random = np.random.default_rng(0)

    def data(count: int) -> Data:
        images = random.integers(0, 256, (count, 28, 28), np.uint8)
        return Data(images, np.arange(count) % CLASSES)

    return Trainer(
        network=EmbeddingNetwork(NetworkSettings(EMBEDDING_DIM, "linear", 0.25), seed=0),
        loss=losses.create(loss, classes=CLASSES, embedding_dim=EMBEDDING_DIM),
        training=data(5 * batch),
        validation=data(validation),
        sampler=Whole(random.permutation(5 * batch).reshape(5, batch)),
        validation_batches=random.permutation(validation).reshape(-1, batch),
        distance="euclidean",
    )


def growing(trainer: Trainer) -> dict[str, Callable[[], object]]:
    """A function for each part, by name, which runs one step up to the end of that part."""
    import tensorflow as tf

    network = trainer.network
    images, labels = tf.constant(trainer.training.images), tf.constant(trainer.training.labels)
    positions, step = tf.constant(trainer.sampler.epoch(1)[0]), tf.constant(0)
    layers: dict[str, Callable[[tf.Tensor], tf.Tensor]] = {
        **dict(zip(("convolution 1", "convolution 2", "max-pooling"), network.body, strict=True)),
        "dropout": lambda values: network.dropout(values, step=step),
        "embedding": lambda values: network.dense(network.flatten(values)),
    }

    def batch() -> tuple[tf.Tensor, tf.Tensor]:
        values = tf.cast(tf.gather(images, positions), tf.float32)[..., None] / 255.0
        return values, tf.gather(labels, positions)

    def up_to(count: int) -> Callable[[], object]:
        def run() -> object:
            values, _ = batch()
            with tf.GradientTape() as tape:
                for layer in list(layers.values())[:count]:
                    values = layer(values)
                # its gradient is dense, as a loss's is, not a constant that could be folded
                value = tf.reduce_sum(tf.square(values))
            variables = trainer.network.trainable_weights
            return value, [g for g in tape.gradient(value, variables) if g is not None]

        return tf.function(run, autograph=False)

    def with_loss() -> object:
        with tf.GradientTape() as tape:
            chosen = tf.gather(labels, positions)
            value = trainer.loss(
                network(tf.gather(images, positions), step=step), chosen, step=step
            )
        return value, tape.gradient(value, trainer.trainable)

    count = iter(range(10**9))
    return {
        "batch": tf.function(batch, autograph=False),
        **{name: up_to(index) for index, name in enumerate(layers, start=1)},
        "loss": tf.function(with_loss, autograph=False),
        "Nadam": lambda: trainer._steps(positions[None], tf.constant(next(count))),
        "host loop": lambda: trainer.run_epoch(1, 1e-8, lambda done, steps, loss: None),
    }


def measure(trainer: Trainer, rounds: int) -> dict[str, float]:
    """The median seconds per step of each part, and of ``validate`` as a whole."""
    steps = {"host loop": trainer.sampler.steps}
    functions: dict[str, Callable[[], object]] = {
        **growing(trainer),
        "validation": trainer.validate,
    }
    for run in functions.values():
        run()
        run()
    seconds: dict[str, list[float]] = {name: [] for name in functions}
    for turn in range(rounds):
        print(f"round {turn + 1}/{rounds}", file=sys.stderr, end="\r")
        for name, run in functions.items():
            start = time.perf_counter()
            run()
            seconds[name].append((time.perf_counter() - start) / steps.get(name, 1))
    print(file=sys.stderr)
    return {name: float(np.median(values)) for name, values in seconds.items()}


def main() -> int:
    """The command line; returns the exit status."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--loss", default="softmax", metavar="NAME", help="default softmax")
    parser.add_argument("--batch", type=int, default=400, help="images per step; default 400")
    parser.add_argument("--rounds", type=int, default=40, help="default 40")
    parser.add_argument("--images", type=int, default=54000, help="of an epoch; default 54000")
    parser.add_argument("--validation", type=int, default=6000, help="images; default 6000")
    arguments = parser.parse_args()
    print(description("tensorflow", "numpy"), flush=True)

    start_up: dict[str, float] = {}
    start = time.perf_counter()
    import tensorflow  # noqa: F401

    start_up["import TensorFlow"] = time.perf_counter() - start
    from discern.stages import train  # noqa: F401
    from discern.training.determinism import configure

    start_up["import the stage"] = time.perf_counter() - start - sum(start_up.values())
    # it mistakes the growing functions for one that is traced again and again
    logging.getLogger("tensorflow").setLevel(logging.ERROR)
    configure(THREADS)
    trainer = make_trainer(arguments.loss, arguments.batch, arguments.validation)
    start_up["build network, loss, optimiser"] = (
        time.perf_counter() - start - sum(start_up.values())
    )
    trainer.run_epoch(1, 1e-8, lambda done, steps, loss: None)
    trainer.validate()
    first = time.perf_counter() - start - sum(start_up.values())
    medians = measure(trainer, arguments.rounds)
    validation = medians.pop("validation")
    start_up["trace step and validation"] = first - 5 * medians["host loop"] - validation

    parts = dict(zip(medians, np.diff([0.0, *medians.values()]), strict=True))
    parts["validation"] = validation / (arguments.images // arguments.batch)
    total = sum(parts.values())
    print(f"\nA step of {arguments.batch} images with {arguments.loss}, forward and backward:\n")
    print("| part | ms | share |\n|---|---:|---:|")
    for name, seconds in [*parts.items(), ("all", total)]:
        print(f"| {name} | {1000 * seconds:.2f} | {seconds / total:.1%} |")
    print("\nOnce, before the first step:\n\n| part | s |\n|---|---:|")
    for name, seconds in start_up.items():
        print(f"| {name} | {seconds:.2f} |")
    return 0


if __name__ == "__main__":
    sys.exit(main())
