"""Each loss's plain reference, and the settings in which the loss is held against it.

A reference is prepared with the embeddings x (B, D) and labels y (B,) of a batch, the loss's
weights that no gradient moves, and its parameters. What the paper chooses or weighs without a
gradient is fixed then. The result is a function of embeddings and trained weights, float64.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np

import oracle
import oracle_cosines
import oracle_pairs
from agreement import make, with_random_weights
from batches import Batch
from discern.losses.shared.base import Loss


@dataclass(frozen=True)
class Reference:
    """How a loss is computed slowly, and where the two are compared.

    Attributes:
        prepare: prepare(x, y, *untrained weights, **parameters) gives function(x, *weights).
        settings: the parameters of each comparison, those of ``prepare`` in full.
        together: whether coinciding samples share a gradient in a way that is nobody's business.
    """

    prepare: Callable[..., oracle.Function]
    settings: tuple[dict[str, Any], ...]
    together: bool = False

    def at(self, loss: Loss, batch: Batch, **parameters: Any) -> oracle.Function:
        """The reference of ``loss`` prepared at ``batch``."""
        fixed = [weight.numpy().astype(np.float64) for weight in loss.non_trainable_weights]
        x = batch.embeddings.astype(np.float64)
        return self.prepare(x, batch.labels, *fixed, **parameters)


def example(name: str, seed: int = 0, **changes: Any) -> tuple[Loss, dict[str, Any]]:
    """The loss in its reference's first setting with random weights, and that setting."""
    setting = REFERENCES[name].settings[0]
    return with_random_weights(make(name, **setting | changes), seed), setting


def placed(x, distance):
    """The embeddings between which Euclidean distances are taken."""
    return oracle.normalised(x) if distance == "cosine" else x


def plain(paper):
    """A paper's function in which nothing is chosen."""

    def prepare(_, y, distance=None, **parameters):
        return lambda x, *weights: paper(placed(x, distance), y, *weights, **parameters)

    return prepare


# The mask is what dropout leaves of the embedding that the classifier sees.


def softmax(_, y, mask=1.0):
    return lambda x, w, b: oracle.softmax(x * mask, y, w, b)


def centre(_, y, centres, weight, mask=1.0):
    beside = softmax(_, y, mask)
    return lambda x, w, b: beside(x, w, b) + weight * oracle.pull(x, y, centres)


def adaface(x, y, statistics, scale, margin, concentration):
    weight, mu, sigma = statistics
    norms = [oracle.norm(row) for row in x]
    quality = oracle_cosines.qualities(norms, mu / weight, sigma / weight, concentration)
    return lambda x, w: oracle_cosines.adaface(x, y, w, quality, scale, margin)


def triplet_semihard(x, y, margin, distance):
    mined = oracle_pairs.mine_semihard(placed(x, distance), y)
    return lambda x: oracle_pairs.triplet_mean(placed(x, distance), mined, margin)


def triplet_softmax(x, y, margin, weight, distance, mask=1.0):
    triplets, beside = triplet_semihard(x, y, margin, distance), softmax(x, y, mask)
    return lambda x, w, b: triplets(x) + weight * beside(x, w, b)


def intra_triplet(x, y, margin, radius, weight, distance):
    triplets = triplet_semihard(x, y, margin, distance)
    hinge = plain(oracle_pairs.centre_hinge)(x, y, distance, radius=radius)
    return lambda x: triplets(x) + weight * hinge(x)


def multi_similarity(x, y, alpha, beta, base, epsilon):
    mined = oracle_pairs.mine_multi_similarity(x, y, epsilon)
    return lambda x: oracle_pairs.multi_similarity(x, mined, alpha, beta, base)


def circle(x, y, scale, margin):
    weights = oracle_pairs.circle_weights(x, y, margin)
    return lambda x: oracle_pairs.circle(x, y, weights, margin, scale)


def each(**choices):
    """The settings whose parameters have the first of these values, the second and so on."""
    return tuple(
        dict(zip(choices, values, strict=True)) for values in zip(*choices.values(), strict=True)
    )


BOTH = ("euclidean", "cosine")

