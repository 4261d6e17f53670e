"""SoftTriple: a softmax over classes with several centres each."""

from __future__ import annotations

import tensorflow as tf

from discern.losses.cosface import CosFace
from discern.losses.shared.centres import cosines_to_centres, mean_direction, mean_distance
from discern.losses.shared.description import NO_CLASSIFIER_DROPOUT, LossDescription, Parameter

description = LossDescription(
    title="SoftTriple",
    formula=r"L = -\frac{1}{N} \sum_{i=1}^{N} \log \frac{e^{\lambda (S_{y_i,i} - \delta)}}"
    r"{e^{\lambda (S_{y_i,i} - \delta)} + \sum_{j \neq y_i} e^{\lambda S_{j,i}}} + "
    r"\tau \frac{\sum_{j=1}^{C} \sum_{k < l} \|W_{j,k} - W_{j,l}\|}{C K (K - 1)}, \quad "
    r"S_{j,i} = \sum_{k=1}^{K} \frac{e^{\cos\theta_{j,k,i} / \gamma}}"
    r"{\sum_{l=1}^{K} e^{\cos\theta_{j,l,i} / \gamma}} \cos\theta_{j,k,i}, \quad "
    r"\|W_{j,k}\| = 1",
    references=(
        "Qian et al.: SoftTriple Loss: Deep Metric Learning Without Triplet Sampling, ICCV, 2019, "
        "arXiv:1909.05235",
    ),
    distance="cosine",
    grouped=False,
    classifies=True,
    parameters={
        "scale": Parameter(
            20.0,
            "λ, the scale of the similarities (the paper's)",
            minimum=0.01,
            search=(5.0, 10.0, 20.0, 40.0),
        ),
        "margin": Parameter(
            0.01,
            "δ, subtracted from the similarity to the own class (the paper's)",
            minimum=0.0,
            maximum=2.0,
            search=(0.0, 0.01, 0.1, 0.2),
        ),
        "centres": Parameter(
            10,
            "K, the centres of each class (the paper's for classes with many images)",
            minimum=1,
            maximum=20,
            search=(1, 2, 5, 10),
        ),
        "temperature": Parameter(
            0.1,
            "γ, the temperature with which a sample chooses among a class's centres (the paper's)",
            minimum=0.01,
            search=(0.05, 0.1, 0.2),
        ),
        "weight": Parameter(
            0.2,
            "τ, the weight of the distances between a class's centres (the paper's)",
            minimum=0.0,
            search=(0.0, 0.2, 1.0),
        ),
        "dropout": NO_CLASSIFIER_DROPOUT,
    },
)


class SoftTriple(CosFace):
    """SoftTriple loss (arXiv:1909.05235), with the pull between a class's centres.

    Args:
        scale: λ > 0.
        margin: δ ≥ 0.
        centres: K ≥ 1.
        temperature: γ > 0.
        weight: τ ≥ 0.
        dropout: the fraction of the embedding dropped before the centres in training.
        loss_arguments: those of :class:`~discern.losses.shared.base.Loss`.
    """

    def __init__(
        self,
        scale: float,
        margin: float,
        centres: int,
        temperature: float,
        weight: float,
        dropout: float,
        **loss_arguments: int,
    ) -> None:
        super().__init__(scale, margin, dropout, **loss_arguments)
        self.temperature = temperature
        self.weight = weight
        self.centres = self._add_centres(centres)

    def cosines(self, embeddings: tf.Tensor) -> tf.Tensor:
        """S, the mean of the cosines to each class's centres, nearer ones weighing more, (B, C)."""
        cosines = cosines_to_centres(embeddings, self.centres)
        return tf.reduce_sum(tf.nn.softmax(cosines / self.temperature, axis=1) * cosines, axis=1)

    @property
    def class_weights(self) -> tf.Tensor:
        """The mean of each class's unit centres, (D, C)."""
        return mean_direction(self.centres)

    def call(
        self, embeddings: tf.Tensor, labels: tf.Tensor, step: tf.Tensor | None = None
    ) -> tf.Tensor:
        """The mean loss, a scalar; embeddings (B, D), labels (B,)."""
        softmax = super().call(embeddings, labels, step=step)
        # The paper's sum has each pair once and is divided by the number of ordered pairs.
        return softmax + 0.5 * self.weight * mean_distance(self.centres)


loss = SoftTriple
