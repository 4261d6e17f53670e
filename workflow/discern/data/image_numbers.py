"""The numbers of the evaluated images in their data set."""

from __future__ import annotations

import numpy as np

from discern.data.idx import read_labels
from discern.errors import Damaged
from discern.files import read_arrays
from discern.results import Part, Version


def image_numbers(version: Version, part: Part, labels: np.ndarray) -> np.ndarray:
    """The numbers of the evaluated images, int64 (N,), ascending.

    Args:
        version: has the split and the labels that the images are from.
        part: the part of the data that is evaluated.
        labels: of the evaluated images, (N,): all images of some classes of the part, in order.

    Raises:
        DiscernError: when a file is missing.
        Damaged: when the part has other images.
    """
    of_set = read_labels(version.idx("test_labels" if part == "test" else "train_labels"))
    of_part = read_arrays(version.split, part)[part]
    in_set = of_part[of_part < len(of_set)]
    numbers: np.ndarray = in_set[np.isin(of_set[in_set], labels)]
    if not np.array_equal(of_set[numbers], labels):
        raise Damaged(version.split, f"has other {part} images than those that were evaluated")
    return numbers
