"""All rows' maps as data for the reader's browser, which draws and links them.

All maps show the same images in the same order, so a selection in one map is a selection in all.
"""

from __future__ import annotations

import base64
import gzip
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from discern.configuration.row import Row
from discern.data.embeddings import read_embeddings
from discern.errors import DiscernError
from discern.figures.palette import class_colours, hex_colour
from discern.maps.map import Map
from discern.maps.side_by_side import first_map_files, read_side_by_side
from discern.page import sprites
from discern.page.neighbours import Neighbours, nearest_queries
from discern.ranking.outcomes import read_outcomes
from discern.results import Part, Version

_STEPS = np.iinfo(np.uint16).max  # a map's side is divided into so many


@dataclass(frozen=True)
class RowMap:
    """A row's map and what is known of each of its N images.

    Attributes:
        row: the row.
        map: the map.
        predictions: the classes that the nearest neighbours predict, integer (N,).
        silhouettes: in [−1, 1], (N,); None if they were not measured.
        neighbours: the positions of each image's nearest others and the distances to them, both
            (N, k); None for a published row, which comes without its embeddings.
    """

    row: Row
    map: Map
    predictions: np.ndarray
    silhouettes: np.ndarray | None
    neighbours: Neighbours | None


@dataclass(frozen=True)
class LinkedMaps:
    """What a template needs of the maps.

    Attributes:
        titles: of the rows.
        classes: label, name and colour of each class that is there.
        has_silhouettes: whether the images can be coloured by their silhouette.
        with_neighbours: of how many rows each image's nearest others are known.
        info: names, colours and the layout of ``data``, JSON without end tags.
        data: all arrays one after the other, little-endian, gzip, base64.
    """

    titles: Sequence[str]
    classes: Sequence[tuple[int, str, str]]
    has_silhouettes: bool
    with_neighbours: int
    info: str
    data: str


def read_row_maps(
    version: Version, rows: Sequence[Row], part: Part, with_neighbours: bool
) -> list[RowMap]:
    """The aligned maps of each row's first seed with their images; empty if none has a map.

    Args:
        version: holds the maps.
        rows: of the page.
        part: the images that are mapped.
        with_neighbours: whether each image's nearest others are found, in rows that are not
            published: they need the embeddings.

    Raises:
        DiscernError: when a file is missing, or images differ between files.
        Damaged: when a file can't be right.
    """
    mapped = [row for row in rows if row.has_map(row.seeds[0])]
    paths = first_map_files(version, mapped, part)
    maps = read_side_by_side(paths)
    row_maps = []
    for row, path, each in zip(mapped, paths, maps, strict=True):
        seed = row.seeds[0]
        outcomes_file = row.home(version, seed).outcomes(row.label, seed)
        outcomes = read_outcomes(outcomes_file)
        _refuse_other_images(outcomes_file, outcomes.labels, path, each)
        silhouettes = outcomes.measures.get("silhouette")
        neighbours = None
        if with_neighbours and not row.is_published(seed):
            embeddings_file = version.embeddings(row.label, seed, part)
            embeddings, labels = read_embeddings(embeddings_file)
            _refuse_other_images(embeddings_file, labels, path, each)
            neighbours = nearest_queries(embeddings, row.distance)
        row_maps.append(RowMap(row, each, outcomes.predictions, silhouettes, neighbours))
    return row_maps


def _refuse_other_images(file: Path, labels: np.ndarray, map_file: Path, of_map: Map) -> None:
    if not np.array_equal(labels, of_map.labels):
        raise DiscernError(
            f"{file} has different images from {map_file}; delete both to have them made again"
        )


def linked_maps(
    row_maps: Sequence[RowMap], indices: np.ndarray, names: Sequence[str], has_sheets: bool
) -> LinkedMaps:
    """The maps as the page's script reads them.

    Args:
        row_maps: in the page's order, each of the same N images.
        indices: the images' numbers in their data set, (N,).
        names: of the classes.
        has_sheets: whether the page contains the images.
    """
    labels = row_maps[0].map.labels
    colours = [hex_colour(colour) for colour in class_colours(len(names))]
    arrays: dict[str, np.ndarray] = {
        "labels": labels.astype(np.uint16),
        "indices": indices.astype(np.uint32),
    }
    rows: list[dict[str, Any]] = []
    count = 0
    for number, each in enumerate(row_maps):
        places, origin = _unit_square(each.map.points)
        has_axes = each.map.is_embedding
        title = {"label": each.row.label, "title": each.row.title}
        rows.append(title | {"origin": origin.tolist() if has_axes else None})
        of_row = {
            "points": np.rint(places * _STEPS).astype(np.uint16),
            "predictions": each.predictions.astype(np.uint16),
        }
        if each.neighbours is not None:
            positions, distances = each.neighbours
            count = positions.shape[1]
            of_row["neighbours"] = positions.astype(_type_for(len(labels)))
            of_row["distances"] = upper_halves(distances)
        if each.silhouettes is not None:
            of_row["silhouettes"] = np.rint(100 * each.silhouettes).astype(np.int8)
        arrays |= {f"{name}{number}": array for name, array in of_row.items()}
    layout, data = _packed(arrays)
    info = {
        "names": list(names),
        "colours": colours,
        "rows": rows,
        "neighbours": count,
        "columns": sprites.COLUMNS if has_sheets else 0,
        "arrays": layout,
    }
    return LinkedMaps(
        [each.row.title for each in row_maps],
        [(label, names[label], colours[label]) for label in np.unique(labels).tolist()],
        all(each.silhouettes is not None for each in row_maps),
        sum(each.neighbours is not None for each in row_maps),
        json.dumps(info, separators=(",", ":"), ensure_ascii=False).replace("<", "\\u003c"),
        data,
    )


def upper_halves(values: np.ndarray) -> np.ndarray:
    """The upper 16 bits of ``values`` as float32, rounded: two significant digits, in uint16."""
    bits = values.astype("<f4").view("<u4") + np.uint32(0x8000)
    halves: np.ndarray = (bits >> 16).astype(np.uint16)
    return halves


def _unit_square(points: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """The ``points`` within a margin in [0, 1]², and the place of zero."""
    middle = (points.min(axis=0) + points.max(axis=0)) / 2
    reach = 1.04 * float(np.abs(points - middle).max()) or 1.0
    return (points - middle) / (2 * reach) + 0.5, -middle / (2 * reach) + 0.5


def _type_for(images: int) -> type[np.unsignedinteger[Any]]:
    """The smallest type that holds each position."""
    return np.uint16 if images <= np.iinfo(np.uint16).max + 1 else np.uint32


def _packed(arrays: Mapping[str, np.ndarray]) -> tuple[dict[str, list[Any]], str]:
    """Type, begin and end in bytes of each array; and all of them."""
    layout: dict[str, list[Any]] = {}
    content = bytearray()
    for name, array in arrays.items():
        begin = len(content)
        content += array.astype(array.dtype.newbyteorder("<")).tobytes()
        layout[name] = [array.dtype.name, begin, len(content)]
    return layout, base64.b64encode(gzip.compress(bytes(content), mtime=0)).decode()
