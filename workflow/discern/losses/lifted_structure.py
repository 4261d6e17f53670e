"""Lifted structured loss: each positive pair against all negatives of both samples."""

from __future__ import annotations

import tensorflow as tf

from discern.losses.shared.base import Loss
from discern.losses.shared.description import DISTANCE, LossDescription, Parameter
from discern.losses.shared.pairs import (
    distances,
    in_distance,
    log_sum_exp,
    mean_over,
    positive_and_negative,
)

description = LossDescription(
    title="Lifted structure",
    formula=r"L = \frac{1}{2|P|} \sum_{(i,j) \in P} \left[ d_{ij} + \log \left( "
    r"\sum_{k:\, y_k \neq y_i} e^{\alpha - d_{ik}} + \sum_{l:\, y_l \neq y_j} e^{\alpha - d_{jl}} "
    r"\right) \right]_+^2, \quad d_{ij} = \|f(x_i) - f(x_j)\|",
    references=(
        "Song et al.: Deep Metric Learning via Lifted Structured Feature Embedding, CVPR, 2016, "
        "arXiv:1511.06452",
    ),
    distance="euclidean",
    grouped=True,
    classifies=False,
    parameters={
        "margin": Parameter(
            1.0,
            "α, the distance that negatives are to keep (the paper's)",
            minimum=0.0,
            search=(0.0, 0.5, 1.0, 2.0),
        ),
        "distance": DISTANCE,
    },
)


class LiftedStructure(Loss):
    """Lifted structured loss (arXiv:1511.06452, eq. 4), in memory O(B²).

    Without a negative in the batch a pair adds 0.

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
        apart = distances(in_distance(embeddings, self.distance))
        positive, negative = positive_and_negative(labels)
        crowd = log_sum_exp(self.margin - apart, negative)
        # log(e^a + e^b) = a + softplus(b − a)
        of_both = crowd[:, None] + tf.nn.softplus(crowd[None, :] - crowd[:, None])
        hinge = tf.maximum(apart + of_both, 0.0)
        return 0.5 * mean_over(tf.square(hinge), positive)


loss = LiftedStructure
