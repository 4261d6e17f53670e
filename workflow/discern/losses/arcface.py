"""Additive angular margin loss: a margin added to the angle to the true class's weights."""

from __future__ import annotations

import math

import tensorflow as tf

from discern.losses.shared.base import EPSILON
from discern.losses.shared.cosine_softmax import CosineSoftmax
from discern.losses.shared.description import NO_CLASSIFIER_DROPOUT, LossDescription, Parameter

description = LossDescription(
    title="Additive angular margin",
    formula=r"L = -\frac{1}{N} \sum_{i=1}^{N} \log \frac{e^{s \cos(\theta_{y_i,i} + m)}}"
    r"{e^{s \cos(\theta_{y_i,i} + m)} + \sum_{j \neq y_i} e^{s \cos\theta_{j,i}}}",
    references=(
        "Deng et al.: ArcFace: Additive Angular Margin Loss for Deep Face Recognition, CVPR, 2019, "
        "arXiv:1801.07698",
    ),
    distance="cosine",
    grouped=False,
    classifies=True,
    parameters={
        "scale": Parameter(
            64.0,
            "s, the radius of the sphere that the features lie on (the paper's)",
            minimum=0.01,
            search=(5.0, 10.0, 20.0, 40.0, 64.0),
        ),
        "margin": Parameter(
            0.5,
            "m, added to the angle to the own class, in radians (the paper's)",
            minimum=0.0,
            maximum=1.5,
            search=(0.0, 0.1, 0.2, 0.35, 0.5),
        ),
        "dropout": NO_CLASSIFIER_DROPOUT,
    },
)


class ArcFace(CosineSoftmax):
    """Additive angular margin loss (arXiv:1801.07698, eq. 3): cos(θ + m) for the true class.

    Beyond θ + m = π, where the cosine would rise again, it is cos θ − m sin m, as in the authors'
    code.
    """

    def with_margin(self, cosines: tf.Tensor) -> tf.Tensor:
        """cos(θ + m), computed from cos θ."""
        # The derivative of sin θ with respect to cos θ is infinite at θ = 0 and π.
        sines = tf.sqrt(tf.maximum(1.0 - tf.square(cosines), EPSILON))
        added = cosines * math.cos(self.margin) - sines * math.sin(self.margin)
        beyond = cosines - self.margin * math.sin(self.margin)
        return tf.where(cosines >= -math.cos(self.margin), added, beyond)


loss = ArcFace
