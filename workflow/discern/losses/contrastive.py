"""Contrastive loss over all pairs of the batch."""

from __future__ import annotations

import warnings

import tensorflow as tf

from discern.losses.base import EPSILON, Loss, in_distance, squared_distances
from discern.losses.record import DISTANCE, LossRecord, Parameter

with warnings.catch_warnings():
    # It announces at every import that it is no longer developed; the version is pinned.
    warnings.filterwarnings("ignore", module="tensorflow_addons")
    from tensorflow_addons.losses import contrastive_loss as pair_losses

record = LossRecord(
    title="Contrastive",
    formula=r"L = \frac{1}{2|P|} \sum_{(i,j) \in P} d_{ij}^2 + "
    r"\frac{1}{2|Q|} \sum_{(i,j) \in Q} \left[ m - d_{ij} \right]_+^2, \quad "
    r"d_{ij} = \|f(x_i) - f(x_j)\|",
    references=(
        "Hadsell et al.: Dimensionality Reduction by Learning an Invariant Mapping, CVPR, 2006",
    ),
    distance="euclidean",
    grouped=True,
    classifies=False,
    parameters={
        "margin": Parameter(1.0, "m, the distance beyond which a negative pair rests", 0.0),
        "distance": DISTANCE,
    },
)


class Contrastive(Loss):
    """Contrastive loss (Hadsell et al., 2006, eq. 4) over all pairs of the batch.

    Positive pairs P and negative pairs Q are averaged apart and weigh the same: in a batch of C
    classes there are about C − 1 times as many negative pairs. A kind of which there is no pair
    adds 0.

    Args:
        margin: m ≥ 0.
        distance: ``"cosine"`` or ``"euclidean"``.
        loss_arguments: those of :class:`~discern.losses.base.Loss`.
    """

    def __init__(self, margin: float, distance: str, **loss_arguments: int) -> None:
        super().__init__(**loss_arguments)
        self.margin = margin
        self.distance = distance

    def call(
        self, embeddings: tf.Tensor, labels: tf.Tensor, step: tf.Tensor | None = None
    ) -> tf.Tensor:
        """The mean loss, a scalar; embeddings (B, D), labels (B,)."""
        squared = squared_distances(in_distance(embeddings, self.distance))
        distances = tf.sqrt(tf.maximum(squared, EPSILON))  # the root's slope is infinite at 0
        same = tf.cast(labels[:, None] == labels[None, :], tf.float32)
        per_pair = pair_losses(same, distances, margin=self.margin)
        positive = tf.linalg.set_diag(same, tf.zeros(tf.shape(same)[0]))
        return 0.5 * (_mean_over(per_pair, positive) + _mean_over(per_pair, 1.0 - same))


def _mean_over(values: tf.Tensor, chosen: tf.Tensor) -> tf.Tensor:
    """The mean of ``values`` (B, B) where ``chosen`` (B, B) is 1; 0 where it is nowhere."""
    return tf.math.divide_no_nan(tf.reduce_sum(values * chosen), tf.reduce_sum(chosen))


loss = Contrastive
