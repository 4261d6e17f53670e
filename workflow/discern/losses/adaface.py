"""AdaFace: margins that depend on the embedding's norm among those of recent batches."""

from __future__ import annotations

import tensorflow as tf

from discern.losses.shared.angles import turned
from discern.losses.shared.base import norm
from discern.losses.shared.cosine_softmax import CosineSoftmax
from discern.losses.shared.description import (
    NO_CLASSIFIER_DROPOUT,
    RADIUS,
    LossDescription,
    Parameter,
)

description = LossDescription(
    title="AdaFace",
    formula=r"L = -\frac{1}{N} \sum_{i=1}^{N} \log "
    r"\frac{e^{s (\cos(\theta_{y_i,i} - m q_i) - m - m q_i)}}"
    r"{e^{s (\cos(\theta_{y_i,i} - m q_i) - m - m q_i)} + "
    r"\sum_{j \neq y_i} e^{s \cos\theta_{j,i}}}, \quad "
    r"q_i = \min \left( \max \left( h \frac{\|x_i\| - \mu}{\sigma}, -1 \right), 1 \right)",
    references=(
        "Kim et al.: AdaFace: Quality Adaptive Margin for Face Recognition, CVPR, 2022, "
        "arXiv:2204.00964",
    ),
    distance="cosine",
    grouped=False,
    classifies=True,
    parameters={
        "scale": RADIUS,
        "margin": Parameter(
            0.4,
            "m, an angle in radians and a cosine: for q = −1 added to the angle to the own class, "
            "for q = 0 subtracted from its cosine (the paper's)",
            minimum=0.0,
            maximum=1.5,
            search=(0.0, 0.1, 0.2, 0.4),
        ),
        "concentration": Parameter(
            0.333,
            "h: norms within ± 1/h standard deviations have different margins (the paper's)",
            minimum=0.0,
            maximum=10.0,
            search=(0.0, 0.333, 1.0),
        ),
        "rate": Parameter(
            0.01,
            "the weight of a batch in the running mean μ and standard deviation σ of the norms "
            "(the authors')",
            minimum=0.001,
            maximum=1.0,
            search=(0.01, 0.1, 1.0),
        ),
        "dropout": NO_CLASSIFIER_DROPOUT,
    },
)

# The smallest standard deviation that is divided by, as in the authors' code.
_SMALLEST_DEVIATION = 1e-3


class AdaFace(CosineSoftmax):
    """AdaFace loss (arXiv:2204.00964): cos(θ − m q) − m − m q for the true class.

    q, the embedding's norm among those of recent batches, stands for the image's quality. It is a
    constant for the gradient. As in the authors' code, θ − m q stays between 0 and π. In training
    μ and σ contain the batch itself; in evaluation they are those after the last step.

    Args:
        scale: s > 0.
        margin: m in [0, π].
        concentration: h ≥ 0; 0 gives the large margin cosine loss.
        rate: the weight of a batch in μ and σ, in (0, 1].
        dropout: the fraction of the embedding dropped before the classifier in training.
        loss_arguments: those of :class:`~discern.losses.shared.base.Loss`.
    """

    def __init__(
        self,
        scale: float,
        margin: float,
        concentration: float,
        rate: float,
        dropout: float,
        **loss_arguments: int,
    ) -> None:
        super().__init__(scale, margin, dropout, **loss_arguments)
        self.concentration = concentration
        self.rate = rate
        # Running means, from 0, of 1, of the batches' means and of their standard deviations.
        # Divided by the first, the other two do not depend on where they started.
        self.norm_statistics = self.add_weight(
            "norm_statistics", shape=(3,), initializer="zeros", trainable=False
        )

    def call(
        self, embeddings: tf.Tensor, labels: tf.Tensor, step: tf.Tensor | None = None
    ) -> tf.Tensor:
        """The mean loss, a scalar; embeddings (B, D), labels (B,)."""
        embeddings = self.dropout(embeddings, step=step)
        norms = tf.stop_gradient(norm(embeddings, axis=1))
        statistics = self.norm_statistics if step is None else self._statistics_with(norms)
        margins = self.margin * self._quality(norms, statistics)

        def with_margin(cosines: tf.Tensor) -> tf.Tensor:
            return _turned_within_half_circle(cosines, -margins) - (self.margin + margins)

        return self.softmax(embeddings, labels, with_margin)

    def after_step(self, embeddings: tf.Tensor, labels: tf.Tensor) -> None:
        """Move the running mean and standard deviation towards those of the batch's norms."""
        del labels
        self.norm_statistics.assign(self._statistics_with(norm(embeddings, axis=1)))

    def _statistics_with(self, norms: tf.Tensor) -> tf.Tensor:
        """The running statistics (3,) after a batch with these norms (B,)."""
        batch = tf.stack([1.0, tf.reduce_mean(norms), tf.math.reduce_std(norms)])
        return self.norm_statistics + self.rate * (batch - self.norm_statistics)

    def _quality(self, norms: tf.Tensor, statistics: tf.Tensor) -> tf.Tensor:
        """The qualities q of ``norms`` (B,), in [−1, 1], (B,)."""
        mean = tf.math.divide_no_nan(statistics[1], statistics[0])
        deviation = tf.math.divide_no_nan(statistics[2], statistics[0])
        deviations = (norms - mean) / tf.maximum(deviation, _SMALLEST_DEVIATION)
        return tf.clip_by_value(self.concentration * deviations, -1.0, 1.0)


def _turned_within_half_circle(cosines: tf.Tensor, angles: tf.Tensor) -> tf.Tensor:
    """cos(θ + φ) of cos θ (B,) and φ (B,) in [−π, π], with θ + φ cut off at 0 and π."""
    below = (angles < 0.0) & (cosines > tf.cos(angles))
    above = (angles > 0.0) & (cosines < -tf.cos(angles))
    return tf.where(below, 1.0, tf.where(above, -1.0, turned(cosines, angles)))


loss = AdaFace
