"""Turn maps of the same images so that they can be compared by eye."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from scipy.linalg import orthogonal_procrustes

# The turns are repeated until the consensus gets no better by this part, or so often.
_TOLERANCE = 1e-9
_ROUNDS = 200


def aligned(maps: Sequence[np.ndarray]) -> list[np.ndarray]:
    """The maps, each (N, 2) of the same N images, turned, mirrored and shifted to lie alike.

    Generalised Procrustes analysis (Gower, Generalized Procrustes analysis, Psychometrika, 1975):
    each map is turned to the consensus, which is the mean of all, until none gets nearer. Maps
    count alike for the consensus whatever their size, but none is scaled: distances within a map
    stay as they are. All are centred on the origin, and the first is not turned.

    Returns:
        A float64 (N, 2) for each map.

    Raises:
        ValueError: when a map is not (N, 2), or not of as many points as the first.
    """
    for each in maps:
        if each.ndim != 2 or each.shape[1] != 2 or len(each) != len(maps[0]):
            raise ValueError(
                f"maps of {maps[0].shape} and {each.shape} can not be aligned: each must have "
                "the same images as the others, in the plane"
            )
    if not len(maps):
        return []
    centred = [each - each.mean(axis=0, dtype=np.float64) for each in maps]
    shapes = [each / (np.linalg.norm(each) or 1.0) for each in centred]
    turns = _turns(shapes)
    return [each @ turn @ turns[0].T for each, turn in zip(centred, turns, strict=True)]


def _turns(shapes: Sequence[np.ndarray]) -> list[np.ndarray]:
    """The orthogonal matrix (2, 2) of each shape that brings all nearest to their mean."""
    total = np.zeros_like(shapes[0])
    for shape in shapes:  # each to the sum of those before it, as a start
        total = total + shape @ _turn(shape, total)
    consensus = total / len(shapes)
    distance = np.inf
    for _ in range(_ROUNDS):
        turns = [_turn(shape, consensus) for shape in shapes]
        turned = [shape @ turn for shape, turn in zip(shapes, turns, strict=True)]
        consensus = np.mean(turned, axis=0)
        last, distance = distance, sum(float(np.sum((each - consensus) ** 2)) for each in turned)
        if last - distance <= _TOLERANCE:
            break
    return turns


def _turn(shape: np.ndarray, target: np.ndarray) -> np.ndarray:
    """The orthogonal matrix that brings ``shape`` nearest to ``target``."""
    if not target.any():
        return np.eye(2)
    turn: np.ndarray = orthogonal_procrustes(shape, target)[0]
    return turn
