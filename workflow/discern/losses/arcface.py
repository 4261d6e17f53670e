"""Additive angular margin loss: a margin added to the angle to the own class's weights."""

from __future__ import annotations

import math

import tensorflow as tf

from discern.losses.base import EPSILON
from discern.losses.cosine_softmax import CosineSoftmax
from discern.losses.record import LossRecord, Parameter

record = LossRecord(
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
    },
)


class ArcFace(CosineSoftmax):
    """Additive angular margin loss (arXiv:1801.07698, eq. 3): cos(θ + m) for the own class.

    Beyond θ + m = π, where the cosine would rise again, cos θ − m sin m takes its place, as in the
    authors' code.
    """

    def with_margin(self, cosines: tf.Tensor) -> tf.Tensor:
        """cos(θ + m) of cos θ."""
        # The slope of the sine over the cosine is infinite at θ = 0 and π.
        sines = tf.sqrt(tf.maximum(1.0 - tf.square(cosines), EPSILON))
        added = cosines * math.cos(self.margin) - sines * math.sin(self.margin)
        beyond = cosines - self.margin * math.sin(self.margin)
        return tf.where(cosines >= -math.cos(self.margin), added, beyond)


loss = ArcFace
