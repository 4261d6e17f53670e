"""The service of pytorch-metric-learning's losses. Runs in the environment of the peers."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import torch
from pytorch_metric_learning import distances, losses, miners
from stopwatch import CLASSES, EMBEDDING_DIM, MARGIN, Run, serve

THREADS = 2
# loss, and the miner that chooses its pairs or triplets
Pair = tuple[torch.nn.Module, torch.nn.Module | None]


def _squared() -> distances.LpDistance:
    """The distance of our triplet losses."""
    return distances.LpDistance(normalize_embeddings=False, power=2)


def _triplets(miner: torch.nn.Module) -> Pair:
    return losses.TripletMarginLoss(margin=MARGIN, distance=_squared()), miner


def _euclidean() -> distances.LpDistance:
    return distances.LpDistance(normalize_embeddings=False)


LOSSES: dict[str, Callable[[], Pair]] = {
    "TripletMarginLoss+semihard": lambda: _triplets(
        miners.TripletMarginMiner(margin=MARGIN, type_of_triplets="semihard", distance=_squared())
    ),
    "TripletMarginLoss+BatchHardMiner": lambda: _triplets(
        miners.BatchHardMiner(distance=_squared())
    ),
    "ContrastiveLoss": lambda: (losses.ContrastiveLoss(distance=_euclidean()), None),
    "LiftedStructureLoss": lambda: (losses.LiftedStructureLoss(distance=_euclidean()), None),
    "NPairsLoss": lambda: (losses.NPairsLoss(), None),
    "MultiSimilarityLoss": lambda: (losses.MultiSimilarityLoss(), None),
    "MultiSimilarityLoss+miner": lambda: (
        losses.MultiSimilarityLoss(),
        miners.MultiSimilarityMiner(),
    ),
    "CircleLoss": lambda: (losses.CircleLoss(), None),
    "SupConLoss": lambda: (losses.SupConLoss(), None),
    "ProxyAnchorLoss": lambda: (losses.ProxyAnchorLoss(CLASSES, EMBEDDING_DIM), None),
    "CosFaceLoss": lambda: (losses.CosFaceLoss(CLASSES, EMBEDDING_DIM), None),
    "ArcFaceLoss": lambda: (losses.ArcFaceLoss(CLASSES, EMBEDDING_DIM), None),
    "SphereFaceLoss": lambda: (losses.SphereFaceLoss(CLASSES, EMBEDDING_DIM), None),
    "LargeMarginSoftmaxLoss": lambda: (
        losses.LargeMarginSoftmaxLoss(CLASSES, EMBEDDING_DIM),
        None,
    ),
}


def prepare(name: str, embeddings: np.ndarray, labels: np.ndarray) -> Run:
    """The loss ``name`` and its gradient on this batch."""
    torch.set_num_threads(THREADS)
    torch.manual_seed(0)
    loss, miner = LOSSES[name.partition(".")[2]]()
    inputs = torch.tensor(embeddings, requires_grad=True)
    targets = torch.tensor(labels, dtype=torch.int64)
    gradients = [inputs, *loss.parameters()]

    def run() -> float:
        for values in gradients:
            values.grad = None
        chosen = miner(inputs, targets) if miner else None
        value = loss(inputs, targets, chosen)
        value.backward()
        return value.item()

    return run


if __name__ == "__main__":
    serve(prepare)