REFERENCES = {
    "softmax": Reference(softmax, ({},)),
    "cosface": Reference(plain(oracle.cosface), each(scale=(20.0, 3.0), margin=(0.2, 0.5))),
    "arcface": Reference(plain(oracle.arcface), each(scale=(64.0, 3.0), margin=(0.5, 1.2))),
    "sphereface": Reference(
        plain(oracle.sphereface), each(margin=(4, 3), lambda_minimum=(5.0, 0.0))
    ),
    "large_margin_softmax": Reference(
        plain(oracle.large_margin_softmax), each(margin=(4, 3), lambda_minimum=(5.0, 0.0))
    ),
    "centre": Reference(centre, each(weight=(3.0, 0.01))),
    "proxy_anchor": Reference(
        plain(oracle.proxy_anchor), each(scale=(32.0, 3.0), margin=(0.1, 0.5))
    ),
    "normface": Reference(plain(oracle_cosines.normface), each(scale=(20.0, 3.0))),
    "proxy_nca": Reference(plain(oracle_cosines.proxy_nca), each(temperature=(0.111, 0.7))),
    "soft_triple": Reference(
        plain(oracle_cosines.soft_triple),
        each(
            scale=(20.0, 3.0, 5.0),
            margin=(0.01, 0.5, 0.1),
            centres=(3, 2, 1),
            temperature=(0.1, 0.7, 0.1),
            weight=(0.2, 2.0, 0.2),
        ),
    ),
    "sub_centre_arcface": Reference(
        plain(oracle_cosines.sub_centre_arcface),
        each(scale=(64.0, 3.0, 5.0), margin=(0.5, 1.2, 0.1), centres=(3, 2, 1)),
    ),
    "magface": Reference(
        plain(oracle_cosines.magface),
        each(
            scale=(64.0, 3.0),
            margin_minimum=(0.45, 1.2),
            margin_maximum=(0.8, 0.3),
            norm_minimum=(0.4, 1.4),
            norm_ratio=(11.0, 2.0),
            weight=(1.4, 10.0),
        ),
    ),
    "adaface": Reference(
        adaface, each(scale=(64.0, 3.0), margin=(0.4, 1.2), concentration=(0.333, 3.0))
    ),
    "sphereface2": Reference(
        plain(oracle_cosines.sphereface2),
        each(scale=(40.0, 3.0), margin=(0.4, 0.1), balance=(0.7, 0.4), exponent=(3.0, 1.5)),
    ),
    "triplet_semihard": Reference(triplet_semihard, each(margin=(1.0, 0.5), distance=BOTH)),
    "triplet_softmax": Reference(
        triplet_softmax, each(margin=(1.0, 0.5), weight=(0.1, 2.0), distance=BOTH)
    ),
    "intra_triplet": Reference(
        intra_triplet, each(margin=(1.0, 0.5), radius=(1.5, 0.4), weight=(0.5, 2.0), distance=BOTH)
    ),
    "contrastive": Reference(
        plain(oracle_pairs.contrastive),
        each(margin=(3.0, 1.3), pairs=("balanced", "pooled"), distance=BOTH),
    ),
    "triplet_batch_hard": Reference(
        plain(oracle_pairs.batch_hard_triplet), each(distance=BOTH), together=True
    ),
    # with 14 every pair costs, but of huge norms
    "lifted_structure": Reference(
        plain(oracle_pairs.lifted_structure),
        each(margin=(1.0, 14.0, 0.5), distance=("euclidean", *BOTH)),
    ),
    "n_pairs": Reference(plain(oracle_pairs.n_pairs), each(regularisation=(0.1, 1.5))),
    # 0.0123 is no difference of two cosines between points of a grid
    "multi_similarity": Reference(
        multi_similarity,
        each(alpha=(2.0, 5.0), beta=(50.0, 3.0), base=(0.5, 0.2), epsilon=(0.0123, 0.7)),
    ),
    "circle": Reference(circle, each(scale=(80.0, 5.0), margin=(0.4, -0.2))),
    "supervised_contrastive": Reference(
        plain(oracle_pairs.supervised_contrastive), each(temperature=(0.1, 1.5))
    ),
}

# Squared distances of unit vectors are rounded to about 1e-7, of which the root makes 3e-4 between
# equal ones, and which is much of the distance between neighbours. Where all directions are equal,
# or all negatives or a class's centres equally near, there is no gradient to compare.
TOLERANCES: dict[tuple[str, str | None, str], dict[str, float]] = {
    ("circle", None, "identical"): {"gradient_atol": 2e-6},
    ("contrastive", "euclidean", "no active triplet"): {"rtol": 2e-4},
    ("contrastive", "cosine", "identical"): {"gradient_atol": math.inf},
    ("contrastive", "cosine", "coinciding across classes"): {"rtol": 2e-4},
    ("lifted_structure", "cosine", "identical"): {"gradient_atol": 1e-6},
    ("lifted_structure", "cosine", "no active triplet"): {"gradient_atol": 2e-4},
    ("sub_centre_arcface", None, "all zero"): {"gradient_atol": math.inf},
    ("triplet_batch_hard", "cosine", "identical within each class"): {
        "rtol": 2e-4,
        "gradient_atol": math.inf,
    },
    ("triplet_batch_hard", "cosine", "coinciding across classes"): {
        "rtol": 2e-4,
        "gradient_atol": 5e-5,
    },
    ("triplet_batch_hard", "cosine", "no active triplet"): {"gradient_atol": 1e-5},
}
