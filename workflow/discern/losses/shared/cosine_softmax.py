"""Losses on the cosines between embeddings and class weights, and softmax losses among them."""

from __future__ import annotations

from collections.abc import Callable

import tensorflow as tf

from discern.losses.shared.base import Loss, cross_entropy, unit


class CosineClassifier(Loss):
    """Class weights whose scores are s cos θ, the scaled cosines to the embeddings.

    Args:
        scale: s > 0.
        margin: m ≥ 0, which the scores do not contain; 0 means no margin.
        dropout: the fraction of the embedding dropped before the classifier in training.
        loss_arguments: those of :class:`~discern.losses.shared.base.Loss`.
    """

    def __init__(self, scale: float, margin: float, dropout: float, **loss_arguments: int) -> None:
        super().__init__(**loss_arguments)
        self.scale = scale
        self.margin = margin
        self.dropout = self._classifier_dropout(dropout)
        self.weights_matrix = self._add_class_weights()

    def cosines(self, embeddings: tf.Tensor) -> tf.Tensor:
        """Cos θ between each embedding and each class, (B, C)."""
        return tf.matmul(unit(embeddings, axis=1), unit(self.weights_matrix, axis=0))

    def logits(self, embeddings: tf.Tensor) -> tf.Tensor:
        """S cos θ, (B, C), without the margin."""
        return self.scale * self.cosines(embeddings)

    @property
    def class_weights(self) -> tf.Tensor | tf.Variable:
        """W, (D, C), not normalised."""
        return self.weights_matrix

    def _add_centres(self, count: int) -> list[tf.Variable]:
        """The weights of each class's first to ``count``-th centre, (D, C); the first are W."""
        further = [self._add_class_weights(f"class_weights_{k}") for k in range(2, count + 1)]
        return [self.weights_matrix, *further]


class CosineSoftmax(CosineClassifier):
    """Softmax cross-entropy of s cos θ with a margin that lowers the true class's cosine."""

    def with_margin(self, cosines: tf.Tensor) -> tf.Tensor:
        """The cosines to the true class with the margin applied, (B,)."""
        raise NotImplementedError

    def call(
        self, embeddings: tf.Tensor, labels: tf.Tensor, step: tf.Tensor | None = None
    ) -> tf.Tensor:
        """The mean loss, a scalar; embeddings (B, D), labels (B,)."""
        return self.softmax(self.dropout(embeddings, step=step), labels, self.with_margin)

    def softmax(
        self,
        embeddings: tf.Tensor,
        labels: tf.Tensor,
        with_margin: Callable[[tf.Tensor], tf.Tensor],
    ) -> tf.Tensor:
        """The mean cross-entropy with ``with_margin`` of the cosines (B,) to the true class."""
        logits = self.logits(embeddings)
        own = tf.one_hot(labels, self.classes)
        cosines = tf.reduce_sum(logits * own, axis=1) / self.scale
        shift = self.scale * (with_margin(cosines) - cosines)
        return cross_entropy(logits + shift[:, None] * own, labels)
