"""Some classes of a data set, such as those that are trained while others stay unseen."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from discern.errors import DiscernError


def members(labels: np.ndarray, classes: Sequence[int] | None) -> np.ndarray:
    """The positions, int64 (M,) and ascending, of the samples of ``classes``; None: of all.

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
    """The ``labels`` (N,), all of ``classes``, counted from 0 in ascending order; None: as is."""
    return labels if classes is None else np.searchsorted(sorted(classes), labels)
