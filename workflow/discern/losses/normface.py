"""NormFace: a softmax of scaled cosines without a margin."""

from __future__ import annotations

from discern.losses.cosface import CosFace
from discern.losses.shared.description import NO_CLASSIFIER_DROPOUT, LossDescription, Parameter

description = LossDescription(
    title="NormFace",
    formula=r"L = -\frac{1}{N} \sum_{i=1}^{N} \log \frac{e^{s \cos\theta_{y_i,i}}}"
    r"{\sum_{j=1}^{C} e^{s \cos\theta_{j,i}}}",
    references=(
        "Wang et al.: NormFace: L2 Hypersphere Embedding for Face Verification, ACM Multimedia, "
        "2017, arXiv:1704.06369",
    ),
    distance="cosine",
    grouped=False,
    classifies=True,
    parameters={
        "scale": Parameter(
            20.0,
            "s, the radius of the sphere that the features lie on; fixed, though the authors also "
            "train it, and that of the large margin cosine loss, which then differs by the margin "
            "alone",
            minimum=0.01,
            search=(5.0, 10.0, 20.0, 40.0),
        ),
        "dropout": NO_CLASSIFIER_DROPOUT,
    },
)


class NormFace(CosFace):
    """Softmax of scaled cosines (arXiv:1704.06369): the large margin cosine loss with m = 0.

    Args:
        scale: s > 0.
        dropout: the fraction of the embedding dropped before the classifier in training.
        loss_arguments: those of :class:`~discern.losses.shared.base.Loss`.
    """

    def __init__(self, scale: float, dropout: float, **loss_arguments: int) -> None:
        super().__init__(scale, 0.0, dropout, **loss_arguments)


loss = NormFace
