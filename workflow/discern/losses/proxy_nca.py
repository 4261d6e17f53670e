"""ProxyNCA++: the probability that a sample is assigned to the proxy of its class."""

from __future__ import annotations

from discern.losses.normface import NormFace
from discern.losses.shared.description import NO_CLASSIFIER_DROPOUT, LossDescription, Parameter

description = LossDescription(
    title="ProxyNCA++",
    formula=r"L = -\frac{1}{N} \sum_{i=1}^{N} \log \frac{e^{-d_{y_i,i} / T}}"
    r"{\sum_{j=1}^{C} e^{-d_{j,i} / T}}, \quad "
    r"d_{j,i} = \left\| \frac{x_i}{\|x_i\|} - \frac{W_j}{\|W_j\|} \right\|^2",
    references=(
        "Teh et al.: ProxyNCA++: Revisiting and Revitalizing Proxy Neighborhood Component "
        "Analysis, ECCV, 2020, arXiv:2004.01113",
        "Movshovitz-Attias et al.: No Fuss Distance Metric Learning using Proxies, ICCV, 2017, "
        "arXiv:1703.07464",
    ),
    distance="cosine",
    grouped=False,
    classifies=True,
    parameters={
        "temperature": Parameter(
            0.111,
            "T, the temperature of the squared distances (the paper's 1/9)",
            minimum=0.01,
            search=(0.05, 0.111, 0.2, 0.5),
        ),
        "dropout": NO_CLASSIFIER_DROPOUT,
    },
)


class ProxyNCA(NormFace):
    """ProxyNCA++ loss (arXiv:2004.01113); the proxies are the class weights.

    A squared distance between unit vectors is 2 − 2 cos θ, so this is the softmax of s cos θ with
    s = 2 / T. The paper's other changes concern the network, the batches and the proxies' learning
    rate, which here is the network's.

    Args:
        temperature: T > 0.
        dropout: the fraction of the embedding dropped before the proxies in training.
        loss_arguments: those of :class:`~discern.losses.shared.base.Loss`.
    """

    def __init__(self, temperature: float, dropout: float, **loss_arguments: int) -> None:
        super().__init__(2.0 / temperature, dropout, **loss_arguments)


loss = ProxyNCA
