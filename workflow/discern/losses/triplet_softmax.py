"""Semi-hard triplet loss plus a softmax loss."""

from __future__ import annotations

import tensorflow as tf

from discern.losses.shared.base import Loss
from discern.losses.shared.description import (
    CLASSIFIER_DROPOUT,
    DISTANCE,
    TRIPLET_MARGIN,
    LossDescription,
    Parameter,
)
from discern.losses.shared.pairs import in_distance
from discern.losses.softmax import Softmax
from discern.losses.triplet_semihard import triplet_loss

description = LossDescription(
    title="Semi-hard triplet + softmax",
    formula=r"L = L_{\mathrm{triplet}} + \lambda L_{\mathrm{softmax}}",
    references=(
        "Schroff et al.: FaceNet: A Unified Embedding for Face Recognition and Clustering, CVPR, "
        "2015, arXiv:1503.03832",
    ),
    distance="euclidean",
    grouped=True,
    classifies=True,
    parameters={
        "margin": TRIPLET_MARGIN,
        "weight": Parameter(
            0.1,
            "λ, the weight of the softmax loss",
            minimum=0.0,
            search=(0.0, 0.01, 0.1, 1.0),
        ),
        "dropout": CLASSIFIER_DROPOUT,
        "distance": DISTANCE,
    },
)


class TripletSoftmax(Loss):
    """Semi-hard triplet loss plus λ times the softmax cross-entropy of the native embedding.

    Args:
        margin: α ≥ 0.
        weight: λ ≥ 0.
        dropout: the fraction of the embedding dropped before the classifier in training.
        distance: ``"cosine"`` or ``"euclidean"``, of the triplets.
        loss_arguments: those of :class:`~discern.losses.shared.base.Loss`.
    """

    def __init__(
        self, margin: float, weight: float, dropout: float, distance: str, **loss_arguments: int
    ) -> None:
        super().__init__(**loss_arguments)
        self.margin = margin
        self.weight = weight
        self.distance = distance
        self.softmax = Softmax(dropout=dropout, **loss_arguments)

    def logits(self, embeddings: tf.Tensor) -> tf.Tensor:
        """The softmax's W x + b, (B, C)."""
        return self.softmax.logits(embeddings)

    @property
    def class_weights(self) -> tf.Variable:
        """The softmax's W, (D, C)."""
        return self.softmax.class_weights

    def call(
        self, embeddings: tf.Tensor, labels: tf.Tensor, step: tf.Tensor | None = None
    ) -> tf.Tensor:
        """The mean loss, a scalar; embeddings (B, D), labels (B,)."""
        triplets = triplet_loss(in_distance(embeddings, self.distance), labels, self.margin)
        return triplets + self.weight * self.softmax(embeddings, labels, step=step)


loss = TripletSoftmax
