"""Maps with rounded points, as published."""

from __future__ import annotations

from pathlib import Path

import numpy as np

from discern.errors import Damaged
from discern.files import read_arrays
from discern.maps.map import Map, read_map

# The greatest coordinate of a published map, in units: finer than the dots of its figure.
_UNITS = 2047


def rounded(original: Map) -> dict[str, np.ndarray]:
    """The arrays of a published map.

    The points are counted in units, int16 (N, 2): the coordinate farthest from 0 is 2,047 units.
    The divergence is NaN if the points are embeddings.
    """
    unit = float(np.abs(original.points).max()) / _UNITS or 1.0
    divergence = np.nan if original.is_embedding else original.kl_divergence
    return {
        "map": np.rint(original.points / unit).astype(np.int16),
        "unit": np.array(unit),
        "labels": original.labels,
        "kl_divergence": np.array(divergence),
    }


def read_rounded(path: Path) -> Map:
    """The map in a published file, or in one that :func:`read_map` reads, with rounded points.

    So a map looks the same wherever it is read from.

    Raises:
        Damaged: for anything else.
    """
    arrays = read_arrays(path)
    if "unit" not in arrays:
        arrays = rounded(read_map(path))
    for name in ("map", "labels", "kl_divergence"):
        if name not in arrays:
            raise Damaged(path, f"holds no array '{name}'")
    divergence = float(arrays["kl_divergence"])
    points = arrays["map"] * float(arrays["unit"])
    return Map(points, arrays["labels"], None if np.isnan(divergence) else divergence)
