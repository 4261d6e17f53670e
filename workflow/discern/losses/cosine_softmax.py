"""What the softmaxes on cosines share: unit features and weights, a scale, a margin on the own."""

from __future__ import annotations

import tensorflow as tf

from discern.losses.base import Loss, cross_entropy, unit


class CosineSoftmax(Loss):
    """Softmax cross-entropy of s cos θ, in which the own class's cosine is made smaller.

    Args:
        scale: s > 0.
        margin: m ≥ 0; with 0 it is the normalised softmax.
        loss_arguments: those of :class:`~discern.losses.base.Loss`.
    """

    def __init__(self, scale: float, margin: float, **loss_arguments: int) -> None:
        super().__init__(**loss_arguments)
        self.scale = scale
        self.margin = margin
        self.weights_matrix = self._add_class_weights()

    def with_margin(self, cosines: tf.Tensor) -> tf.Tensor:
        """What takes the place of the cosines to the own class, (B,)."""
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
        logits = self.logits(embeddings)
        own = tf.one_hot(labels, self.classes)
        cosines = tf.reduce_sum(logits * own, axis=1) / self.scale
        shift = self.scale * (self.with_margin(cosines) - cosines)
        return cross_entropy(logits + shift[:, None] * own, labels)
