"""Training one network with one loss: the step, the epoch and the validation."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field

import numpy as np
import tensorflow as tf

from discern.distance import Distance
from discern.errors import DiscernError
from discern.losses.shared.base import Loss
from discern.training.batches import Sampler
from discern.training.network import EmbeddingNetwork, build
from discern.training.scale import between_classes

# The fixed cost of a call of TensorFlow matters on a GPU, where a step is short.
STEPS_PER_CALL = 20
# Below this relative spread all embeddings are equal within the precision of float32.
_COLLAPSED_SPREAD = 1e-5
# A loss within this relative difference of the loss of equal embeddings has learnt nothing.
_STUCK = 1e-3


@dataclass(frozen=True)
class Data:
    """Images uint8 (N, height, width) or (N, height, width, C) and their labels (N,)."""

    images: np.ndarray
    labels: np.ndarray

    def take(self, indices: np.ndarray) -> Data:
        """The samples at ``indices``."""
        return Data(self.images[indices], self.labels[indices])


@dataclass
class Validation:
    """The result of an epoch on the validation images.

    Attributes:
        loss: the mean loss.
        spread: variance of the embeddings over their mean squared norm; 0 if all are equal.
        equal_loss: the loss of equal embeddings; for triplets, the margin.
        between_classes: mean squared distance between embeddings of different classes.
    """

    loss: float
    spread: float
    equal_loss: float
    between_classes: float

    @property
    def collapsed(self) -> bool:
        """Whether the embeddings are all equal, or their loss is that of equal embeddings."""
        # If equal embeddings have a loss of 0, as with a margin of 0, the loss says nothing.
        stuck = 0 < self.equal_loss >= abs(self.loss - self.equal_loss) / _STUCK
        return self.spread < _COLLAPSED_SPREAD or stuck


@dataclass
class Trainer:
    """A network and a loss with their optimiser, on fixed training and validation images.

    Args:
        network: the embedding network.
        loss: the loss to minimise.
        training: the training images.
        validation: the validation images.
        sampler: gives the training batches.
        validation_batches: positions (steps, B) into ``validation``, the same in every epoch.
        distance: the distance that the loss optimises, in which the embeddings' scale is measured.
    """

    network: EmbeddingNetwork
    loss: Loss
    training: Data
    validation: Data
    sampler: Sampler
    validation_batches: Iterable[np.ndarray]
    distance: Distance
    weights: list[tf.Variable] = field(init=False)
    optimizer: tf.keras.optimizers.legacy.Optimizer = field(init=False)

    def __post_init__(self) -> None:
        self.weights = build(self.network, self.loss, self.training.images.shape[1:])
        # Keras' newer Nadam keeps its momentum product and its step counter outside its variables,
        # so that no checkpoint saves them. In a graph it multiplies the product once per weight
        # instead of once per step. The older Nadam has neither fault.
        self.optimizer = tf.keras.optimizers.legacy.Nadam()
        self.trainable = self.network.trainable_weights + self.loss.trainable_weights
        # So that a saved state can be restored before the first step.
        self.optimizer._create_all_weights(self.trainable)
        # A GPU can't gather bytes: with the images there, each step would copy all of them back.
        # int64, because TensorFlow keeps int32 in the host's memory.
        with tf.device("CPU:0"):
            self._images = tf.constant(self.training.images)
            self._labels = tf.constant(self.training.labels.astype(np.int64))
        # With a batch of unknown size, TensorFlow would sum in another order.
        positions = tf.TensorSpec((None, self.sampler.batch), tf.int64)
        self._steps = tf.function(
            self._train_steps, input_signature=[positions, tf.TensorSpec((), tf.int32)]
        )
        self._embed = tf.function(self.network, reduce_retracing=True)
        self._evaluate = tf.function(self.loss, reduce_retracing=True)

    def _train_steps(self, positions: tf.Tensor, first: tf.Tensor) -> tf.Tensor:
        """Train on batches at ``positions`` (steps, B) from step ``first``; losses (steps,)."""
        steps = tf.shape(positions)[0]
        values = tf.TensorArray(tf.float32, size=steps)
        for i in tf.range(steps):
            tf.autograph.experimental.set_loop_options(parallel_iterations=1)
            with tf.device("CPU:0"):
                images = tf.gather(self._images, positions[i])
                labels = tf.gather(self._labels, positions[i])
            values = values.write(i, self._train_step(images, labels, first + i))
        return values.stack()

    def _train_step(self, images: tf.Tensor, labels: tf.Tensor, step: tf.Tensor) -> tf.Tensor:
        with tf.GradientTape() as tape:
            embeddings = self.network(images, step=step)
            value = self.loss(embeddings, labels, step=step)
        gradients = tape.gradient(value, self.trainable)
        self.optimizer.apply_gradients(zip(gradients, self.trainable, strict=True))
        self.loss.after_step(embeddings, labels)
        return value

    def run_epoch(
        self, epoch: int, learning_rate: float, report: Callable[[int, int, float], None]
    ) -> float:
        """Train for one epoch, counted from 1, and return the mean loss of its batches.

        ``report`` is called after every few steps with the steps done, the epoch's steps and the
        last loss.

        Raises:
            DiscernError: a few steps after a batch's loss is not finite.
        """
        self.optimizer.learning_rate.assign(learning_rate)
        batches = self.sampler.epoch(epoch)
        first = (epoch - 1) * len(batches)
        total = 0.0
        for start in range(0, len(batches), STEPS_PER_CALL):
            # A GPU would send them back to the host in every step, where images are gathered.
            with tf.device("CPU:0"):
                chunk = tf.constant(batches[start : start + STEPS_PER_CALL])
            values = self._steps(chunk, tf.constant(first + start)).numpy().tolist()
            for done, value in enumerate(values, start=start + 1):
                if not math.isfinite(value):
                    raise DiscernError(
                        f"the loss became {value} in epoch {epoch}, batch {done}; lower the "
                        "learning rate or the loss's scale, or start from another seed"
                    )
                total += value
            report(done, len(batches), value)
        return total / len(batches)

    def validate(self) -> Validation:
        """Loss, weighted by batch size, and embeddings' spread and scale on validation images."""
        total, batches = 0.0, []
        labels = self.validation.labels.astype(np.int64)
        for positions in self.validation_batches:
            embeddings = self._embed(self.validation.images[positions])
            total += float(self._evaluate(embeddings, labels[positions])) * len(positions)
            batches.append((positions, embeddings.numpy()))
        equal = tf.repeat(embeddings[:1], len(positions), axis=0)
        used, values = (np.concatenate(parts) for parts in zip(*batches, strict=True))
        return Validation(
            loss=total / len(used),
            spread=_spread(values.astype(np.float64)),
            equal_loss=float(self._evaluate(equal, labels[positions])),
            between_classes=between_classes(values, labels[used], self.distance),
        )


def _spread(embeddings: np.ndarray) -> float:
    """Variance of the embeddings over their mean squared norm; 0 if they are all equal."""
    squares = np.mean(np.sum(embeddings**2, axis=1))
    return 1.0 - float(np.sum(embeddings.mean(axis=0) ** 2) / squares) if squares else 0.0
