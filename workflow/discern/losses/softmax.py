"""Softmax loss: categorical cross-entropy of a linear classifier on the embedding."""

from __future__ import annotations

import tensorflow as tf

from discern.losses.shared.base import Loss, cross_entropy
from discern.losses.shared.description import CLASSIFIER_DROPOUT, LossDescription

description = LossDescription(
    title="Softmax",
    formula=r"L = -\frac{1}{N} \sum_{i=1}^{N} \log "
    r"\frac{e^{W_{y_i}^{\top} x_i + b_{y_i}}}{\sum_{j=1}^{C} e^{W_j^{\top} x_i + b_j}}",
    references=(
        "Bridle: Probabilistic interpretation of feedforward classification network outputs, "
        "Neurocomputing, 1990",
    ),
    distance="cosine",
    grouped=False,
    classifies=True,
    parameters={
        "dropout": CLASSIFIER_DROPOUT,
    },
)


class Softmax(Loss):
    """Softmax cross-entropy (Bridle, 1990) with dropout on the embedding.

    Args:
        dropout: the fraction of the embedding dropped before the classifier in training.
        loss_arguments: those of :class:`~discern.losses.shared.base.Loss`.
    """

    def __init__(self, dropout: float, **loss_arguments: int) -> None:
        super().__init__(**loss_arguments)
        self.dropout = self._classifier_dropout(dropout)
        self.weights_matrix = self._add_class_weights()
        self.bias = self.add_weight("bias", shape=(self.classes,), initializer="zeros")

    def logits(self, embeddings: tf.Tensor) -> tf.Tensor:
        """W x + b, (B, C)."""
        return tf.matmul(embeddings, self.weights_matrix) + self.bias

    @property
    def class_weights(self) -> tf.Variable:
        """W, (D, C)."""
        return self.weights_matrix

    def call(
        self, embeddings: tf.Tensor, labels: tf.Tensor, step: tf.Tensor | None = None
    ) -> tf.Tensor:
        """The mean cross-entropy, a scalar; embeddings (B, D), labels (B,)."""
        return cross_entropy(self.logits(self.dropout(embeddings, step=step)), labels)


loss = Softmax
