"""Exact ranks among billions of distances that are never held at once.

The bits of a float32 ≥ 0, read as an integer, are in the order of the floats. A first pass counts
distances by their upper bits (bins), a second pass those of a few bins by their lower bits, after
which each distance in these bins is known exactly: two steps of a radix sort.
"""

from __future__ import annotations

import numpy as np

# With 12 of the 23 bits of the fraction left to the second pass, a bin is at most 1 / 2048 wide,
# relative to its distances.
_LOWER = 12
_INFINITY = 0x7F80_0000
BINS = _INFINITY >> _LOWER
STEPS = 1 << _LOWER


def count_bins(distances: np.ndarray) -> np.ndarray:
    """The number of distances in each bin, int64 (bins,); bins above the last used are left out.

    ``distances`` are float32 of any shape, ≥ 0 and finite.
    """
    return np.bincount((_bits(distances) >> _LOWER).ravel())


def count_steps(distances: np.ndarray, bins: np.ndarray) -> np.ndarray:
    """The number of distances at each step of each of ``bins`` (K,), int64 (K, STEPS)."""
    place = np.full(BINS, -1, np.int16)
    place[bins] = np.arange(len(bins))
    bits = _bits(distances)
    places = place[bits >> _LOWER]
    chosen = places >= 0
    keys = places[chosen].astype(np.int64) << _LOWER | (bits[chosen] & (STEPS - 1))
    return np.bincount(keys, minlength=len(bins) * STEPS).reshape(len(bins), STEPS)


def lower_edge(bin_: int) -> np.float32:
    """The smallest distance in a bin."""
    return np.uint32(bin_ << _LOWER).view(np.float32)


def _bits(distances: np.ndarray) -> np.ndarray:
    return distances.view(np.uint32)
