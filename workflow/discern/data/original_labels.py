"""The data set's own labels, any integers, and the numbers of its classes, 0 to C − 1."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np

from discern.data import idx
from discern.data.classes import MOST_CLASSES
from discern.data.sources import FILES
from discern.errors import DiscernError

_LABELS = ("train-labels", "t10k-labels")


def original_labels(contents: Mapping[str, bytes]) -> list[int]:
    """The label of each class, ascending, in the uncompressed IDX files with these ``contents``.

    Raises:
        DiscernError: when there are too few or too many classes, or a file is not one of labels.
    """
    decoded = [idx.decode_labels(contents[file], FILES[file]) for file in _LABELS]
    labels: list[int] = np.unique(np.concatenate(decoded)).tolist()
    if not 2 <= len(labels) <= MOST_CLASSES:
        raise DiscernError(
            f"the data has {len(labels)} different labels, but 2 to {MOST_CLASSES} classes are "
            "possible; are these the labels of the images?"
        )
    return labels


def numbered(contents: Mapping[str, bytes], labels: list[int]) -> dict[str, bytes]:
    """The ``contents``, with the number of its class, counted from 0, in place of each label.

    Where the ``labels`` are these numbers, the contents stay byte for byte as they are.
    """
    if labels == list(range(len(labels))):
        return dict(contents)
    kind = np.uint8 if len(labels) <= 256 else np.int16
    files = {}
    for file in _LABELS:
        own = idx.decode_labels(contents[file], FILES[file])
        files[file] = idx.encode(np.searchsorted(labels, own).astype(kind))
    return {**contents, **files}
