"""Softmax losses whose margin multiplies the angle: ψ(θ) and its annealing."""

from __future__ import annotations

import math

import tensorflow as tf

from discern.losses.shared.base import Loss, cross_entropy, norm


class AngularMargin(Loss):
    """Softmax without bias; the true class has the logit ‖W‖ ‖x‖ (λ cos θ + ψ(θ)) / (1 + λ).

    ψ(θ) = (−1)^k cos mθ − 2k and λ = max(minimum, base · (1 + gamma · step)^−power). In evaluation
    λ has its final value, so that validation losses of different epochs can be compared.

    Args:
        margin: m, an integer ≥ 1; 1 means no margin.
        lambda_base: λ at step 0.
        lambda_gamma: how fast λ falls.
        lambda_power: how steeply λ falls.
        lambda_minimum: λ does not fall below this.
        dropout: the fraction of the embedding dropped before the classifier in training.
        loss_arguments: those of :class:`~discern.losses.shared.base.Loss`.
    """

    def __init__(
        self,
        margin: int,
        lambda_base: float,
        lambda_gamma: float,
        lambda_power: float,
        lambda_minimum: float,
        dropout: float,
        **loss_arguments: int,
    ) -> None:
        super().__init__(**loss_arguments)
        self.margin = margin
        self.lambda_base = lambda_base
        self.lambda_gamma = lambda_gamma
        self.lambda_power = lambda_power
        self.lambda_minimum = lambda_minimum
        self.dropout = self._classifier_dropout(dropout)
        self.weights_matrix = self._add_class_weights()

    def columns(self) -> tf.Tensor:
        """The class weights (D, C) that the logits are computed with."""
        return tf.convert_to_tensor(self.weights_matrix)

    def logits(self, embeddings: tf.Tensor) -> tf.Tensor:
        """‖W‖ ‖x‖ cos θ, (B, C), without the margin."""
        return tf.matmul(embeddings, self.columns())

    @property
    def class_weights(self) -> tf.Variable:
        """W, (D, C), as trained."""
        return self.weights_matrix

    def annealing(self, step: tf.Tensor | None) -> tf.Tensor:
        """λ at ``step``, its final value if None; a float32 scalar."""
        if step is None:
            falls = self.lambda_gamma > 0 and self.lambda_power > 0
            return tf.constant(
                self.lambda_minimum if falls else max(self.lambda_base, self.lambda_minimum),
                tf.float32,
            )
        slowed = 1.0 + self.lambda_gamma * tf.cast(step, tf.float32)
        return tf.maximum(self.lambda_base * slowed**-self.lambda_power, self.lambda_minimum)

    def call(
        self, embeddings: tf.Tensor, labels: tf.Tensor, step: tf.Tensor | None = None
    ) -> tf.Tensor:
        """The mean loss, a scalar; embeddings (B, D), labels (B,)."""
        embeddings = self.dropout(embeddings, step=step)
        columns = self.columns()
        logits = tf.matmul(embeddings, columns)
        own = tf.one_hot(labels, self.classes)
        lengths = norm(embeddings, axis=1) * tf.linalg.matvec(own, norm(columns, axis=0))
        cosines = tf.clip_by_value(tf.reduce_sum(logits * own, axis=1) / lengths, -1.0, 1.0)
        weight = 1.0 / (1.0 + self.annealing(step))
        # (λ cos θ + ψ) / (1 + λ) = cos θ + (ψ − cos θ) / (1 + λ)
        shift = lengths * (psi(cosines, self.margin) - cosines) * weight
        return cross_entropy(logits + shift[:, None] * own, labels)


def psi(cosines: tf.Tensor, margin: int) -> tf.Tensor:
    """ψ(θ) = (−1)^k cos(mθ) − 2k of cos θ, k = ⌊mθ/π⌋ in 0 … m − 1 (arXiv:1612.02295, eq. 6).

    cos(mθ) is computed as the Chebyshev polynomial T_m(cos θ), because the gradient of the inverse
    cosine is infinite at θ = 0 and π. No gradient flows through k.
    """
    lower, chebyshev = tf.ones_like(cosines), cosines
    for _ in range(margin - 1):
        lower, chebyshev = chebyshev, 2.0 * cosines * chebyshev - lower
    # k counts the angles π/m, 2π/m … (m−1)π/m that θ has reached
    borders = tf.constant([math.cos(i * math.pi / margin) for i in range(1, margin)], tf.float32)
    k = tf.reduce_sum(tf.cast(cosines[:, None] <= borders[None, :], tf.float32), axis=1)
    sign = 1.0 - 2.0 * tf.math.floormod(k, 2.0)
    return sign * chebyshev - 2.0 * k
