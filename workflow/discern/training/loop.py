"""A training from its first epoch to its last; an interruption does not change the result."""

from __future__ import annotations

import logging
import math
import time
from collections.abc import Iterable

import numpy as np

from discern.data.classes import members, numbered
from discern.distance import Distance
from discern.errors import DiscernError
from discern.losses.shared.base import Loss
from discern.training import batches
from discern.training.history import History
from discern.training.network import EmbeddingNetwork
from discern.training.progress import Progress
from discern.training.resume import Resume
from discern.training.schedule import Schedule, best_epoch
from discern.training.settings import BatchSettings, NetworkSettings
from discern.training.trainer import Data, Trainer, Validation

log = logging.getLogger("discern")


def of_classes(data: Data, classes: tuple[int, ...] | None) -> Data:
    """The samples of ``classes``, with labels counted from 0; all samples for None."""
    chosen = data.take(members(data.labels, classes))
    return Data(chosen.images, numbered(chosen.labels, classes))


def make_trainer(
    training: Data,
    validation: Data,
    *,
    loss: Loss,
    grouped: bool,
    distance: Distance,
    network: NetworkSettings,
    settings: BatchSettings,
    seed: int,
) -> Trainer:
    """The trainer of ``loss`` on the ``training`` images, evaluated on the ``validation`` images.

    Args:
        training: images and labels.
        validation: images and labels.
        loss: the loss, with its own weights.
        grouped: whether the loss needs several samples of each class in a batch.
        distance: the distance that the loss optimises.
        network: the network's settings.
        settings: how batches are drawn.
        seed: determines initial weights, batches and dropout.

    Raises:
        DiscernError: when the images or their classes do not fill a batch, or images are too small.
    """
    size, samples = settings.size, settings.samples
    fixed: Iterable[np.ndarray]
    if grouped:
        fixed = batches.create(
            "grouped", validation.labels, size, samples, seed, part="validation"
        ).epoch(0)
    else:  # each image once, so that the loss is the mean over all of them
        count = len(validation.labels)
        fixed = np.split(np.arange(count), range(size, count, size))
    return Trainer(
        network=EmbeddingNetwork(network, seed),
        loss=loss,
        training=training,
        validation=validation,
        sampler=batches.create(
            settings.sampler, training.labels, size, samples, seed, settings.steps_per_epoch
        ),
        validation_batches=fixed,
        distance=distance,
    )


def train(trainer: Trainer, schedule: Schedule, resume: Resume, name: str, batch: int) -> History:
    """Train until the ``schedule`` is over, from the state of an unfinished training if any.

    Args:
        trainer: with its initial weights.
        schedule: learning rate and end.
        resume: the state of an unfinished training; it is saved after each epoch.
        name: of the training, for log lines.
        batch: images per step.

    Raises:
        DiscernError: when a loss is not finite.
    """
    history = resume.load(trainer)
    weights = sum(int(np.prod(weight.shape)) for weight in trainer.trainable)
    images = f"{len(trainer.training.labels)} training and {len(trainer.validation.labels)}"
    continuing = f", continuing after epoch {len(history.rows)}" if history.rows else ""
    log.info(
        f"{name}  {images} validation images, {weights} weights, at most {schedule.epochs} "
        f"epochs{continuing}"
    )
    # The unfinished training may have run for more epochs than the schedule allows now.
    for done in range(len(history.rows)):
        if schedule.is_over(history.validation_losses[:done]):
            history = history.up_to(done)
            break
    progress = Progress(name, schedule.epochs, batch)
    while not schedule.is_over(history.validation_losses):
        _one_epoch(trainer, history, schedule, progress)
        resume.save(trainer, history)
    return history


def _one_epoch(trainer: Trainer, history: History, schedule: Schedule, progress: Progress) -> None:
    epoch = len(history.rows) + 1
    rate = schedule.learning_rate.after(history.validation_losses)
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
        "between_classes": validation.between_classes,
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
        f"{name}  epoch {epoch}: the training has collapsed: the validation loss is "
        f"{validation.loss:.4f}, that of equal embeddings {validation.equal_loss:.4f} (spread of "
        f"the embeddings: {validation.spread:.1g}); lower the learning rate or the margin, or "
        "start from another seed"
    )
