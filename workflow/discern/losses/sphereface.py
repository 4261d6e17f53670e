"""A-Softmax: an angular margin that multiplies the angle to the own class."""

from __future__ import annotations

import math

import tensorflow as tf

from discern.losses.base import EPSILON, Loss, cross_entropy, unit
from discern.losses.record import LossRecord, Parameter

record = LossRecord(
    title="A-Softmax",
    formula=r"L = -\frac{1}{N} \sum_{i=1}^{N} \log \frac{e^{\|x_i\| \psi(\theta_{y_i,i})}}"
    r"{e^{\|x_i\| \psi(\theta_{y_i,i})} + \sum_{j \neq y_i} e^{\|x_i\| \cos\theta_{j,i}}}, \quad "
    r"\psi(\theta) = \frac{\lambda \cos\theta + (-1)^k \cos(m\theta) - 2k}{1 + \lambda}, \quad "
    r"\theta \in \left[\frac{k\pi}{m}, \frac{(k+1)\pi}{m}\right]",
    references=(
        "Liu et al.: SphereFace: Deep Hypersphere Embedding for Face Recognition, CVPR, 2017, "
        "arXiv:1704.08063",
        "Liu et al.: Large-Margin Softmax Loss for Convolutional Neural Networks, ICML, 2016, "
        "arXiv:1612.02295 (the annealing)",
    ),
    distance="cosine",
    grouped=False,
    classifies=True,
    parameters={
        "margin": Parameter(4, "m, the integer that multiplies the angle", 1, 8),
        "lambda_base": Parameter(1000.0, "λ at step 0 (the authors' training settings)", 0.0),
        "lambda_gamma": Parameter(0.12, "how fast λ falls: λ = base / (1 + gamma · step)", 0.0),
        "lambda_minimum": Parameter(5.0, "λ does not fall below this (the authors' value)", 0.0),
    },
)


class SphereFace(Loss):
    """A-Softmax (arXiv:1704.08063, eq. 7), annealed as in the authors' settings.

    The logit of the own class is ‖x‖ (λ cos θ + ψ(θ)) / (1 + λ), with ψ(θ) = (−1)^k cos mθ − 2k and
    λ = max(minimum, base / (1 + gamma · step)). In evaluation λ has its final value, so that
    validation losses of different epochs can be compared. Features keep their norm, class weights
    have norm 1, there is no bias.

    Args:
        margin: m, a whole number ≥ 1; with 1 it is the softmax on unit class weights.
        lambda_base: λ at step 0.
        lambda_gamma: the rate at which λ falls.
        lambda_minimum: the final λ.
        loss_arguments: those of :class:`~discern.losses.base.Loss`.
    """

    def __init__(
        self,
        margin: int,
        lambda_base: float,
        lambda_gamma: float,
        lambda_minimum: float,
        **loss_arguments: int,
    ) -> None:
        super().__init__(**loss_arguments)
        self.margin = margin
        self.lambda_base = lambda_base
        self.lambda_gamma = lambda_gamma
        self.lambda_minimum = lambda_minimum
        self.weights_matrix = self._add_class_weights()

    def logits(self, embeddings: tf.Tensor) -> tf.Tensor:
        """‖x‖ cos θ, (B, C), without the margin."""
        return tf.matmul(embeddings, unit(self.weights_matrix, axis=0))

    @property
    def class_weights(self) -> tf.Variable:
        """W, (D, C), not normalised."""
        return self.weights_matrix

    def annealing(self, step: tf.Tensor | None) -> tf.Tensor:
        """λ at ``step``, or its final value for None; a float32 scalar."""
        if step is None:
            final = 0.0 if self.lambda_gamma else self.lambda_base
            return tf.constant(max(final, self.lambda_minimum), tf.float32)
        falling = self.lambda_base / (1.0 + self.lambda_gamma * tf.cast(step, tf.float32))
        return tf.maximum(falling, self.lambda_minimum)

    def call(
        self, embeddings: tf.Tensor, labels: tf.Tensor, step: tf.Tensor | None = None
    ) -> tf.Tensor:
        """The mean loss, a scalar; embeddings (B, D), labels (B,)."""
        logits = self.logits(embeddings)
        squared_norms = tf.reduce_sum(tf.square(embeddings), axis=1)
        norms = tf.sqrt(tf.maximum(squared_norms, EPSILON))
        own = tf.one_hot(labels, self.classes)
        own_logits = tf.reduce_sum(logits * own, axis=1)
        cosines = tf.clip_by_value(own_logits / norms, -1.0, 1.0)
        weight = 1.0 / (1.0 + self.annealing(step))
        # (λ cos θ + ψ) / (1 + λ) = cos θ + (ψ − cos θ) / (1 + λ)
        shift = norms * (psi(cosines, self.margin) - cosines) * weight
        return cross_entropy(logits + shift[:, None] * own, labels)


def psi(cosines: tf.Tensor, margin: int) -> tf.Tensor:
    """ψ(θ) = (−1)^k cos(mθ) − 2k of cos θ, k = ⌊mθ/π⌋ in 0 … m − 1 (arXiv:1704.08063, eq. 7).

    cos(mθ) is the Chebyshev polynomial T_m(cos θ), so no inverse cosine is taken, whose gradient
    would be infinite at θ = 0 and π. No gradient flows through k.
    """
    lower, chebyshev = tf.ones_like(cosines), cosines
    for _ in range(margin - 1):
        lower, chebyshev = chebyshev, 2.0 * cosines * chebyshev - lower
    # k counts the angles π/m, 2π/m … (m−1)π/m that θ has reached
    borders = tf.constant([math.cos(i * math.pi / margin) for i in range(1, margin)], tf.float32)
    k = tf.reduce_sum(tf.cast(cosines[:, None] <= borders[None, :], tf.float32), axis=1)
    sign = 1.0 - 2.0 * tf.math.floormod(k, 2.0)
    return sign * chebyshev - 2.0 * k


loss = SphereFace
