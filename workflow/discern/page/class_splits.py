"""The classes that are trained and those that are evaluated, in the page's words."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass


@dataclass(frozen=True)
class SharedSplit:
    """A split of the classes, and the seeds that share it.

    Attributes:
        train: the classes that are trained.
        unseen: the classes that are left out of the training and evaluated.
        seeds: of the trainings with this split.
    """

    train: Sequence[int]
    unseen: Sequence[int]
    seeds: Sequence[int]
