"""L-Softmax: a margin that multiplies the angle to the own class, whose weights keep their norm."""

from __future__ import annotations

from discern.losses.angular import AngularMargin
from discern.losses.record import ANGULAR_MARGIN, LossRecord, Parameter

record = LossRecord(
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
    # the annealing's defaults are the authors' settings for MNIST
    parameters={
        "margin": ANGULAR_MARGIN,
        "lambda_base": Parameter(1000.0, "λ at step 0", 0.0),
        "lambda_gamma": Parameter(
            2.5e-5, "how fast λ falls: λ = base · (1 + gamma · step)^−power", 0.0
        ),
        "lambda_power": Parameter(35.0, "how steeply λ falls", 0.0),
        "lambda_minimum": Parameter(0.0, "λ does not fall below this", 0.0, search=(0.0, 1.0, 5.0)),
    },
)

# Large-margin softmax loss (arXiv:1612.02295, eq. 4 to 6).
loss = AngularMargin
