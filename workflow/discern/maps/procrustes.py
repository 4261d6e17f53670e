"""Procrustes alignment of maps of the same images, so that they can be compared by eye."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from scipy.linalg import orthogonal_procrustes

# The turns are repeated until the sum of squared distances to the consensus falls by no more than
# the tolerance, or this many times.
_TOLERANCE = 1e-9
_ROUNDS = 200


def aligned(maps: Sequence[np.ndarray]) -> list[np.ndarray]:
    """The maps, each (N, 2) of the same N images, turned, mirrored and shifted to match.

    Generalised Procrustes analysis (Gower, Generalized Procrustes analysis, Psychometrika, 1975):
    each map is turned to the consensus, the mean of all maps, until none gets nearer. Maps have
    equal weight in the consensus whatever their size, but none is scaled: distances within a map
    do not change. All are centred on the origin, and the first is not turned.

    Returns:
        A float64 (N, 2) for each map.

    Raises:
        ValueError: when a map is not (N, 2), or differs from the first in the number of points.
    """
    for each in maps:
        if each.ndim != 2 or each.shape[1] != 2 or len(each) != len(maps[0]):
            raise ValueError(
                f"maps of {maps[0].shape} and {each.shape} can't be aligned: each must be (N, 2), "
                "with the same N images"
            )
    if not len(maps):
        return []
    centred = [each - each.mean(axis=0, dtype=np.float64) for each in maps]
    shapes = [each / (np.linalg.norm(each) or 1.0) for each in centred]
    turns = _turns(shapes)
    return [each @ turn @ turns[0].T for each, turn in zip(centred, turns, strict=True)]


def _turns(shapes: Sequence[np.ndarray]) -> list[np.ndarray]:
    """The orthogonal matrices (2, 2), one per shape, that bring all nearest to their mean."""
    total = np.zeros_like(shapes[0])
    for shape in shapes:  # start: turn each to the sum of those before it
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
