"""What a page says in words: how sure a number is, and whether a map can be trusted."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np


def half_width(accuracy: float, images: int) -> float:
    """Half the width of the 95 % interval of an ``accuracy`` on so many ``images`` (normal)."""
    return 1.96 * math.sqrt(accuracy * (1 - accuracy) / images)


@dataclass(frozen=True)
class Trust:
    """How a map's vote of nearest neighbours compares with that of what it is a map of.

    Attributes:
        difference: the map's accuracy minus the embedding's.
        chance: what so many images leave to chance, half a 95 % interval.
    """

    difference: float
    chance: float

    @property
    def word(self) -> str:
        """What the picture does to the embedding."""
        if self.difference > self.chance:
            return "flatters"
        return "slanders" if self.difference < -self.chance else "is fair to"


def trust(in_map: float, in_embedding: float, images: int) -> Trust:
    """Compare the accuracies of a map and of its embedding on the same ``images``.

    The chance is that of two independent accuracies, which is more than two of the same images
    have: what is called unfair is so.
    """
    variances = in_map * (1 - in_map) + in_embedding * (1 - in_embedding)
    return Trust(in_map - in_embedding, 1.96 * math.sqrt(variances / images))


@dataclass(frozen=True)
class Confusion:
    """How often images of one class were taken for another.

    Attributes:
        true: the class's name.
        voted: the name of the class that they were taken for.
        images: how many.
    """

    true: str
    voted: str
    images: int


def worst_confusions(
    confusions: np.ndarray, names: Sequence[str], most: int = 3
) -> list[Confusion]:
    """The most frequent mistakes, the worst first, those of equal number in the classes' order.

    Args:
        confusions: images by true class (lines) and voted class (columns), integer (C, C).
        names: of the classes.
        most: how many mistakes to name.
    """
    mistakes = np.where(np.eye(len(confusions), dtype=bool), 0, confusions)
    order = np.argsort(-mistakes, axis=None, kind="stable")[:most]
    pairs = [np.unravel_index(place, mistakes.shape) for place in order]
    return [
        Confusion(names[true], names[voted], int(mistakes[true, voted]))
        for true, voted in pairs
        if mistakes[true, voted]
    ]


def class_accuracies(confusions: np.ndarray, names: Sequence[str]) -> dict[str, float]:
    """The part of each class's images that were voted right, of the classes that have images.

    Args:
        confusions: images by true class (lines) and voted class (columns), integer (C, C).
        names: of the classes, C or more.
    """
    totals = confusions.sum(axis=1)
    return {
        names[label]: float(confusions[label, label] / totals[label])
        for label in np.flatnonzero(totals)
    }
