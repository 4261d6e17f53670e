"""Training labels with symmetric noise, and training images with a long tail of classes."""

from __future__ import annotations

import numpy as np

from discern.errors import DiscernError

# A pair of a class has two of its images.
_FEWEST = 2


def corrupt(
    labels: np.ndarray, *, label_noise: float | None, imbalance: float | None, seed: int
) -> tuple[np.ndarray, np.ndarray]:
    """The training images that are kept, and their labels.

    Args:
        labels: the class of each training image, integer (N,), counted from 0 without gaps.
        label_noise: see :func:`with_noise`; None for none.
        imbalance: see :func:`long_tail`; None for all images.
        seed: determines the images and their labels.

    Returns:
        Sorted positions int64 (M,) in ``labels``, and labels (M,) of their type.

    Raises:
        DiscernError: when a class is left with a single image or label.
    """
    random = np.random.default_rng(seed)
    kept = np.arange(len(labels))
    if imbalance is not None:
        kept = long_tail(labels, imbalance, random)
        _require(labels[kept], labels, "imbalance")
    changed = labels[kept]
    if label_noise is not None:
        changed = with_noise(changed, label_noise, random)
        _require(changed, labels, "label_noise")
    return kept, changed


def long_tail(labels: np.ndarray, imbalance: float, random: np.random.Generator) -> np.ndarray:
    """The positions of a random choice of images with a long tail of classes, int64, sorted.

    The number of images falls exponentially with the class's number, from the first class to
    1 / ``imbalance`` of it for the last (Cui et al., Class-Balanced Loss Based on Effective Number
    of Samples, CVPR, 2019, section 5.1, arXiv:1901.05555), rounded. They are as many as the classes
    allow: unlike there, the curve is the same for classes of different size.

    Args:
        labels: the class of each image, integer (N,), counted from 0 without gaps.
        imbalance: images of the first class for each of the last, 1 or more.
        random: chooses the images.
    """
    counts = np.bincount(labels)
    shares = imbalance ** -np.linspace(0, 1, len(counts))
    wanted = np.rint(np.min(counts / shares) * shares).astype(int)
    chosen = [
        random.choice(np.flatnonzero(labels == label), size, replace=False)
        for label, size in enumerate(wanted)
    ]
    return np.sort(np.concatenate(chosen))


def with_noise(labels: np.ndarray, fraction: float, random: np.random.Generator) -> np.ndarray:
    """A copy of ``labels`` with symmetric noise.

    Exactly the ``fraction`` of all labels, rounded, is replaced by another class, each of the
    others with the same probability (Patrini et al., Making Deep Neural Networks Robust to Label
    Noise, CVPR, 2017, arXiv:1609.03683).

    Args:
        labels: the class of each image, integer (N,), counted from 0 without gaps.
        fraction: of the labels that are replaced, from 0 to 1.
        random: chooses the images and their labels.
    """
    classes = int(labels.max()) + 1
    chosen = random.choice(len(labels), round(fraction * len(labels)), replace=False)
    away = random.integers(1, classes, len(chosen))
    noisy = labels.copy()
    noisy[chosen] = (labels[chosen] + away) % classes
    return noisy


def _require(labels: np.ndarray, original: np.ndarray, key: str) -> None:
    counts = np.bincount(labels, minlength=int(original.max()) + 1)
    if counts.min() < _FEWEST:
        raise DiscernError(
            f"corruption.{key} leaves {counts.min()} of {np.bincount(original)[counts.argmin()]} "
            f"training images in class {counts.argmin()}, counted from 0, but {_FEWEST} are "
            "needed; lower it or train on more images"
        )
