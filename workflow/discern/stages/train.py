"""Train the network with one loss, keeping a checkpoint of each epoch that was the best so far.

The training can be killed at any moment: started again with the same options it continues after
the last whole epoch, and ends with the same weights as if it had never been interrupted.
"""

from __future__ import annotations

import argparse
import hashlib
import json
import logging
import math
import sys
import time
from collections.abc import Iterable, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any, Literal

import numpy as np
import tensorflow as tf

from discern import losses, sampler
from discern.classes import members, numbered
from discern.errors import DiscernError
from discern.files import read_arrays, write_text
from discern.fingerprint import code_fingerprint
from discern.history import History
from discern.idx import read_pair
from discern.losses.catalogue import records
from discern.network import EmbeddingNetwork, NetworkSettings
from discern.resume import Resume, claimed
from discern.schedule import LearningRate, best_epoch, is_over
from discern.stage import StageParser, optional, run_stage, settings
from discern.tensors import configure
from discern.training import Data, Progress, Trainer, Validation

log = logging.getLogger("discern")


@dataclass(frozen=True)
class BatchSettings:
    """How mini-batches are drawn: ``size`` images, ``samples`` of each class if grouped."""

    sampler: Literal["grouped", "shuffled"]
    size: int
    samples: int


def train(arguments: argparse.Namespace) -> dict[str, Any]:
    """Train until the schedule is over and write history and checkpoints."""
    configure(arguments.threads)
    trainer = _trainer(arguments)
    with claimed(arguments.resume.parent):
        return _train(arguments, trainer)


def _train(arguments: argparse.Namespace, trainer: Trainer) -> dict[str, Any]:
    name = f"{arguments.loss} (seed {arguments.seed})"
    resume = Resume(arguments.resume, _fingerprint(arguments))
    history = resume.load(trainer)
    log.info(
        "%s  %d training and %d validation images, %d weights, at most %d epochs%s",
        *(name, len(trainer.training.labels), len(trainer.validation.labels)),
        *(sum(int(tf.size(w)) for w in trainer.trainable), arguments.epochs),
        f", continuing after epoch {len(history.rows)}" if history.rows else "",
    )
    progress = Progress(name, arguments.epochs, arguments.batches.size)
    # What was stopped may have gone on for longer than is asked for now.
    for done in range(len(history.rows)):
        if is_over(history.validation_losses[:done], arguments.epochs, arguments.patience):
            history = history.up_to(done)
            break
    while not is_over(history.validation_losses, arguments.epochs, arguments.patience):
        _one_epoch(trainer, history, arguments.learning_rate, progress)
        resume.save(trainer, history)

    best = best_epoch(history.validation_losses)
    resume.publish(history, arguments.checkpoints)
    write_text(arguments.history, history.as_csv())
    log.info(
        "%s  done after %d epochs; lowest validation loss %.4f in epoch %d",
        *(name, len(history.rows), history.validation_losses[best - 1], best),
    )
    return {
        "device": (tf.config.list_logical_devices("GPU") or tf.config.list_logical_devices())[
            0
        ].name,
        "epochs": len(history.rows),
        "best_epoch": best,
        "collapsed_epochs": history.collapsed,
    }


def _one_epoch(
    trainer: Trainer, history: History, learning_rate: LearningRate, progress: Progress
) -> None:
    epoch = len(history.rows) + 1
    rate = learning_rate.after(history.validation_losses)
    progress.start(epoch)
    start = time.monotonic()
    loss = trainer.run_epoch(epoch, rate, progress.step)
    train_seconds = time.monotonic() - start
    validation = trainer.validate()
    if not math.isfinite(validation.loss):
        raise DiscernError(
            f"the validation loss became {validation.loss} in epoch {epoch}; lower the learning "
            "rate or the loss's scale, or start from another seed"
        )
    row = {
        "epoch": epoch,
        "loss": loss,
        "validation_loss": validation.loss,
        "learning_rate": rate,
        "seconds": round(time.monotonic() - start, 3),
    }
    history.rows.append(row)
    _warn_of_collapse(history, validation, progress.name)
    is_best = best_epoch(history.validation_losses) == epoch
    progress.end(row, trainer.sampler.steps / train_seconds, is_best)


def _warn_of_collapse(history: History, validation: Validation, name: str) -> None:
    if not validation.collapsed:
        return
    epoch = len(history.rows)
    history.collapsed.append(epoch)
    log.warning(
        "%s  epoch %d: the training has collapsed: the validation loss is %.4f, equal embeddings "
        "have %.4f (spread of the embeddings: %.1g); lower the learning rate or the margin, or "
        "start from another seed",
        *(name, epoch, validation.loss, validation.equal_loss, validation.spread),
    )


