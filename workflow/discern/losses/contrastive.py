"""Contrastive loss over all pairs of the batch."""

from __future__ import annotations

import warnings

import tensorflow as tf

from discern.losses.shared.base import Loss
from discern.losses.shared.description import DISTANCE, LossDescription, Parameter
from discern.losses.shared.pairs import distances, in_distance, mean_over, positive_and_negative

with warnings.catch_warnings():
    # Every import warns that it is no longer developed; the version is pinned.
    warnings.filterwarnings("ignore", module="tensorflow_addons")
    from tensorflow_addons.losses import contrastive_loss as pair_losses

description = LossDescription(
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
        "margin": Parameter(
            1.0,
            "m, the distance beyond which a negative pair costs nothing",
            minimum=0.0,
            search=(0.25, 0.5, 1.0, 2.0, 4.0),
        ),
        "pairs": Parameter(
            "balanced",
            "balanced: positive and negative pairs are averaged separately, as in the formula; "
            "pooled: all pairs are averaged together, as published",
            choices=("balanced", "pooled"),
        ),
        "distance": DISTANCE,
    },
)


class Contrastive(Loss):
    """Contrastive loss (Hadsell et al., 2006, eq. 4) over all pairs of the batch.

    By default positive pairs P and negative pairs Q are averaged separately and have equal weight,
    because a batch of C classes has about C − 1 times as many negative pairs. If there are no pairs
    of one kind, that kind adds 0.

    Args:
        margin: m ≥ 0.
        pairs: ``"balanced"``; or ``"pooled"``, the mean over all pairs.
        distance: ``"cosine"`` or ``"euclidean"``.
        loss_arguments: those of :class:`~discern.losses.shared.base.Loss`.
    """

    def __init__(self, margin: float, pairs: str, distance: str, **loss_arguments: int) -> None:
        super().__init__(**loss_arguments)
        self.margin = margin
        self.pairs = pairs
        self.distance = distance

    def call(
        self, embeddings: tf.Tensor, labels: tf.Tensor, step: tf.Tensor | None = None
    ) -> tf.Tensor:
        """The mean loss, a scalar; embeddings (B, D), labels (B,)."""
        apart = distances(in_distance(embeddings, self.distance))
        positive, negative = positive_and_negative(labels)
        per_pair = pair_losses(tf.cast(positive, tf.float32), apart, margin=self.margin)
        if self.pairs == "pooled":
            return 0.5 * mean_over(per_pair, positive | negative)
        return 0.5 * (mean_over(per_pair, positive) + mean_over(per_pair, negative))


loss = Contrastive
