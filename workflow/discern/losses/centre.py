"""Centre loss: a softmax loss plus a pull of each sample to the running centre of its class."""

from __future__ import annotations

import tensorflow as tf

from discern.losses.shared.base import Loss
from discern.losses.shared.description import CLASSIFIER_DROPOUT, LossDescription, Parameter
from discern.losses.softmax import Softmax

description = LossDescription(
    title="Centre loss + softmax",
    formula=r"L = L_{\mathrm{softmax}} + \frac{\lambda}{2N} \sum_{i=1}^{N} "
    r"\|x_i - c_{y_i}\|^2, \quad "
    r"c_j \leftarrow c_j - \alpha \frac{\sum_{i:\, y_i = j} (c_j - x_i)}{1 + n_j}",
    references=(
        "Wen et al.: A Discriminative Feature Learning Approach for Deep Face Recognition, ECCV, "
        "2016",
    ),
    distance="euclidean",
    grouped=False,
    classifies=True,
    parameters={
        "weight": Parameter(
            0.01,
            "λ, the weight of the pull to the centre (the authors' setting for MNIST)",
            minimum=0.0,
            search=(0.0, 0.001, 0.01, 0.1, 1.0),
        ),
        "centre_rate": Parameter(
            0.5,
            "α, how fast a centre follows its class (the paper's)",
            minimum=0.0,
            maximum=1.0,
            search=(0.1, 0.5, 1.0),
        ),
        "dropout": CLASSIFIER_DROPOUT,
    },
)


class Centre(Loss):
    """Softmax plus λ/2 times the mean squared distance to the class's centre (Wen et al., eq. 5).

    The centres are not trained by gradient: they follow the embeddings by the paper's update rule
    (eq. 4), in which λ does not occur.

    Args:
        weight: λ ≥ 0.
        centre_rate: α in [0, 1].
        dropout: the fraction of the embedding dropped before the classifier in training.
        loss_arguments: those of :class:`~discern.losses.shared.base.Loss`.
    """

    def __init__(
        self, weight: float, centre_rate: float, dropout: float, **loss_arguments: int
    ) -> None:
        super().__init__(**loss_arguments)
        self.weight = weight
        self.centre_rate = centre_rate
        self.softmax = Softmax(dropout=dropout, **loss_arguments)
        self.centres = self.add_weight(
            "centres",
            shape=(self.classes, self.embedding_dim),
            initializer="zeros",
            trainable=False,
        )

    def logits(self, embeddings: tf.Tensor) -> tf.Tensor:
        """The softmax's W x + b, (B, C)."""
        return self.softmax.logits(embeddings)

    @property
    def class_weights(self) -> tf.Variable:
        """The softmax's W, (D, C)."""
        return self.softmax.class_weights

    def call(
        self, embeddings: tf.Tensor, labels: tf.Tensor, step: tf.Tensor | None = None
    ) -> tf.Tensor:
        """The mean loss, a scalar; embeddings (B, D), labels (B,)."""
        offsets = embeddings - tf.gather(self.centres, tf.cast(labels, tf.int64))
        pull = tf.reduce_mean(tf.reduce_sum(tf.square(offsets), axis=1))
        return self.softmax(embeddings, labels, step=step) + 0.5 * self.weight * pull

    def after_step(self, embeddings: tf.Tensor, labels: tf.Tensor) -> None:
        """Move each centre c by −α Σ (c − x) / (1 + n) over its n samples in the batch (eq. 4)."""
        membership = tf.one_hot(labels, self.classes)
        counts = tf.reduce_sum(membership, axis=0)[:, None]
        sums = tf.matmul(membership, embeddings, transpose_a=True)
        self.centres.assign_add(self.centre_rate * (sums - counts * self.centres) / (1.0 + counts))


loss = Centre
