"""SphereFace2: for each class, a decision of its own whether a sample belongs to it."""

from __future__ import annotations

import math

import tensorflow as tf

from discern.losses.shared.cosine_softmax import CosineClassifier
from discern.losses.shared.description import NO_CLASSIFIER_DROPOUT, LossDescription, Parameter

description = LossDescription(
    title="SphereFace2",
    formula=r"L = \frac{1}{N} \sum_{i=1}^{N} \left( \frac{\lambda}{r} \log \left( 1 + "
    r"e^{-r (g(\cos\theta_{y_i,i}) - m) - b} \right) + \frac{1 - \lambda}{r} "
    r"\sum_{j \neq y_i} \log \left( 1 + e^{r (g(\cos\theta_{j,i}) + m) + b} \right) \right), "
    r"\quad g(z) = 2 \left( \frac{z + 1}{2} \right)^t - 1",
    references=(
        "Wen et al.: SphereFace2: Binary Classification is All You Need for Deep Face "
        "Recognition, ICLR, 2022, arXiv:2108.01513",
    ),
    distance="cosine",
    grouped=False,
    classifies=True,
    parameters={
        "scale": Parameter(
            40.0,
            "r, the radius of the sphere that the features lie on (the authors')",
            minimum=0.01,
            maximum=300.0,
            search=(10.0, 20.0, 40.0),
        ),
        "margin": Parameter(
            0.4,
            "m, subtracted from the similarity to the own class and added to the others (the "
            "authors')",
            minimum=0.0,
            maximum=2.0,
            search=(0.0, 0.1, 0.2, 0.4),
        ),
        "balance": Parameter(
            0.7,
            "λ, the weight of the decision for the own class, 1 − λ that of the others (the "
            "authors')",
            minimum=0.01,
            maximum=0.99,
            search=(0.5, 0.7, 0.9),
        ),
        "exponent": Parameter(
            3.0,
            "t: for t > 1 a similarity falls the more steeply, the smaller the angle (the "
            "authors')",
            minimum=1.0,
            maximum=10.0,
            search=(1.0, 3.0),
        ),
        "dropout": NO_CLASSIFIER_DROPOUT,
    },
)


class SphereFace2(CosineClassifier):
    """SphereFace2 loss (arXiv:2108.01513), with the margin on the cosine.

    The bias b is trained. It starts where it minimises the loss of embeddings that are at right
    angles to all class weights, as in the authors' code.

    Args:
        scale: r > 0.
        margin: m ≥ 0.
        balance: λ in (0, 1).
        exponent: t ≥ 1; 1 means g(z) = z.
        dropout: the fraction of the embedding dropped before the classifier in training.
        loss_arguments: those of :class:`~discern.losses.shared.base.Loss`.
    """

    def __init__(
        self,
        scale: float,
        margin: float,
        balance: float,
        exponent: float,
        dropout: float,
        **loss_arguments: int,
    ) -> None:
        super().__init__(scale, margin, dropout, **loss_arguments)
        self.balance = balance
        self.exponent = exponent
        self.bias = self.add_weight(
            "bias", shape=(1,), initializer=tf.keras.initializers.Constant(self._first_bias())
        )

    def _first_bias(self) -> float:
        """The b that minimises λ log(1 + e^(rm − a − b)) + (1 − λ)(C − 1) log(1 + e^(rm + a + b)).

        a = r g(0). With u = e^(a + b) and z = λ / ((1 − λ)(C − 1)) the derivative is 0 where
        u² + (1 − z) e^(rm) u = z.
        """
        ratio = self.balance / ((1.0 - self.balance) * (self.classes - 1))
        half = 0.5 * (1.0 - ratio) * math.exp(self.scale * self.margin)
        # y² + 2 k y = 1 has the positive root e^(−arsinh k).
        minimum = 0.5 * math.log(ratio) - math.asinh(half / math.sqrt(ratio))
        return minimum - self.scale * (2.0 * 0.5**self.exponent - 1.0)

    def logits(self, embeddings: tf.Tensor) -> tf.Tensor:
        """R g(cos θ) + b, (B, C), without the margin."""
        halves = tf.maximum(0.5 * (self.cosines(embeddings) + 1.0), 0.0)
        return self.scale * (2.0 * halves**self.exponent - 1.0) + self.bias

    def call(
        self, embeddings: tf.Tensor, labels: tf.Tensor, step: tf.Tensor | None = None
    ) -> tf.Tensor:
        """The mean loss, a scalar; embeddings (B, D), labels (B,)."""
        logits = self.logits(self.dropout(embeddings, step=step))
        own = tf.one_hot(labels, self.classes, on_value=True, off_value=False)
        room = self.scale * self.margin
        decisions = tf.where(
            own,
            self.balance * tf.nn.softplus(room - logits),
            (1.0 - self.balance) * tf.nn.softplus(room + logits),
        )
        return tf.reduce_mean(tf.reduce_sum(decisions, axis=1)) / self.scale


loss = SphereFace2
