"""A few steps of training with each loss: the digest of every bit of the result, and the speed.

Prints a line of JSON with the device, then one for each loss. check_gpu.py runs it twice and
compares the digests. The trainer is the train stage's own; the images are random.
"""

from __future__ import annotations

import argparse
import hashlib
import json
import logging
import sys
import time

import numpy as np

from discern import losses
from discern.errors import DiscernError
from discern.gpu.errors import explain
from discern.losses.shared.catalogue import descriptions
from discern.training.determinism import configure
from discern.training.loop import make_trainer
from discern.training.settings import BatchSettings, NetworkSettings
from discern.training.trainer import Data, Trainer

CLASSES = 10
BATCH = 400
THREADS = 2
EPOCHS = 3  # the first one traces and compiles; it does not count for the speed


def random_data(count: int, seed: int) -> Data:
    """Random images that resemble those of the same class, so that there is something to learn."""
    random = np.random.default_rng(seed)
    centres = np.random.default_rng(0).integers(0, 128, (CLASSES, 28, 28), np.uint8)
    labels = np.arange(count) % CLASSES
    images = random.integers(0, 128, (count, 28, 28), np.uint8) + centres[labels]
    return Data(images, labels.astype(np.uint8))


def make(name: str, training: Data, validation: Data, steps: int) -> Trainer:
    """The trainer of a loss with its default parameters."""
    description = descriptions()[name]
    return make_trainer(
        training,
        validation,
        loss=losses.create(name, classes=CLASSES, embedding_dim=128),
        grouped=description.grouped,
        distance=description.distance,
        network=NetworkSettings(128, "linear", dropout=0.25),
        settings=BatchSettings("grouped", BATCH, BATCH // CLASSES, steps_per_epoch=steps),
        seed=0,
    )


def result(trainer: Trainer) -> dict[str, object]:
    """Train and validate: the digest, the milliseconds of a step and the last loss."""
    start = time.perf_counter()
    values = [trainer.run_epoch(1, 0.001, lambda *report: None)]
    first = time.perf_counter() - start
    seconds = []
    for epoch in range(2, EPOCHS + 1):
        start = time.perf_counter()
        values.append(trainer.run_epoch(epoch, 0.001, lambda *report: None))
        seconds.append(time.perf_counter() - start)
    validation = trainer.validate()
    digest = hashlib.sha256(repr((values, validation)).encode())
    for weight in [*trainer.weights, *trainer.optimizer.weights]:
        digest.update(weight.numpy().tobytes())
    return {
        "digest": digest.hexdigest(),
        "ms": 1000 * float(np.median(seconds)) / trainer.sampler.steps,
        "first_seconds": first,
        "loss": values[-1],
    }


def main() -> int:
    """The command line; returns the exit status."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--accelerator", choices=["cpu", "gpu"], required=True)
    parser.add_argument("--losses", nargs="+", required=True)
    parser.add_argument("--images", type=int, required=True)
    parser.add_argument("--steps", type=int, required=True, help="of an epoch; there are three")
    parser.add_argument("--tensor-float-32", action="store_true")
    arguments = parser.parse_args()
    logging.getLogger("tensorflow").setLevel(logging.ERROR)  # of tracing again for each loss
    try:
        device = configure(
            THREADS, arguments.accelerator, tensor_float_32=arguments.tensor_float_32
        )
    except DiscernError as error:
        print(error, file=sys.stderr)
        return 1
    print(json.dumps({"device": device}), flush=True)
    training, validation = random_data(arguments.images, seed=1), random_data(2000, seed=2)
    for name in arguments.losses:
        try:
            found = result(make(name, training, validation, arguments.steps))
        except Exception as error:
            found = {"error": str(explain(error) or error)}
        print(json.dumps({"name": name, **found}), flush=True)
    return 0


if __name__ == "__main__":
    sys.exit(main())
