"""Supervised contrastive loss: cross-entropy of each anchor's positives among all others."""

from __future__ import annotations

import tensorflow as tf

from discern.losses.shared.base import Loss
from discern.losses.shared.description import LossDescription, Parameter
from discern.losses.shared.pairs import cosines, log_sum_exp, mean_over, positive_and_negative

description = LossDescription(
    title="Supervised contrastive",
    formula=r"L = -\frac{1}{N} \sum_{i=1}^{N} \frac{1}{|P_i|} \sum_{p \in P_i} \log "
    r"\frac{e^{s_{ip} / \tau}}{\sum_{a \neq i} e^{s_{ia} / \tau}}",
    references=("Khosla et al.: Supervised Contrastive Learning, NeurIPS, 2020, arXiv:2004.11362",),
    distance="cosine",
    grouped=True,
    classifies=False,
    parameters={
        "temperature": Parameter(
            0.1,
            "τ, the smaller, the more the nearest samples count (the paper's)",
            minimum=0.001,
            search=(0.03, 0.07, 0.1, 0.2, 0.5),
        ),
    },
)


class SupervisedContrastive(Loss):
    """Supervised contrastive loss (arXiv:2004.11362, eq. 2), on the embedding itself.

    The paper uses two augmented views of each image and a projection that is discarded after
    training; here there is one view and no projection. Anchors without a positive sample do not
    count.

    Args:
        temperature: τ > 0.
        loss_arguments: those of :class:`~discern.losses.shared.base.Loss`.
    """

    def __init__(self, temperature: float, **loss_arguments: int) -> None:
        super().__init__(**loss_arguments)
        self.temperature = temperature

    def call(
        self, embeddings: tf.Tensor, labels: tf.Tensor, step: tf.Tensor | None = None
    ) -> tf.Tensor:
        """The mean over the anchors, a scalar; embeddings (B, D), labels (B,)."""
        scores = cosines(embeddings) / self.temperature
        positive, negative = positive_and_negative(labels)
        counts = tf.reduce_sum(tf.cast(positive, tf.float32), axis=1)
        own = tf.reduce_sum(tf.where(positive, scores, 0.0), axis=1)
        per_anchor = log_sum_exp(scores, positive | negative) - tf.math.divide_no_nan(own, counts)
        return mean_over(per_anchor, counts > 0)


loss = SupervisedContrastive
