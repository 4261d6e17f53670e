"""Additive angular margin loss: a margin added to the angle to the true class's weights."""

from __future__ import annotations

import tensorflow as tf

from discern.losses.shared.angles import with_added_angle
from discern.losses.shared.cosine_softmax import CosineSoftmax
from discern.losses.shared.description import (
    ADDED_ANGLE,
    NO_CLASSIFIER_DROPOUT,
    RADIUS,
    LossDescription,
)

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
        "scale": RADIUS,
        "margin": ADDED_ANGLE,
        "dropout": NO_CLASSIFIER_DROPOUT,
    },
)


class ArcFace(CosineSoftmax):
    """Additive angular margin loss (arXiv:1801.07698, eq. 3): cos(θ + m) for the true class."""

    def with_margin(self, cosines: tf.Tensor) -> tf.Tensor:
        """cos(θ + m), computed from cos θ."""
        return with_added_angle(cosines, self.margin)


loss = ArcFace
