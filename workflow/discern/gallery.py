"""The maps of several rows side by side."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

import numpy as np

from discern.alignment import aligned
from discern.errors import DiscernError
from discern.files import read_map
from discern.plots import Map


def read_plane(path: Path) -> Map:
    """A file of the tsne stage, or one of embeddings in the plane, as a map to be drawn."""
    points, labels, divergence = read_map(path)
    return Map(points, labels, is_embedding=divergence is None)


def read_gallery(paths: Sequence[Path]) -> list[Map]:
    """The maps of ``paths``, turned to lie alike; embeddings, whose axes mean something, are not.

    Raises:
        DiscernError: when one is no map, or of other images than the first.
    """
    maps = [read_plane(path) for path in paths]
    for path, shown in zip(paths, maps, strict=True):
        if not np.array_equal(shown.labels, maps[0].labels):
            raise DiscernError(
                f"{path} maps other images than {paths[0]}, and can not stand beside it; delete "
                "both to have them made again"
            )
    turned = iter(aligned([shown.points for shown in maps if not shown.is_embedding]))
    return [shown if shown.is_embedding else replace(shown, points=next(turned)) for shown in maps]
