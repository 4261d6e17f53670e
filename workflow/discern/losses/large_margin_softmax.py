"""L-Softmax: the margin multiplies the angle to the true class; class weights keep their norm."""

from __future__ import annotations

from discern.losses.shared.angular import AngularMargin
from discern.losses.shared.description import (
    ANGULAR_MARGIN,
    NO_CLASSIFIER_DROPOUT,
    LossDescription,
    Parameter,
)

description = LossDescription(
    title="L-Softmax",
    formula=r"L = -\frac{1}{N} \sum_{i=1}^{N} \log "
    r"\frac{e^{\|W_{y_i}\| \|x_i\| \psi(\theta_{y_i,i})}}"
    r"{e^{\|W_{y_i}\| \|x_i\| \psi(\theta_{y_i,i})} + "
    r"\sum_{j \neq y_i} e^{\|W_j\| \|x_i\| \cos\theta_{j,i}}}, \quad "
    r"\psi(\theta) = \frac{\lambda \cos\theta + (-1)^k \cos(m\theta) - 2k}{1 + \lambda}, \quad "
    r"\theta \in \left[\frac{k\pi}{m}, \frac{(k+1)\pi}{m}\right]",
    references=(
        "Liu et al.: Large-Margin Softmax Loss for Convolutional Neural Networks, ICML, 2016, "
        "arXiv:1612.02295",
    ),
    distance="cosine",
    grouped=False,
    classifies=True,
    # The annealing's defaults are those of the same authors' A-Softmax. Their settings for MNIST
    # (gamma 2.5e-5, power 35, minimum 0) keep λ above 100 for 20 epochs of 135 steps. Until then it
    # trains nearly a softmax, the validation loss at the final λ rises, and the first epoch would
    # be selected.
    parameters={
        "margin": ANGULAR_MARGIN,
        "lambda_base": Parameter(1000.0, "λ at step 0 (the authors' training settings)", 0.0),
        "lambda_gamma": Parameter(
            0.12, "how fast λ falls: λ = base · (1 + gamma · step)^−power", 0.0
        ),
        "lambda_power": Parameter(1.0, "how steeply λ falls", 0.0),
        "lambda_minimum": Parameter(5.0, "λ does not fall below this (the authors' value)", 0.0),
        "dropout": NO_CLASSIFIER_DROPOUT,
    },
)

# Large-margin softmax loss (arXiv:1612.02295, eq. 4 to 6).
loss = AngularMargin