def _trainer(arguments: argparse.Namespace) -> Trainer:
    images, labels = read_pair(arguments.images, arguments.labels)
    split = read_arrays(arguments.split, "train", "validation")
    everything = Data(images, labels)
    training, validation = (
        _of_classes(everything.take(split[part]), arguments.classes)
        for part in ("train", "validation")
    )
    loss = losses.create(
        arguments.loss,
        classes=len(arguments.classes or range(int(labels.max()) + 1)),
        embedding_dim=arguments.network.embedding_dim,
        seed=arguments.seed,
        **arguments.parameters,
    )
    batches = arguments.batches
    grouped = records()[arguments.loss].grouped
    if grouped and batches.sampler != "grouped":
        raise DiscernError(
            f"{arguments.loss} needs several samples of each class in a batch; set "
            "batches.sampler to grouped"
        )
    shape = batches.size, batches.samples
    fixed: Iterable[np.ndarray]
    if grouped:
        fixed = sampler.create("grouped", validation.labels, *shape, arguments.seed).epoch(0)
    else:  # each image once, so that the loss is the mean over all of them
        count = len(validation.labels)
        fixed = np.split(np.arange(count), range(batches.size, count, batches.size))
    return Trainer(
        network=EmbeddingNetwork(arguments.network, arguments.seed),
        loss=loss,
        training=training,
        validation=validation,
        sampler=sampler.create(batches.sampler, training.labels, *shape, arguments.seed),
        validation_batches=fixed,
    )


def _of_classes(data: Data, classes: Sequence[int] | None) -> Data:
    """The samples of ``classes``, which are counted from 0; all for None."""
    chosen = data.take(members(data.labels, classes))
    return Data(chosen.images, numbered(chosen.labels, classes))


def _fingerprint(arguments: argparse.Namespace) -> str:
    """Of everything that decides the trained weights."""
    digest = hashlib.sha256()
    for path in (arguments.images, arguments.labels, arguments.split):
        digest.update(path.read_bytes())
    decisive = {
        "loss": arguments.loss,
        "parameters": arguments.parameters,
        "seed": arguments.seed,
        "classes": arguments.classes,
        "batches": asdict(arguments.batches),
        "network": asdict(arguments.network),
        "learning_rate": asdict(arguments.learning_rate),
        "threads": arguments.threads,
        "code": code_fingerprint("discern.stages.train", f"discern.losses.{arguments.loss}"),
        "tensorflow": tf.__version__,
    }
    digest.update(json.dumps(decisive, sort_keys=True).encode())
    return digest.hexdigest()


def main(argv: Sequence[str] | None = None) -> int:
    """The command line; returns the exit status."""
    parser = StageParser("train", __doc__)
    parser.input("--images", help="training images, IDX")
    parser.input("--labels", help="their labels, IDX")
    parser.input("--split", help="which of them train and which validate, npz")
    parser.output("--history", help="CSV: a row per epoch")
    parser.output("--checkpoints", help="folder: the weights after each best epoch so far, npz")
    parser.add_argument(
        "--resume",
        type=Path,
        required=True,
        help="folder for the state, which outlives the training: the stage select removes it",
    )
    parser.parameter("--loss", help="the loss's name, such as cosface")
    parser.parameter("--parameters", type=json.loads, default={}, help="its parameters, JSON")
    parser.parameter("--seed", type=int, help="decides initial weights, batches and dropout")
    parser.parameter(
        "--classes",
        type=json.loads,
        default=None,
        help="JSON: the classes that are trained, the others being left out; null: all",
    )
    parser.parameter("--batches", type=settings(BatchSettings), help="JSON: sampler, size, samples")
    parser.parameter(
        "--network",
        type=settings(NetworkSettings),
        help="JSON: embedding_dim, embedding_activation, dropout",
    )
    parser.parameter(
        "--learning-rate",
        type=settings(LearningRate),
        help="JSON: initial, factor, patience, minimum",
    )
    parser.parameter("--epochs", type=int, help="the most epochs")
    parser.parameter(
        "--patience",
        type=optional(int),
        default=None,
        help="epochs without a lower validation loss before the end; none: never",
    )
    parser.parameter(
        "--threads", type=int, help="TensorFlow's threads; they decide the last digits"
    )
    return run_stage(
        parser, train, argv, modules=lambda arguments: [f"discern.losses.{arguments.loss}"]
    )


if __name__ == "__main__":
    sys.exit(main())
