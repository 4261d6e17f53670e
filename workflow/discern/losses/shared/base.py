"""The Keras layer that all losses derive from, and operations that several losses share."""

from __future__ import annotations

from typing import Any

import tensorflow as tf

from discern.randomness import Dropout, stream

# The square of the smallest norm that is divided by, so that gradients stay finite.
EPSILON = 1e-12


class Loss(tf.keras.layers.Layer):
    """A loss over a mini-batch of embeddings, with weights of its own if it trains any.

    Subclasses implement ``call(embeddings, labels, step=None)``: embeddings float32 (B, D), labels
    integer (B,), the result the mean loss, a float32 scalar. In training, ``step`` counts the
    optimiser's steps from 0. None means evaluation: without dropout, and with scheduled values at
    their final value.

    Args:
        classes: the number of classes C.
        embedding_dim: the embeddings' width D.
        seed: determines initial weights and dropout.
    """

    def __init__(self, classes: int, embedding_dim: int, seed: int) -> None:
        super().__init__(name="loss", dtype=tf.float32)
        self.classes = classes
        self.embedding_dim = embedding_dim
        self.seed = seed

    def __call__(self, embeddings: Any, labels: Any, step: Any = None) -> tf.Tensor:
        """The mean loss of everything that converts to a tensor, a ``tf.Variable`` too."""
        return super().__call__(_tensor(embeddings), _tensor(labels), step=step)

    def logits(self, embeddings: tf.Tensor) -> tf.Tensor:
        """The classifier's scores (B, C); the predicted class has the largest."""
        raise TypeError(f"{type(self).__module__} trains no classifier")

    @property
    def class_weights(self) -> tf.Tensor | tf.Variable:
        """The classifier's weights (D, C), one direction for each class."""
        raise TypeError(f"{type(self).__module__} trains no classifier")

    def after_step(self, embeddings: tf.Tensor, labels: tf.Tensor) -> None:
        """Update weights that follow a rule instead of a gradient, such as running means.

        It is called once after each of the optimiser's steps with that step's embeddings and
        labels. Such weights are added with ``trainable=False``; ``call`` does not change them.
        """
        # AutoGraph warns in every training when a function has no body.
        del embeddings, labels

    def _classifier_dropout(self, rate: float) -> Dropout:
        return Dropout(rate, stream(self.seed, "classifier"))

    def _add_class_weights(self, name: str = "class_weights") -> tf.Variable:
        return self.add_weight(
            name,
            shape=(self.embedding_dim, self.classes),
            initializer=tf.keras.initializers.GlorotUniform(stream(self.seed, name)),
        )


def _tensor(values: Any) -> tf.Tensor:
    is_tensor = tf.is_tensor(values) and not isinstance(values, tf.Variable)
    return values if is_tensor else tf.convert_to_tensor(values)


def cross_entropy(logits: tf.Tensor, labels: tf.Tensor) -> tf.Tensor:
    """Mean categorical cross-entropy of softmax(``logits``), logits (B, C), labels (B,)."""
    per_sample = tf.nn.sparse_softmax_cross_entropy_with_logits(
        labels=tf.cast(labels, tf.int64), logits=logits
    )
    return tf.reduce_mean(per_sample)


def norm(vectors: tf.Tensor, axis: int) -> tf.Tensor:
    """The L2 norm of ``vectors`` along ``axis``, at least 1e-6: √ has no finite slope at 0."""
    return tf.sqrt(tf.maximum(tf.reduce_sum(tf.square(vectors), axis=axis), EPSILON))


def unit(vectors: tf.Tensor, axis: int) -> tf.Tensor:
    """``vectors`` divided by their L2 norm along ``axis``; near-zero vectors stay near zero."""
    return tf.math.l2_normalize(vectors, axis=axis, epsilon=EPSILON)
