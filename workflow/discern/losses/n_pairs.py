"""Multi-class N-pair loss: each positive pair against all negatives of its anchor, by products."""

from __future__ import annotations

import tensorflow as tf

from discern.losses.base import Loss
from discern.losses.pairs import log_sum_exp, mean_over, positive_and_negative
from discern.losses.record import LossRecord, Parameter

record = LossRecord(
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
            "λ, keeps the embeddings' norms small (that of TensorFlow's npairs_loss)",
            minimum=0.0,
            search=(0.0, 0.0002, 0.002, 0.02),
        ),
    },
)


class NPairs(Loss):
    """Multi-class N-pair loss (Sohn, 2016, eq. 7) over all positive pairs of the batch.

    The paper pairs two samples of each class and takes one negative of every other class; here
    every ordered positive pair meets all negatives of its anchor, and costs nothing where there are
    none.

    Args:
        regularisation: λ ≥ 0.
        loss_arguments: those of :class:`~discern.losses.base.Loss`.
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
