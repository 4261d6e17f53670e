"""The maps of several rows, turned so that they can be compared by eye."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

import numpy as np

from discern.configuration.row import Row
from discern.errors import DiscernError
from discern.maps.map import Map
from discern.maps.procrustes import aligned
from discern.maps.rounded import read_rounded
from discern.results import Part, Version


def first_map_files(version: Version, rows: Sequence[Row], part: Part) -> list[Path]:
    """The file of the map of each row's first seed; empty if no row has a map."""
    files = (row.map_file(version, row.seeds[0], part) for row in rows)
    return [file for file in files if file]


def read_side_by_side(paths: Sequence[Path]) -> list[Map]:
    """The maps of ``paths``, turned to match; embeddings are not turned: their axes have a meaning.

    Raises:
        DiscernError: when a file is not a map, or maps other images than the first.
    """
    maps = [read_rounded(path) for path in paths]
    for path, each in zip(paths, maps, strict=True):
        if not np.array_equal(each.labels, maps[0].labels):
            raise DiscernError(
                f"{path} maps other images than {paths[0]}; delete both to have them made again"
            )
    turned = iter(aligned([each.points for each in maps if not each.is_embedding]))
    return [each if each.is_embedding else replace(each, points=next(turned)) for each in maps]
