"""The classes of a data set: their samples, numbers and names."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from discern.errors import DiscernError


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


def named(names: Sequence[str] | None, classes: int) -> list[str]:
    """A name for each of ``classes`` labels: from ``names``, or the number if None.

    Raises:
        DiscernError: when there are more or fewer ``names`` than classes.
    """
    if names is None:
        return [str(label) for label in range(classes)]
    if len(names) != classes:
        raise DiscernError(
            f"data.class_names has {len(names)} names, but the labels go from 0 to {classes - 1}; "
            f"give {classes} names in the order of the labels, or null"
        )
    return list(names)
