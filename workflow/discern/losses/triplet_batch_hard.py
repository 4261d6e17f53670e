"""Batch-hard triplet loss: each anchor's farthest positive against its nearest negative."""

from __future__ import annotations

import tensorflow as tf

from discern.losses.shared.base import Loss
from discern.losses.shared.description import LossDescription, distance_parameter
from discern.losses.shared.pairs import (
    distances,
    in_distance,
    mean_over,
    positive_and_negative,
    with_both,
)

description = LossDescription(
    title="Batch-hard triplet",
    formula=r"L = \frac{1}{N} \sum_{a=1}^{N} \log \left( 1 + e^{\max_{p:\, y_p = y_a} "
    r"\|f(a) - f(p)\| - \min_{n:\, y_n \neq y_a} \|f(a) - f(n)\|} \right)",
    references=(
        "Hermans et al.: In Defense of the Triplet Loss for Person Re-Identification, 2017, "
        "arXiv:1703.07737",
    ),
    distance="cosine",
    grouped=True,
    classifies=False,
    parameters={
        # With native embeddings it collapses at the learning rate of all rows: docs/search.md
        "distance": distance_parameter("cosine"),
    },
)


class TripletBatchHard(Loss):
    """Batch-hard triplet loss with the soft margin (arXiv:1703.07737, eq. 5 and section 3).

    Distances are not squared. Anchors without a positive or a negative sample do not count.

    Args:
        distance: ``"cosine"`` or ``"euclidean"``.
        loss_arguments: those of :class:`~discern.losses.shared.base.Loss`.
    """

    def __init__(self, distance: str, **loss_arguments: int) -> None:
        super().__init__(**loss_arguments)
        self.distance = distance

    def call(
        self, embeddings: tf.Tensor, labels: tf.Tensor, step: tf.Tensor | None = None
    ) -> tf.Tensor:
        """The mean over the anchors, a scalar; embeddings (B, D), labels (B,)."""
        apart = distances(in_distance(embeddings, self.distance))
        positive, negative = positive_and_negative(labels)
        farthest = tf.reduce_max(tf.where(positive, apart, 0.0), axis=1)
        nearest = tf.reduce_min(tf.where(negative, apart, tf.float32.max), axis=1)
        return mean_over(tf.nn.softplus(farthest - nearest), with_both(positive, negative))


loss = TripletBatchHard
