"""Multi-class N-pair loss: dot product of each positive pair against those with all negatives."""

from __future__ import annotations

import tensorflow as tf

from discern.losses.shared.base import Loss
from discern.losses.shared.description import LossDescription, Parameter
from discern.losses.shared.pairs import log_sum_exp, mean_over, positive_and_negative

description = LossDescription(
    title="N-pairs",
    formula=r"L = \frac{1}{|P|} \sum_{(a,p) \in P} \log \left( 1 + \sum_{n:\, y_n \neq y_a} "
    r"e^{f(a)^{\top} f(n) - f(a)^{\top} f(p)} \right) + "
    r"\frac{\lambda}{2N} \sum_{i=1}^{N} \|f(x_i)\|^2",
    references=(
        "Sohn: Improved Deep Metric Learning with Multi-class N-pair Loss Objective, NeurIPS, 2016",
    ),
    distance="cosine",
    grouped=True,
    classifies=False,
    parameters={
        "regularisation": Parameter(
            0.002,
            "λ, keeps the embeddings' norms small (the value of TensorFlow's npairs_loss)",
            minimum=0.0,
            search=(0.0, 0.0002, 0.002, 0.02),
        ),
    },
)


class NPairs(Loss):
    """Multi-class N-pair loss (Sohn, 2016, eq. 7) over all positive pairs of the batch.

    The paper takes one pair of each class and one negative of every other class. Here every ordered
    positive pair is compared with all negatives of its anchor; without any it adds 0.

    Args:
        regularisation: λ ≥ 0.
        loss_arguments: those of :class:`~discern.losses.shared.base.Loss`.
    """

    def __init__(self, regularisation: float, **loss_arguments: int) -> None:
        super().__init__(**loss_arguments)
        self.regularisation = regularisation

    def call(
        self, embeddings: tf.Tensor, labels: tf.Tensor, step: tf.Tensor | None = None
    ) -> tf.Tensor:
        """The mean over positive pairs, a scalar; embeddings (B, D), labels (B,)."""
        products = tf.matmul(embeddings, embeddings, transpose_b=True)
        positive, negative = positive_and_negative(labels)
        per_pair = tf.nn.softplus(log_sum_exp(products, negative)[:, None] - products)
        squared_norms = tf.reduce_sum(tf.square(embeddings), axis=1)
        penalty = 0.5 * self.regularisation * tf.reduce_mean(squared_norms)
        return mean_over(per_pair, positive) + penalty


loss = NPairs
