"""Values and gradients of pytorch-metric-learning's losses, in that library's own environment.

    python peers.py QUESTIONS ANSWERS

QUESTIONS is an npz archive of ``parameters``, the JSON of each loss's parameters by its name here,
``class_weights`` (K, D, C) of each class's centres, and of every batch its ``embeddings.NAME``
(B, D) and ``labels.NAME`` (B,). ANSWERS gets ``value.LOSS.NAME`` and the gradient for the
embeddings, ``gradient.LOSS.NAME`` (B, D). All is float64. What differs between the two definitions
is in :mod:`test_peers`.
"""

from __future__ import annotations

import json
import math
import sys
from collections.abc import Callable

import numpy as np
import torch
from pytorch_metric_learning import distances, losses, miners, reducers, regularizers

Function = Callable[[torch.Tensor, torch.Tensor], torch.Tensor]


class HalfMeanSquare(reducers.MeanReducer):
    """½ · mean of the squared losses of the pairs."""

    def element_reduction(self, losses: torch.Tensor, *_: object) -> torch.Tensor:
        return super().element_reduction(losses**2) / 2


def classifier(
    kind: type, weights: torch.Tensor, attribute: str = "W", centres: int = 1, **arguments: object
) -> Function:
    """Their loss with the first ``centres`` of the classes' ``weights`` (K, D, C)."""
    _, width, classes = weights.shape
    loss = kind(num_classes=classes, embedding_size=width, **arguments)
    # theirs are (D, C · K), the centres of a class side by side
    columns = weights[:centres].permute(1, 2, 0).reshape(width, classes * centres)
    setattr(loss, attribute, torch.nn.Parameter(columns.T if attribute == "proxies" else columns))
    return loss


def mined(miner: miners.BaseMiner, loss: losses.BaseMetricLossFunction) -> Function:
    """Their loss of the pairs or triplets that their miner chooses."""
    return lambda x, y: loss(x, y, miner(x, y))


def between(distance: str) -> distances.LpDistance:
    """Their distance of ours."""
    return distances.LpDistance(normalize_embeddings=distance == "cosine")


def without_annealing(kind: type) -> Callable[..., Function]:
    """Their softmax of this kind."""

    def make(weights: torch.Tensor, margin: int, lambda_minimum: float) -> Function:
        if lambda_minimum:
            raise ValueError(f"their {kind.__name__} knows no λ")
        return classifier(kind, weights, margin=margin)

    return make


# Each of our losses, made of theirs: functions of the class weights and our parameters.
PEERS = {
    "cosface": lambda w, **ours: classifier(losses.CosFaceLoss, w, **ours),
    "arcface": lambda w, scale, margin: classifier(
        losses.ArcFaceLoss, w, scale=scale, margin=math.degrees(margin)
    ),
    "sphereface": without_annealing(losses.SphereFaceLoss),
    "large_margin_softmax": without_annealing(losses.LargeMarginSoftmaxLoss),
    "proxy_anchor": lambda w, scale, margin: classifier(
        losses.ProxyAnchorLoss, w, "proxies", margin=margin, alpha=scale
    ),
    "normface": lambda w, scale: classifier(losses.NormalizedSoftmaxLoss, w, temperature=1 / scale),
    "proxy_nca": lambda w, temperature: classifier(
        losses.ProxyNCALoss, w, "proxies", softmax_scale=1 / temperature
    ),
    "soft_triple": lambda w, scale, margin, centres, temperature, weight: classifier(
        losses.SoftTripleLoss,
        w,
        "fc",
        centres,
        centers_per_class=centres,
        la=scale,
        gamma=temperature,
        margin=margin,
        weight_regularizer=regularizers.SparseCentersRegularizer(w.shape[2], centres),
        weight_reg_weight=weight,
    ),
    "sub_centre_arcface": lambda w, scale, margin, centres: classifier(
        losses.SubCenterArcFaceLoss,
        w,
        centres=centres,
        sub_centers=centres,
        scale=scale,
        margin=math.degrees(margin),
    ),
    "contrastive": lambda _, margin, distance: losses.ContrastiveLoss(
        neg_margin=margin, distance=between(distance), reducer=HalfMeanSquare()
    ),
    "triplet_batch_hard": lambda _, distance: mined(
        miners.BatchHardMiner(distance=between(distance)),
        losses.TripletMarginLoss(
            margin=0.0,
            smooth_loss=True,
            distance=between(distance),
            reducer=reducers.MeanReducer(),
        ),
    ),
    "lifted_structure": lambda _, margin, distance: losses.LiftedStructureLoss(
        neg_margin=margin, distance=between(distance)
    ),
    "n_pairs": lambda _, regularisation: losses.NTXentLoss(
        temperature=1.0,
        distance=distances.DotProductSimilarity(normalize_embeddings=False),
        embedding_regularizer=regularizers.LpRegularizer(power=2),
        embedding_reg_weight=regularisation / 2,
    ),
    "multi_similarity": lambda _, epsilon, **ours: mined(
        miners.MultiSimilarityMiner(epsilon=epsilon), losses.MultiSimilarityLoss(**ours)
    ),
    "circle": lambda _, scale, margin: losses.CircleLoss(m=margin, gamma=scale),
    "supervised_contrastive": lambda _, temperature: losses.SupConLoss(temperature=temperature),
}


def answer(questions: dict[str, np.ndarray]) -> dict[str, np.ndarray]:
    """The answers to ``questions``."""
    weights = torch.from_numpy(questions["class_weights"])
    batches = [key.split(".", 1)[1] for key in questions if key.startswith("embeddings.")]
    answers = {}
    for name, parameters in json.loads(str(questions["parameters"])).items():
        loss = PEERS[name](weights, **parameters)
        for batch in batches:
            embeddings = torch.from_numpy(questions[f"embeddings.{batch}"]).requires_grad_()
            result = loss(embeddings, torch.from_numpy(questions[f"labels.{batch}"]))
            (gradient,) = torch.autograd.grad(result, embeddings)
            answers[f"value.{name}.{batch}"] = result.detach().numpy()
            answers[f"gradient.{name}.{batch}"] = gradient.numpy()
    return answers


if __name__ == "__main__":
    np.savez(sys.argv[2], **answer(dict(np.load(sys.argv[1]))))
