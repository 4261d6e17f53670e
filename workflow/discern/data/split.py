"""The split into training, validation and test images: stratified by class, seeded."""

from __future__ import annotations

import numpy as np
from sklearn.model_selection import train_test_split

from discern.errors import DiscernError

_TRAINING = 2
"""Images of each class that the training part has at least: a pair has two of them."""


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

    Validation images are drawn first, and training images from the rest, so that none is both. The
    validation images and drawn test images include one of each class, training images two.

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
    rest, validating = draw(
        everything, labels, validation, seed, "split.validation", left=_TRAINING
    )
    training = rest
    if train is not None and train != len(rest):
        _, training = draw(rest, labels[rest], train, seed, "split.train", least=_TRAINING)
    testing = np.arange(len(test_labels))
    if test is not None and test != len(testing):
        _, testing = draw(testing, test_labels, test, seed, "split.test")
    return {"train": training, "validation": validating, "test": testing}


def draw(
    indices: np.ndarray,
    labels: np.ndarray,
    count: int,
    seed: int,
    key: str,
    *,
    least: int = 1,
    left: int = 0,
) -> tuple[np.ndarray, np.ndarray]:
    """A stratified random choice of ``count`` of ``indices``: those left, and those chosen.

    Each class has its share of the choice, rounded, but never fewer than it must have.

    Args:
        indices: int64 (N,).
        labels: of the same samples, (N,).
        count: how many to choose.
        seed: determines which are chosen.
        key: the configuration key of ``count``, for error messages.
        least: how many of each class are chosen at least.
        left: how many of each class are left at least.

    Returns:
        Two disjoint sorted int64 arrays.

    Raises:
        DiscernError: when ``count`` is out of range or a class has too few samples.
    """
    present, counts = np.unique(labels, return_counts=True)
    classes = len(present)
    needed = max(least + left, 2)  # scikit-learn divides no class of one
    if counts.min() < needed:
        raise DiscernError(
            f"{key}: class {present[counts.argmin()]}, counted from 0, has only {counts.min()} of "
            f"the {needed} images that are needed to choose from; set it to null to take all, or "
            "add images"
        )
    smallest, largest = classes * least, len(indices) - classes * max(left, 1)
    if not smallest <= count <= largest:
        raise DiscernError(
            f"{key} is {count}, but {len(indices)} images of {classes} classes allow "
            f"{smallest} to {largest}; change it"
        )
    places = np.arange(len(indices))
    rest, chosen = train_test_split(places, test_size=count, stratify=labels, random_state=seed)
    rest, chosen = _filled_up(chosen, rest, labels, least)[::-1]
    rest, chosen = _filled_up(rest, chosen, labels, left)
    return np.sort(indices[rest]), np.sort(indices[chosen])


def _filled_up(
    part: np.ndarray, other: np.ndarray, labels: np.ndarray, least: int
) -> tuple[np.ndarray, np.ndarray]:
    """Both parts, after ``part`` has got ``least`` of each class from ``other`` by exchange.

    For each sample ``part`` returns one of the class that it has most of. Both parts are in random
    order, in which the first of a class are exchanged.
    """
    for label in np.unique(labels):
        while np.sum(labels[part] == label) < least:
            most = np.bincount(labels[part]).argmax()
            given = np.flatnonzero(labels[part] == most)[0]
            taken = np.flatnonzero(labels[other] == label)[0]
            part, other = part.copy(), other.copy()
            part[given], other[taken] = other[taken], part[given]
    return part, other


def _check_classes(labels: np.ndarray, test_labels: np.ndarray) -> None:
    needed = _TRAINING + 1
    counts = np.bincount(labels, minlength=int(test_labels.max()) + 1)
    scarce = np.flatnonzero(counts < needed)
    if len(scarce):
        raise DiscernError(
            f"class {scarce[0]}, counted from 0, has {counts[scarce[0]]} training images, but the "
            f"split needs {needed} of each: {_TRAINING} to train and 1 to validate; add images, or "
            "leave the class out of all four files"
        )
