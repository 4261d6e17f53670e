"""Multi-similarity loss: mined pairs, weighted relative to the anchor's other pairs."""

from __future__ import annotations

import tensorflow as tf

from discern.losses.shared.base import Loss
from discern.losses.shared.description import LossDescription, Parameter
from discern.losses.shared.pairs import cosines, log_sum_exp, positive_and_negative

description = LossDescription(
    title="Multi-similarity",
    formula=r"L = \frac{1}{N} \sum_{i=1}^{N} \left[ "
    r"\frac{1}{\alpha} \log \left( 1 + \sum_{k \in P_i} e^{-\alpha (S_{ik} - \lambda)} \right) + "
    r"\frac{1}{\beta} \log \left( 1 + \sum_{k \in N_i} e^{\beta (S_{ik} - \lambda)} \right) "
    r"\right]",
    references=(
        "Wang et al.: Multi-Similarity Loss with General Pair Weighting for Deep Metric Learning, "
        "CVPR, 2019, arXiv:1904.06627",
    ),
    distance="cosine",
    grouped=True,
    classifies=False,
    parameters={
        "alpha": Parameter(
            2.0,
            "α, how much the farthest positives weigh more than the others (the paper's)",
            minimum=0.01,
            search=(1.0, 2.0, 5.0, 10.0),
        ),
        "beta": Parameter(
            50.0,
            "β, how much the nearest negatives weigh more than the others (the paper's)",
            minimum=0.01,
            search=(10.0, 25.0, 50.0),
        ),
        "base": Parameter(
            0.5,
            "λ, the similarity that pairs are compared with (the authors' code; 1 in the paper)",
            minimum=-1.0,
            maximum=1.0,
            search=(0.0, 0.5, 0.75, 1.0),
        ),
        "epsilon": Parameter(
            0.1,
            "ε, the slack of the mining: positives count below the largest negative similarity "
            "+ ε, negatives above the smallest positive one − ε (the paper's)",
            minimum=0.0,
            maximum=2.0,
        ),
    },
)


class MultiSimilarity(Loss):
    """Multi-similarity loss with its mining (arXiv:1904.06627, eq. 13 to 15).

    An anchor without a positive or a negative sample in the batch adds 0.

    Args:
        alpha: α > 0.
        beta: β > 0.
        base: λ.
        epsilon: ε ≥ 0.
        loss_arguments: those of :class:`~discern.losses.shared.base.Loss`.
    """

    def __init__(
        self, alpha: float, beta: float, base: float, epsilon: float, **loss_arguments: int
    ) -> None:
        super().__init__(**loss_arguments)
        self.alpha = alpha
        self.beta = beta
        self.base = base
        self.epsilon = epsilon

    def call(
        self, embeddings: tf.Tensor, labels: tf.Tensor, step: tf.Tensor | None = None
    ) -> tf.Tensor:
        """The mean over the anchors, a scalar; embeddings (B, D), labels (B,)."""
        similarities = cosines(embeddings)
        positive, negative = positive_and_negative(labels)
        farthest = tf.reduce_min(tf.where(positive, similarities, 4.0), axis=1, keepdims=True)
        nearest = tf.reduce_max(tf.where(negative, similarities, -4.0), axis=1, keepdims=True)
        positive &= similarities - self.epsilon < nearest
        negative &= similarities + self.epsilon > farthest
        excess = similarities - self.base
        pull = tf.nn.softplus(log_sum_exp(-self.alpha * excess, positive)) / self.alpha
        push = tf.nn.softplus(log_sum_exp(self.beta * excess, negative)) / self.beta
        return tf.reduce_mean(pull + push)


loss = MultiSimilarity
