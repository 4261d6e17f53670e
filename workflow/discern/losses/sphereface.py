"""A-Softmax: the margin multiplies the angle to the true class; class weights have norm 1."""

from __future__ import annotations

import tensorflow as tf

from discern.losses.shared.angular import AngularMargin
from discern.losses.shared.base import unit
from discern.losses.shared.description import (
    ANGULAR_MARGIN,
    NO_CLASSIFIER_DROPOUT,
    LossDescription,
    Parameter,
)

description = LossDescription(
    title="A-Softmax",
    formula=r"L = -\frac{1}{N} \sum_{i=1}^{N} \log \frac{e^{\|x_i\| \psi(\theta_{y_i,i})}}"
    r"{e^{\|x_i\| \psi(\theta_{y_i,i})} + \sum_{j \neq y_i} e^{\|x_i\| \cos\theta_{j,i}}}, \quad "
    r"\psi(\theta) = \frac{\lambda \cos\theta + (-1)^k \cos(m\theta) - 2k}{1 + \lambda}, \quad "
    r"\theta \in \left[\frac{k\pi}{m}, \frac{(k+1)\pi}{m}\right]",
    references=(
        "Liu et al.: SphereFace: Deep Hypersphere Embedding for Face Recognition, CVPR, 2017, "
        "arXiv:1704.08063",
        "Liu et al.: Large-Margin Softmax Loss for Convolutional Neural Networks, ICML, 2016, "
        "arXiv:1612.02295 (the annealing)",
    ),
    distance="cosine",
    grouped=False,
    classifies=True,
    parameters={
        "margin": ANGULAR_MARGIN,
        "lambda_base": Parameter(1000.0, "λ at step 0 (the authors' training settings)", 0.0),
        "lambda_gamma": Parameter(0.12, "how fast λ falls: λ = base / (1 + gamma · step)", 0.0),
        "lambda_minimum": Parameter(5.0, "λ does not fall below this (the authors' value)", 0.0),
        "dropout": NO_CLASSIFIER_DROPOUT,
    },
)


class SphereFace(AngularMargin):
    """A-Softmax (arXiv:1704.08063, eq. 7), annealed as in the authors' settings.

    Features keep their norm, class weights have norm 1.

    Args:
        margin: m, an integer ≥ 1; 1 gives the softmax with unit class weights.
        lambda_base: λ at step 0.
        lambda_gamma: how fast λ falls.
        lambda_minimum: the final λ.
        dropout: the fraction of the embedding dropped before the classifier in training.
        loss_arguments: those of :class:`~discern.losses.shared.base.Loss`.
    """

    def __init__(
        self,
        margin: int,
        lambda_base: float,
        lambda_gamma: float,
        lambda_minimum: float,
        dropout: float,
        **loss_arguments: int,
    ) -> None:
        super().__init__(
            margin, lambda_base, lambda_gamma, 1.0, lambda_minimum, dropout, **loss_arguments
        )

    def columns(self) -> tf.Tensor:
        """W / ‖W‖, (D, C)."""
        return unit(self.weights_matrix, axis=0)


loss = SphereFace
