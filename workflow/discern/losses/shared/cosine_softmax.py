"""Softmax losses on cosines: unit features and weights, a scale, and a margin."""

from __future__ import annotations

import tensorflow as tf

from discern.losses.shared.base import Loss, cross_entropy, unit


class CosineSoftmax(Loss):
    """Softmax cross-entropy of s cos θ with a margin that lowers the true class's cosine.

    Args:
        scale: s > 0.
        margin: m ≥ 0; 0 gives the normalised softmax.
        dropout: the fraction of the embedding dropped before the classifier in training.
        loss_arguments: those of :class:`~discern.losses.shared.base.Loss`.
    """

    def __init__(self, scale: float, margin: float, dropout: float, **loss_arguments: int) -> None:
        super().__init__(**loss_arguments)
        self.scale = scale
        self.margin = margin
        self.dropout = self._classifier_dropout(dropout)
        self.weights_matrix = self._add_class_weights()

    def with_margin(self, cosines: tf.Tensor) -> tf.Tensor:
        """The cosines to the true class with the margin applied, (B,)."""
        raise NotImplementedError

    def logits(self, embeddings: tf.Tensor) -> tf.Tensor:
        """S cos θ, (B, C), without the margin."""
        cosines = tf.matmul(unit(embeddings, axis=1), unit(self.weights_matrix, axis=0))
        return self.scale * cosines

    @property
    def class_weights(self) -> tf.Variable:
        """W, (D, C), not normalised."""
        return self.weights_matrix

    def call(
        self, embeddings: tf.Tensor, labels: tf.Tensor, step: tf.Tensor | None = None
    ) -> tf.Tensor:
        """The mean loss, a scalar; embeddings (B, D), labels (B,)."""
        logits = self.logits(self.dropout(embeddings, step=step))
        own = tf.one_hot(labels, self.classes)
        cosines = tf.reduce_sum(logits * own, axis=1) / self.scale
        shift = self.scale * (self.with_margin(cosines) - cosines)
        return cross_entropy(logits + shift[:, None] * own, labels)
