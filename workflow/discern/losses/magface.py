"""MagFace: an angular margin that grows with the embedding's norm, and a pull to large norms."""

from __future__ import annotations

import tensorflow as tf

from discern.losses.shared.angles import with_added_angle
from discern.losses.shared.base import norm
from discern.losses.shared.cosine_softmax import CosineSoftmax
from discern.losses.shared.description import (
    NO_CLASSIFIER_DROPOUT,
    RADIUS,
    LossDescription,
    Parameter,
)

description = LossDescription(
    title="MagFace",
    formula=r"L = \frac{1}{N} \sum_{i=1}^{N} \left( -\log "
    r"\frac{e^{s \cos(\theta_{y_i,i} + m(a_i))}}"
    r"{e^{s \cos(\theta_{y_i,i} + m(a_i))} + \sum_{j \neq y_i} e^{s \cos\theta_{j,i}}} + "
    r"\lambda \left( \frac{1}{a_i} + \frac{a_i}{u_a^2} \right) \right), \quad "
    r"m(a) = l_m + (u_m - l_m) \frac{a - l_a}{u_a - l_a}, \quad "
    r"a_i = \min(\max(\|x_i\|, l_a), u_a)",
    references=(
        "Meng et al.: MagFace: A Universal Representation for Face Recognition and Quality "
        "Assessment, CVPR, 2021, arXiv:2103.06627",
    ),
    distance="cosine",
    grouped=False,
    classifies=True,
    # The authors' network ends in a batch normalisation of 512 features, so that untrained
    # embeddings have the norm √512 = 22.6; here it is 0.9. The paper's bounds of the norm, 10 and
    # 110, and its λ, 35, are divided by 25 = 22.6 / 0.9: the same loss, norms in another unit.
    parameters={
        "scale": RADIUS,
        "margin_minimum": Parameter(
            0.45,
            "l_m, added to the angle to the own class at the norm l_a, in radians (the paper's)",
            minimum=0.0,
            maximum=1.5,
            search=(0.0, 0.1, 0.2, 0.45),
        ),
        "margin_maximum": Parameter(
            0.8,
            "u_m, added to the angle to the own class at the norm u_a, in radians (the paper's)",
            minimum=0.0,
            maximum=1.5,
            search=(0.45, 0.8),
        ),
        "norm_minimum": Parameter(
            0.4, "l_a, the norm up to which the margin is l_m", minimum=0.001
        ),
        "norm_ratio": Parameter(
            11.0, "u_a / l_a, the largest norm over the smallest (the paper's)", minimum=1.01
        ),
        "weight": Parameter(
            1.4,
            "λ, the weight of the pull to the norm u_a",
            minimum=0.0,
            search=(0.0, 0.35, 1.4),
        ),
        "dropout": NO_CLASSIFIER_DROPOUT,
    },
)


class MagFace(CosineSoftmax):
    """MagFace loss (arXiv:2103.06627): cos(θ + m(a)) for the true class, a the embedding's norm.

    The margin has a gradient for the norm. As in the authors' code, norms outside of l_a … u_a
    count as these and have none.

    Args:
        scale: s > 0.
        margin_minimum: l_m in [0, π].
        margin_maximum: u_m in [0, π].
        norm_minimum: l_a > 0.
        norm_ratio: u_a / l_a > 1.
        weight: λ ≥ 0.
        dropout: the fraction of the embedding dropped before the classifier in training.
        loss_arguments: those of :class:`~discern.losses.shared.base.Loss`.
    """

    def __init__(
        self,
        scale: float,
        margin_minimum: float,
        margin_maximum: float,
        norm_minimum: float,
        norm_ratio: float,
        weight: float,
        dropout: float,
        **loss_arguments: int,
    ) -> None:
        super().__init__(scale, margin_minimum, dropout, **loss_arguments)
        self.margin_range = margin_maximum - margin_minimum
        self.norm_minimum = norm_minimum
        self.norm_maximum = norm_minimum * norm_ratio
        self.weight = weight

    def call(
        self, embeddings: tf.Tensor, labels: tf.Tensor, step: tf.Tensor | None = None
    ) -> tf.Tensor:
        """The mean loss, a scalar; embeddings (B, D), labels (B,)."""
        embeddings = self.dropout(embeddings, step=step)
        norms = tf.clip_by_value(norm(embeddings, axis=1), self.norm_minimum, self.norm_maximum)
        reached = (norms - self.norm_minimum) / (self.norm_maximum - self.norm_minimum)
        margins = self.margin + self.margin_range * reached
        softmax = self.softmax(
            embeddings, labels, lambda cosines: with_added_angle(cosines, margins)
        )
        pull = tf.reduce_mean(1.0 / norms + norms / self.norm_maximum**2)
        return softmax + self.weight * pull


loss = MagFace
