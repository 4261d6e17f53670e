"""The split into training, validation and test images: stratified by class, seeded."""

from __future__ import annotations

import numpy as np
from sklearn.model_selection import train_test_split

from discern.errors import DiscernError


def split_labels(
    labels: np.ndarray,
    test_labels: np.ndarray,
    *,
    validation: int,
    train: int | None,
    test: int | None,
    seed: int,
) -> dict[str, np.ndarray]:
    """The positions of the images of each part: ``train``, ``validation`` and ``test``.

    Validation images are drawn first, and training images from the rest, so that none is both.

    Args:
        labels: of the training set, (N,).
        test_labels: of the test set, (M,).
        validation: the number of validation images, from the training set.
        train: the number of training images, from the rest; None for all.
        test: the number of test images, from the test set; None for all.
        seed: determines which are drawn.

    Returns:
        Sorted int64 arrays.

    Raises:
        DiscernError: when a class has too few images or a number is out of range.
    """
    _check_classes(labels, test_labels)
    everything = np.arange(len(labels))
    rest, validating = draw(everything, labels, validation, seed, "split.validation")
    training = rest
    if train is not None and train != len(rest):
        _, training = draw(rest, labels[rest], train, seed, "split.train")
    testing = np.arange(len(test_labels))
    if test is not None and test != len(testing):
        _, testing = draw(testing, test_labels, test, seed, "split.test")
    return {"train": training, "validation": validating, "test": testing}


def draw(
    indices: np.ndarray, labels: np.ndarray, count: int, seed: int, key: str
) -> tuple[np.ndarray, np.ndarray]:
    """A stratified random choice of ``count`` of ``indices``: those left, and those chosen.

    Args:
        indices: int64 (N,).
        labels: of the same samples, (N,).
        count: how many to choose, from the number of classes to N minus that number.
        seed: determines which are chosen.
        key: the configuration key of ``count``, for error messages.

    Returns:
        Two disjoint sorted int64 arrays.

    Raises:
        DiscernError: when ``count`` is out of range or a class has fewer than two samples.
    """
    present, counts = np.unique(labels, return_counts=True)
    classes = len(present)
    if counts.min() < 2:
        raise DiscernError(
            f"{key}: only {counts.min()} image of class {present[counts.argmin()]} is left to "
            "choose from, but each class needs 2; set it to null to take all, or leave more images"
        )
    if not classes <= count <= len(indices) - classes:
        raise DiscernError(
            f"{key} is {count}, but {len(indices)} images of {classes} classes allow "
            f"{classes} to {len(indices) - classes}; change it"
        )
    left, chosen = train_test_split(indices, test_size=count, stratify=labels, random_state=seed)
    return np.sort(left), np.sort(chosen)


def _check_classes(labels: np.ndarray, test_labels: np.ndarray) -> None:
    counts = np.bincount(labels)
    scarce = np.flatnonzero(counts < 2)
    if len(scarce):
        raise DiscernError(
            f"class {scarce[0]} has {counts[scarce[0]]} training images, but the split needs 2 of "
            "each; classes are numbered from 0 without gaps"
        )
    if test_labels.max() >= len(counts):
        raise DiscernError(f"class {test_labels.max()} has test images but no training images")
