"""Intra-enhanced triplet loss: triplets plus a pull of each sample to its class's centre."""

from __future__ import annotations

import tensorflow as tf

from discern.losses.shared.base import Loss
from discern.losses.shared.description import DISTANCE, TRIPLET_MARGIN, LossDescription, Parameter
from discern.losses.shared.pairs import in_distance
from discern.losses.triplet_semihard import triplet_loss

description = LossDescription(
    title="Intra-enhanced triplet",
    formula=r"L = L_{\mathrm{triplet}} + \frac{\lambda}{N} \sum_{i=1}^{N} "
    r"\left[ \|f(x_i) - c_{y_i}\|^2 - \beta \right]_+, \quad "
    r"c_y = \frac{1}{K} \sum_{i:\, y_i = y} f(x_i)",
    references=(
        "Zhang, Xin and Feng: Deep Dense Multi-level Feature for Partial High-Resolution "
        "Fingerprint Matching, IJCB, 2017 (the anchor-centre term)",
        "Schroff et al.: FaceNet: A Unified Embedding for Face Recognition and Clustering, CVPR, "
        "2015, arXiv:1503.03832",
    ),
    distance="euclidean",
    grouped=True,
    classifies=False,
    parameters={
        "margin": TRIPLET_MARGIN,
        "radius": Parameter(
            0.1,
            "β, the squared distance to the centre that costs nothing",
            minimum=0.0,
            search=(0.0, 0.1, 0.5),
        ),
        "weight": Parameter(
            0.5,
            "λ, the weight of the pull to the centre",
            minimum=0.0,
            search=(0.0, 0.1, 0.5, 1.0),
        ),
        "distance": DISTANCE,
    },
)


class IntraTriplet(Loss):
    """Semi-hard triplet loss plus λ times the mean anchor-centre hinge.

    Args:
        margin: α ≥ 0.
        radius: β ≥ 0.
        weight: λ ≥ 0.
        distance: ``"cosine"`` or ``"euclidean"``.
        loss_arguments: those of :class:`~discern.losses.shared.base.Loss`.
    """

    def __init__(
        self, margin: float, radius: float, weight: float, distance: str, **loss_arguments: int
    ) -> None:
        super().__init__(**loss_arguments)
        self.margin = margin
        self.radius = radius
        self.weight = weight
        self.distance = distance

    def call(
        self, embeddings: tf.Tensor, labels: tf.Tensor, step: tf.Tensor | None = None
    ) -> tf.Tensor:
        """The mean loss, a scalar; embeddings (B, D), labels (B,)."""
        embeddings = in_distance(embeddings, self.distance)
        pull = centre_hinge(embeddings, labels, self.classes, self.radius)
        return triplet_loss(embeddings, labels, self.margin) + self.weight * pull


def centre_hinge(
    embeddings: tf.Tensor, labels: tf.Tensor, classes: int, radius: float
) -> tf.Tensor:
    """(1/N) Σ [‖f(x) − c‖² − β]₊, c the mean of the sample's class in the batch.

    The gradient flows through the means too.

    Args:
        embeddings: float32 (B, D).
        labels: integer (B,), below ``classes``.
        classes: C.
        radius: β.
    """
    membership = tf.one_hot(labels, classes)
    counts = tf.maximum(tf.reduce_sum(membership, axis=0), 1.0)
    centres = tf.matmul(membership, embeddings, transpose_a=True) / counts[:, None]
    to_centre = tf.reduce_sum(tf.square(embeddings - tf.matmul(membership, centres)), axis=1)
    return tf.reduce_mean(tf.maximum(to_centre - radius, 0.0))


loss = IntraTriplet
