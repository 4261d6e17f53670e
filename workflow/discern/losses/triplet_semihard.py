"""Semi-hard triplet loss: each positive pair against the nearest negative farther away."""

from __future__ import annotations

import tensorflow as tf

from discern.losses.shared.base import Loss
from discern.losses.shared.description import DISTANCE, TRIPLET_MARGIN, LossDescription
from discern.losses.shared.pairs import (
    in_distance,
    mean_over,
    positive_and_negative,
    squared_distances,
)

description = LossDescription(
    title="Semi-hard triplet",
    formula=r"L = \frac{1}{|P|} \sum_{(a,p) \in P} \left[ \|f(a) - f(p)\|^2 - "
    r"\|f(a) - f(n)\|^2 + \alpha \right]_+, \quad "
    r"n = \underset{n:\, \|f(a) - f(n)\| > \|f(a) - f(p)\|}{\mathrm{arg\,min}} \|f(a) - f(n)\|",
    references=(
        "Schroff et al.: FaceNet: A Unified Embedding for Face Recognition and Clustering, CVPR, "
        "2015, arXiv:1503.03832",
        "Hermans et al.: In Defense of the Triplet Loss for Person Re-Identification, 2017, "
        "arXiv:1703.07737",
    ),
    distance="euclidean",
    grouped=True,
    classifies=False,
    parameters={
        "margin": TRIPLET_MARGIN,
        "distance": DISTANCE,
    },
)


class TripletSemihard(Loss):
    """Semi-hard triplet loss (arXiv:1503.03832, eq. 3 and section 3.2), see :func:`triplet_loss`.

    Args:
        margin: α ≥ 0.
        distance: ``"cosine"`` or ``"euclidean"``.
        loss_arguments: those of :class:`~discern.losses.shared.base.Loss`.
    """

    def __init__(self, margin: float, distance: str, **loss_arguments: int) -> None:
        super().__init__(**loss_arguments)
        self.margin = margin
        self.distance = distance

    def call(
        self, embeddings: tf.Tensor, labels: tf.Tensor, step: tf.Tensor | None = None
    ) -> tf.Tensor:
        """The mean over positive pairs, a scalar; embeddings (B, D), labels (B,)."""
        return triplet_loss(in_distance(embeddings, self.distance), labels, self.margin)


def triplet_loss(embeddings: tf.Tensor, labels: tf.Tensor, margin: float) -> tf.Tensor:
    """Mean of [d(a,p) − d(a,n) + α]₊ over all ordered positive pairs, zeros included.

    d is the squared Euclidean distance. The negative n is the nearest one with d(a,n) > d(a,p);
    if no negative is that far, it is the farthest one (the rule and the values of TensorFlow
    Addons). One sort per anchor and one binary search per pair find it: time O(B² log B), memory
    O(B²). Pairs whose anchor has no negative in the batch do not count; without any pair the loss
    is 0.

    Args:
        embeddings: float32 (B, D).
        labels: integer (B,).
        margin: α.
    """
    squared = squared_distances(embeddings)
    positive, negative = positive_and_negative(labels)
    mined = tf.stop_gradient(squared)
    # Each row: negatives in ascending order, then positives and the anchor itself at infinity.
    candidates = tf.where(negative, mined, tf.float32.max)
    # A GPU keeps int32 in the host's memory: what has as many elements as there are pairs is int64.
    order = tf.cast(tf.argsort(candidates, axis=1), tf.int64)
    ascending = tf.gather(candidates, order, batch_dims=1)
    negatives = tf.reduce_sum(tf.cast(negative, tf.int64), axis=1, keepdims=True)
    beyond = tf.searchsorted(ascending, mined, side="right", out_type=tf.int64)
    rank = tf.maximum(tf.minimum(beyond, negatives - 1), 0)
    chosen = tf.gather(order, rank, batch_dims=1)
    hinge = tf.maximum(squared - tf.gather(squared, chosen, batch_dims=1) + margin, 0.0)
    return mean_over(hinge, positive & (negatives > 0))


loss = TripletSemihard
