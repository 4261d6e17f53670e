"""How reliable a number on the page is, and whether a map can be trusted."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np


@dataclass(frozen=True)
class Trust:
    """How the k-NN accuracy in a map compares with that in the embedding.

    Attributes:
        difference: the map's accuracy minus the embedding's.
        chance: half a 95 % interval of the difference.
    """

    difference: float
    chance: float

    @property
    def word(self) -> str:
        """The map's effect on the separation of the classes."""
        if self.difference > self.chance:
            return "overstates"
        return "understates" if self.difference < -self.chance else "reflects"


def trust(in_map: float, in_embedding: float, images: int) -> Trust:
    """Compare the accuracies of a map and of its embedding on the same ``images``.

    The interval is that of two independent accuracies. It is wider than that of two accuracies on
    the same images, so a difference beyond it is significant.
    """
    variances = in_map * (1 - in_map) + in_embedding * (1 - in_embedding)
    return Trust(in_map - in_embedding, 1.96 * math.sqrt(variances / images))


@dataclass(frozen=True)
class Confusion:
    """How often images of one class were taken for another.

    Attributes:
        true: the class's name.
        predicted: the name of the class that they were taken for.
        images: how many.
    """

    true: str
    predicted: str
    images: int


def worst_confusions(
    confusions: np.ndarray, names: Sequence[str], most: int = 3
) -> list[Confusion]:
    """The most frequent mistakes, most frequent first; ties in the classes' order.

    Args:
        confusions: images by true class (lines) and predicted class (columns), integer (C, C).
        names: of the classes.
        most: the maximum number of mistakes.
    """
    mistakes = np.where(np.eye(len(confusions), dtype=bool), 0, confusions)
    order = np.argsort(-mistakes, axis=None, kind="stable")[:most]
    pairs = [np.unravel_index(place, mistakes.shape) for place in order]
    return [
        Confusion(names[true], names[predicted], int(mistakes[true, predicted]))
        for true, predicted in pairs
        if mistakes[true, predicted]
    ]


def class_accuracies(confusions: np.ndarray, names: Sequence[str]) -> dict[str, float]:
    """The accuracy of each class that has images.

    Args:
        confusions: images by true class (lines) and predicted class (columns), integer (C, C).
        names: of the classes, C or more.
    """
    totals = confusions.sum(axis=1)
    return {
        names[label]: float(confusions[label, label] / totals[label])
        for label in np.flatnonzero(totals)
    }
