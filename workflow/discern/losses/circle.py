"""Circle loss: every similarity is weighted by its distance from its optimum."""

from __future__ import annotations

import tensorflow as tf

from discern.losses.shared.base import Loss
from discern.losses.shared.description import LossDescription, Parameter
from discern.losses.shared.pairs import (
    cosines,
    log_sum_exp,
    mean_over,
    positive_and_negative,
    with_both,
)

description = LossDescription(
    title="Circle",
    formula=r"L = \frac{1}{N} \sum_{i=1}^{N} \log \left( 1 + "
    r"\sum_{n} e^{\gamma \alpha_n (s_n - m)} \sum_{p} e^{-\gamma \alpha_p (s_p - 1 + m)} "
    r"\right), \quad \alpha_n = [s_n + m]_+, \quad \alpha_p = [1 + m - s_p]_+",
    references=(
        "Sun et al.: Circle Loss: A Unified Perspective of Pair Similarity Optimization, CVPR, "
        "2020, arXiv:2002.10857",
    ),
    distance="cosine",
    grouped=True,
    classifies=False,
    parameters={
        "scale": Parameter(
            80.0,
            "γ, how much the hardest pairs weigh more than the others (the paper's, for retrieval)",
            minimum=0.01,
            search=(20.0, 40.0, 80.0, 160.0),
        ),
        "margin": Parameter(
            0.4,
            "m, how far from the ideal a similarity may stay (the paper's, for retrieval)",
            minimum=-1.0,
            maximum=1.0,
            search=(0.0, 0.1, 0.25, 0.4),
        ),
    },
)


class Circle(Loss):
    """Circle loss (arXiv:2002.10857, eq. 6) with each sample of the batch as anchor.

    No gradient flows through the weights α. Anchors without a positive or a negative sample do not
    count.

    Args:
        scale: γ > 0.
        margin: m.
        loss_arguments: those of :class:`~discern.losses.shared.base.Loss`.
    """

    def __init__(self, scale: float, margin: float, **loss_arguments: int) -> None:
        super().__init__(**loss_arguments)
        self.scale = scale
        self.margin = margin

    def call(
        self, embeddings: tf.Tensor, labels: tf.Tensor, step: tf.Tensor | None = None
    ) -> tf.Tensor:
        """The mean over the anchors, a scalar; embeddings (B, D), labels (B,)."""
        similarities = cosines(embeddings)
        positive, negative = positive_and_negative(labels)
        constant = tf.stop_gradient(similarities)
        of_positive = self.scale * tf.nn.relu(1.0 + self.margin - constant)
        of_negative = self.scale * tf.nn.relu(constant + self.margin)
        pull = log_sum_exp(-of_positive * (similarities - 1.0 + self.margin), positive)
        push = log_sum_exp(of_negative * (similarities - self.margin), negative)
        return mean_over(tf.nn.softplus(pull + push), with_both(positive, negative))


loss = Circle
