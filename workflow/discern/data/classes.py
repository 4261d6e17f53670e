"""The classes of a data set: their samples and numbers."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from discern.errors import DiscernError

LABEL = np.int16
"""The type of labels and predicted classes in arrays and files of a version."""
MOST_CLASSES = 1000


def members(labels: np.ndarray, classes: Sequence[int] | None) -> np.ndarray:
    """The positions of the samples of ``classes`` (None: all), int64 (M,), ascending.

    Raises:
        DiscernError: when one of the classes has no sample among the ``labels`` (N,).
    """
    if classes is None:
        return np.arange(len(labels))
    absent = sorted(set(classes) - set(labels.tolist()))
    if absent:
        raise DiscernError(
            f"class {absent[0]} has no image among {len(labels)}, whose classes are "
            f"{', '.join(map(str, np.unique(labels)))}; change the configuration's classes"
        )
    return np.flatnonzero(np.isin(labels, list(classes)))


def numbered(labels: np.ndarray, classes: Sequence[int] | None) -> np.ndarray:
    """``labels`` (N,) renumbered from 0 in the ascending order of ``classes``; None: unchanged."""
    return labels if classes is None else np.searchsorted(sorted(classes), labels)
