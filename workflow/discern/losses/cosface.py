"""Large margin cosine loss: a margin between the cosines to the class weights."""

from __future__ import annotations

import tensorflow as tf

from discern.losses.base import Loss, cross_entropy, unit
from discern.losses.record import LossRecord, Parameter

record = LossRecord(
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
        "scale": Parameter(20.0, "s, the radius of the sphere that the features lie on", 0.01),
        "margin": Parameter(0.2, "m, taken from the cosine to the own class", 0.0, 2.0),
    },
)


class CosFace(Loss):
    """Large margin cosine loss (arXiv:1801.09414, eq. 4).

    Args:
        scale: s > 0.
        margin: m ≥ 0; with 0 it is the normalised softmax.
        loss_arguments: those of :class:`~discern.losses.base.Loss`.
    """

    def __init__(self, scale: float, margin: float, **loss_arguments: int) -> None:
        super().__init__(**loss_arguments)
        self.scale = scale
        self.margin = margin
        self.weights_matrix = self._add_class_weights()

    def logits(self, embeddings: tf.Tensor) -> tf.Tensor:
        """S cos θ, (B, C), without the margin."""
        cosines = tf.matmul(unit(embeddings, axis=1), unit(self.weights_matrix, axis=0))
        return self.scale * cosines

    @property
    def class_weights(self) -> tf.Variable:
        """W, (D, C), not normalised."""
        return self.weights_matrix

    def call(
        self, embeddings: tf.Tensor, labels: tf.Tensor, step: tf.Tensor | None = None
    ) -> tf.Tensor:
        """The mean loss, a scalar; embeddings (B, D), labels (B,)."""
        own = tf.one_hot(labels, self.classes)
        return cross_entropy(self.logits(embeddings) - self.scale * self.margin * own, labels)


loss = CosFace
