"""Split the training images into those that train and those that validate, class by class.

This comes before any sampling, so no training image is among the validation images. The test
images stay aside; a stratified subset of them can be chosen for a first look.
"""

from __future__ import annotations

import argparse
import logging
import sys
from collections.abc import Sequence
from typing import Any

import numpy as np
from sklearn.model_selection import train_test_split

from discern.errors import DiscernError
from discern.files import write_arrays, write_json
from discern.idx import read_pair
from discern.stage import StageParser, optional, run_stage

log = logging.getLogger("discern")


def split(arguments: argparse.Namespace) -> dict[str, Any]:
    """Write the indices of all three parts and their class counts."""
    images, labels = read_pair(arguments.train_images, arguments.train_labels)
    test_images, test_labels = read_pair(arguments.test_images, arguments.test_labels)
    if images.shape[1:] != test_images.shape[1:]:
        raise DiscernError(
            f"{arguments.train_images} has images of {_pixels(images)} pixels, but those of "
            f"{arguments.test_images} have {_pixels(test_images)}; all need the same size"
        )
    _check_classes(labels, test_labels)
    everything = np.arange(len(labels))
    rest, validation = draw(
        everything, labels, arguments.validation, arguments.seed, "split.validation"
    )
    train = rest
    if arguments.train is not None and arguments.train != len(rest):
        _, train = draw(rest, labels[rest], arguments.train, arguments.seed, "split.train")
    test = np.arange(len(test_labels))
    if arguments.test is not None and arguments.test != len(test):
        _, test = draw(test, test_labels, arguments.test, arguments.seed, "split.test")

    write_arrays(arguments.split, {"train": train, "validation": validation, "test": test})
    parts = {"train": labels[train], "validation": labels[validation], "test": test_labels[test]}
    summary = {
        part: {"images": len(chosen), "per_class": np.bincount(chosen).tolist()}
        for part, chosen in parts.items()
    }
    write_json(arguments.summary, {"seed": arguments.seed, **summary})
    log.info("split: %s", ", ".join(f"{part} {len(chosen):,}" for part, chosen in parts.items()))
    return {}


def draw(
    indices: np.ndarray, labels: np.ndarray, count: int, seed: int, key: str
) -> tuple[np.ndarray, np.ndarray]:
    """A stratified random choice of ``count`` of ``indices``: those left, and those chosen.

    Args:
        indices: int64 (N,).
        labels: of the same samples, (N,).
        count: how many to choose, from the number of classes to N minus that number.
        seed: decides which.
        key: the configuration key that ``count`` comes from, for the message.

    Returns:
        Two sorted int64 arrays that share nothing.

    Raises:
        DiscernError: when ``count`` is out of range or a class has fewer than two samples.
    """
    present, counts = np.unique(labels, return_counts=True)
    classes = len(present)
    if counts.min() < 2:
        raise DiscernError(
            f"{key}: only {counts.min()} image of class {present[counts.argmin()]} is left to "
            "choose from, where each class needs 2; make it null to take all, or leave more over"
        )
    if not classes <= count <= len(indices) - classes:
        raise DiscernError(
            f"{key} is {count}, but {len(indices)} images of {classes} classes allow "
            f"{classes} to {len(indices) - classes}; change it"
        )
    left, chosen = train_test_split(indices, test_size=count, stratify=labels, random_state=seed)
    return np.sort(left), np.sort(chosen)


def _pixels(images: np.ndarray) -> str:
    _, height, width = images.shape
    return f"{height} × {width}"


def _check_classes(labels: np.ndarray, test_labels: np.ndarray) -> None:
    counts = np.bincount(labels)
    scarce = np.flatnonzero(counts < 2)
    if len(scarce):
        raise DiscernError(
            f"class {scarce[0]} has {counts[scarce[0]]} training images, but the split needs 2 of "
            "each; classes are numbered from 0 without gaps"
        )
    if test_labels.max() >= len(counts):
        raise DiscernError(f"class {test_labels.max()} is among the test images alone")


def main(argv: Sequence[str] | None = None) -> int:
    """The command line; returns the exit status."""
    parser = StageParser("split", __doc__)
    parser.input("--train-images", help="IDX")
    parser.input("--train-labels", help="IDX")
    parser.input("--test-images", help="IDX")
    parser.input("--test-labels", help="IDX")
    parser.output("--split", help="npz: train, validation and test, sorted int64 indices")
    parser.output("--summary", help="JSON: how many of each class are in each part")
    parser.parameter("--validation", type=int, help="number of validation images")
    parser.parameter(
        "--train",
        type=optional(int),
        default=None,
        help="number of training images; none: the rest",
    )
    parser.parameter(
        "--test", type=optional(int), default=None, help="number of test images; none: all"
    )
    parser.parameter("--seed", type=int, help="decides which")
    return run_stage(parser, split, argv)


if __name__ == "__main__":
    sys.exit(main())
