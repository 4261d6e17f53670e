"""Values and gradients of pytorch-metric-learning's losses, in that library's own environment.

    python peers.py QUESTIONS ANSWERS

QUESTIONS is an npz archive of ``parameters``, the JSON of each loss's parameters by its name here,
``class_weights`` (D, C), and of every batch its ``embeddings.NAME`` (B, D) and ``labels.NAME``
(B,). ANSWERS gets ``value.LOSS.NAME`` and the gradient for the embeddings, ``gradient.LOSS.NAME``
(B, D). All is float64. What differs between the two definitions is in :mod:`test_peers`.
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


class Peers:
    """Each method is one of our losses, made of theirs; its arguments are our parameters.

    Args:
        class_weights: W, (D, C), of every loss with a classifier.
    """

    def __init__(self, class_weights: np.ndarray) -> None:
        self.weights = torch.from_numpy(class_weights)

    def _classifier(self, kind: type, **arguments: float) -> Function:
        width, classes = self.weights.shape
        loss = kind(num_classes=classes, embedding_size=width, **arguments)
        loss.W.data = self.weights
        return loss

    def cosface(self, scale: float, margin: float) -> Function:
        return self._classifier(losses.CosFaceLoss, scale=scale, margin=margin)

    def arcface(self, scale: float, margin: float) -> Function:
        return self._classifier(losses.ArcFaceLoss, scale=scale, margin=math.degrees(margin))

    def sphereface(self, margin: int, lambda_minimum: float) -> Function:
        if lambda_minimum:
            raise ValueError("their SphereFace knows no λ")
        return self._classifier(losses.SphereFaceLoss, margin=margin)

    def large_margin_softmax(self, margin: int, lambda_minimum: float) -> Function:
        if lambda_minimum:
            raise ValueError("their large-margin softmax knows no λ")
        return self._classifier(losses.LargeMarginSoftmaxLoss, margin=margin)

    def proxy_anchor(self, scale: float, margin: float) -> Function:
        width, classes = self.weights.shape
        loss = losses.ProxyAnchorLoss(classes, width, margin=margin, alpha=scale)
        loss.proxies.data = self.weights.T
        return loss

    def contrastive(self, margin: float, distance: str) -> Function:
        return losses.ContrastiveLoss(
            neg_margin=margin, distance=_between(distance), reducer=HalfMeanSquare()
        )

    def triplet_batch_hard(self, distance: str) -> Function:
        miner = miners.BatchHardMiner(distance=_between(distance))
        loss = losses.TripletMarginLoss(
            margin=0.0,
            smooth_loss=True,
            distance=_between(distance),
            reducer=reducers.MeanReducer(),
        )
        return lambda x, y: loss(x, y, miner(x, y))

    def lifted_structure(self, margin: float, distance: str) -> Function:
        return losses.LiftedStructureLoss(neg_margin=margin, distance=_between(distance))

    def n_pairs(self, regularisation: float) -> Function:
        return losses.NTXentLoss(
            temperature=1.0,
            distance=distances.DotProductSimilarity(normalize_embeddings=False),
            embedding_regularizer=regularizers.LpRegularizer(power=2),
            embedding_reg_weight=regularisation / 2,
        )

    def multi_similarity(self, alpha: float, beta: float, base: float, epsilon: float) -> Function:
        miner = miners.MultiSimilarityMiner(epsilon=epsilon)
        loss = losses.MultiSimilarityLoss(alpha=alpha, beta=beta, base=base)
        return lambda x, y: loss(x, y, miner(x, y))

    def circle(self, scale: float, margin: float) -> Function:
        return losses.CircleLoss(m=margin, gamma=scale)

    def supervised_contrastive(self, temperature: float) -> Function:
        return losses.SupConLoss(temperature=temperature)


def _between(distance: str) -> distances.LpDistance:
    return distances.LpDistance(normalize_embeddings=distance == "cosine")


def answer(questions: dict[str, np.ndarray]) -> dict[str, np.ndarray]:
    """The answers to ``questions``."""
    peers = Peers(questions["class_weights"])
    batches = [key.split(".", 1)[1] for key in questions if key.startswith("embeddings.")]
    answers = {}
    for name, parameters in json.loads(str(questions["parameters"])).items():
        loss = getattr(peers, name)(**parameters)
        for batch in batches:
            embeddings = torch.from_numpy(questions[f"embeddings.{batch}"]).requires_grad_()
            found = loss(embeddings, torch.from_numpy(questions[f"labels.{batch}"]))
            (gradient,) = torch.autograd.grad(found, embeddings)
            answers[f"value.{name}.{batch}"] = found.detach().numpy()
            answers[f"gradient.{name}.{batch}"] = gradient.numpy()
    return answers


if __name__ == "__main__":
    np.savez(sys.argv[2], **answer(dict(np.load(sys.argv[1]))))
