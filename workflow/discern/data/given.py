"""Embeddings that were made elsewhere, in files of the user."""

from __future__ import annotations

from pathlib import Path

import numpy as np

from discern.errors import DiscernError
from discern.files import decode_arrays


def read_both(
    train: Path, test: Path, train_labels: np.ndarray, test_labels: np.ndarray
) -> tuple[np.ndarray, np.ndarray]:
    """The embeddings of the training and of the test images, as :func:`read_given`.

    Raises:
        DiscernError: as :func:`read_given`, and when they have different widths D.
    """
    training, testing = read_given(train, train_labels), read_given(test, test_labels)
    if training.shape[1] != testing.shape[1]:
        raise DiscernError(
            f"{train} holds embeddings of width {training.shape[1]}, but {test} of "
            f"{testing.shape[1]}; save both from the same network"
        )
    return training, testing


def read_given(path: Path, labels: np.ndarray) -> np.ndarray:
    """The embeddings in ``path``, float32 (N, D): one for each image of a set, in its order.

    The file is an npz with floats ``embeddings`` (N, D), D > 1. It may have ``labels`` (N,) of any
    type. They show whether the order of the images is right: they must divide them into the same
    classes as the data set's labels, in the same ascending order.

    Args:
        path: the user's file.
        labels: the data set's labels of the same images, (N,).

    Raises:
        DiscernError: when the file is missing or is no such archive, when there is another number
            of embeddings than images, when a value is not finite as float32, and when a label is
            another than the data set's.
    """
    arrays = _read(path)
    if "embeddings" not in arrays:
        there = ", ".join(arrays) or "none at all"
        raise DiscernError(f"{path} holds no array 'embeddings' (but {there}); rename one")
    given, images = arrays["embeddings"], len(labels)
    if given.ndim != 2 or given.shape[1] < 2 or not np.issubdtype(given.dtype, np.floating):
        raise DiscernError(
            f"{path} holds embeddings that are {given.dtype} {given.shape}; save floats "
            f"({images}, D), with two or more dimensions D"
        )
    if len(given) != images:
        raise DiscernError(
            f"{path} holds {len(given)} embeddings for {images} images; save one for each image of "
            "the whole training or test set, in the order of its file"
        )
    with np.errstate(over="ignore"):  # infinity is refused below
        embeddings = given.astype(np.float32)
    wrong = np.flatnonzero(~np.isfinite(embeddings).all(axis=1))
    if len(wrong):
        raise DiscernError(
            f"{path} holds {len(wrong)} embeddings that are not finite as float32, the first for "
            f"image {wrong[0]}, counted from 0; correct what made them"
        )
    if "labels" in arrays:
        _check_labels(path, arrays["labels"], labels)
    return embeddings


def _read(path: Path) -> dict[str, np.ndarray]:
    try:
        with path.open("rb") as file:
            return decode_arrays(file)
    except FileNotFoundError:
        raise DiscernError(
            f"{path} does not exist; save the embeddings there or correct the row's path"
        ) from None
    except ValueError as error:
        raise DiscernError(
            f"{path} is not an npz archive of numbers ({error}); save it with numpy.savez"
        ) from None


def _check_labels(path: Path, own: np.ndarray, labels: np.ndarray) -> None:
    """Raise :class:`DiscernError` unless both number the same classes in the same order."""
    if own.shape != labels.shape:
        raise DiscernError(
            f"{path} holds labels of shape {own.shape}, not {labels.shape} as there are images; "
            "save one for each image, or none"
        )
    places, expected = (np.unique(each, return_inverse=True)[1] for each in (own, labels))
    wrong = np.flatnonzero(places != expected)
    if len(wrong):
        raise DiscernError(
            f"{path} holds labels that differ from the data set's for {len(wrong)} images, the "
            f"first for image {wrong[0]}, counted from 0; save the embeddings in the order of the "
            "data set's file"
        )
