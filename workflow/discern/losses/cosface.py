"""Large margin cosine loss: a margin subtracted from the cosine to the true class."""

from __future__ import annotations

import tensorflow as tf

from discern.losses.shared.cosine_softmax import CosineSoftmax
from discern.losses.shared.description import NO_CLASSIFIER_DROPOUT, LossDescription, Parameter

description = LossDescription(
    title="Large margin cosine",
    formula=r"L = -\frac{1}{N} \sum_{i=1}^{N} \log \frac{e^{s (\cos\theta_{y_i,i} - m)}}"
    r"{e^{s (\cos\theta_{y_i,i} - m)} + \sum_{j \neq y_i} e^{s \cos\theta_{j,i}}}",
    references=(
        "Wang et al.: CosFace: Large Margin Cosine Loss for Deep Face Recognition, CVPR, 2018, "
        "arXiv:1801.09414",
    ),
    distance="cosine",
    grouped=False,
    classifies=True,
    parameters={
        "scale": Parameter(
            20.0,
            "s, the radius of the sphere that the features lie on",
            minimum=0.01,
            search=(5.0, 10.0, 20.0, 40.0),
        ),
        "margin": Parameter(
            0.2,
            "m, subtracted from the cosine to the own class",
            minimum=0.0,
            maximum=2.0,
            search=(0.0, 0.1, 0.2, 0.35, 0.5),
        ),
        "dropout": NO_CLASSIFIER_DROPOUT,
    },
)


class CosFace(CosineSoftmax):
    """Large margin cosine loss (arXiv:1801.09414, eq. 4): cos θ − m for the true class."""

    def with_margin(self, cosines: tf.Tensor) -> tf.Tensor:
        """The cosines minus m."""
        return cosines - self.margin


loss = CosFace
