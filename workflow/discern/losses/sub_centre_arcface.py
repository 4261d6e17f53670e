"""Sub-centre ArcFace: an angular margin to the nearest of several centres of the true class."""

from __future__ import annotations

import tensorflow as tf

from discern.losses.arcface import ArcFace
from discern.losses.shared.centres import cosines_to_centres, mean_direction
from discern.losses.shared.description import (
    ADDED_ANGLE,
    NO_CLASSIFIER_DROPOUT,
    RADIUS,
    LossDescription,
    Parameter,
)

description = LossDescription(
    title="Sub-centre ArcFace",
    formula=r"L = -\frac{1}{N} \sum_{i=1}^{N} \log \frac{e^{s \cos(\theta_{y_i,i} + m)}}"
    r"{e^{s \cos(\theta_{y_i,i} + m)} + \sum_{j \neq y_i} e^{s \cos\theta_{j,i}}}, \quad "
    r"\theta_{j,i} = \min_{1 \le k \le K} \theta_{j,k,i}",
    references=(
        "Deng et al.: Sub-center ArcFace: Boosting Face Recognition by Large-scale Noisy Web "
        "Faces, ECCV, 2020",
    ),
    distance="cosine",
    grouped=False,
    classifies=True,
    parameters={
        "scale": RADIUS,
        "margin": ADDED_ANGLE,
        "centres": Parameter(
            3,
            "K, the centres of each class (the paper's)",
            minimum=1,
            maximum=20,
            search=(1, 2, 3, 5),
        ),
        "dropout": NO_CLASSIFIER_DROPOUT,
    },
)


class SubCentreArcFace(ArcFace):
    """Sub-centre ArcFace (Deng et al., ECCV 2020): a sample has to be near one centre of its class.

    Args:
        scale: s > 0.
        margin: m ≥ 0; 0 gives the normalised softmax of the nearest centres.
        centres: K ≥ 1; 1 gives the additive angular margin loss.
        dropout: the fraction of the embedding dropped before the centres in training.
        loss_arguments: those of :class:`~discern.losses.shared.base.Loss`.
    """

    def __init__(
        self, scale: float, margin: float, centres: int, dropout: float, **loss_arguments: int
    ) -> None:
        super().__init__(scale, margin, dropout, **loss_arguments)
        self.centres = self._add_centres(centres)

    def cosines(self, embeddings: tf.Tensor) -> tf.Tensor:
        """The cosine to the nearest centre of each class, (B, C)."""
        return tf.reduce_max(cosines_to_centres(embeddings, self.centres), axis=1)

    @property
    def class_weights(self) -> tf.Tensor:
        """The mean of each class's unit centres, (D, C)."""
        return mean_direction(self.centres)


loss = SubCentreArcFace
