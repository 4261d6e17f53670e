"""All maps show the same images, as arrays that the page's script unpacks."""

import base64
import gzip
import json
import subprocess
import sys
from dataclasses import replace

import numpy as np
import pytest

from discern.errors import DiscernError
from discern.figures.palette import class_colours, hex_colour
from discern.files import read_arrays, write_arrays
from discern.maps.map import Map
from discern.maps.side_by_side import read_side_by_side
from discern.page.maps import linked_maps, read_row_maps, upper_halves
from page_inputs import LABELS, QUERIES, ROWS, predictions_of, silhouettes_of, write_version
from samples import PIXELS, SOFTMAX

DIGITS = list("0123456789")


@pytest.fixture(scope="module")
def row_maps(version):
    return read_row_maps(version, ROWS, "test", with_neighbours=True)


def unpacked(maps):
    """The names and rows, and all arrays by their names."""
    info = json.loads(maps.info)
    content = gzip.decompress(base64.b64decode(maps.data, validate=True))
    return info, {
        name: np.frombuffer(content[begin:end], np.dtype(kind).newbyteorder("<"))
        for name, (kind, begin, end) in info["arrays"].items()
    }


def test_each_row_has_the_map_and_the_votes_of_its_first_seed(version, row_maps):
    turned = read_side_by_side([version.map(row.label, row.seeds[0]) for row in ROWS])
    for place, row_map in enumerate(row_maps):
        np.testing.assert_array_equal(row_map.map.points, turned[place].points)
        np.testing.assert_array_equal(row_map.predictions, predictions_of(place))


def test_an_embedding_in_the_plane_is_read_from_the_queries_and_has_an_origin(tmp_path):
    row = replace(SOFTMAX, map="embedding")
    version = write_version(tmp_path, [row])
    (row_map,) = read_row_maps(version, [row], "test", with_neighbours=False)
    assert row_map.map.is_embedding
    points = row_map.map.points
    (shown,) = unpacked(linked_maps([row_map], QUERIES, DIGITS, False))[0]["rows"]
    middle = (points.min(axis=0) + points.max(axis=0)) / 2
    reach = 1.04 * np.abs(points - middle).max()
    np.testing.assert_allclose(shown["origin"], 0.5 - middle / (2 * reach))


@pytest.mark.parametrize("file", ["outcomes", "embeddings"])
def test_a_file_of_other_images_is_refused(tmp_path, file):
    version = write_version(tmp_path, [PIXELS])
    path = {
        "outcomes": version.outcomes("pixels", 0),
        "embeddings": version.embeddings("pixels", 0, "test"),
    }[file]
    write_arrays(path, read_arrays(path) | {"labels": (LABELS + 1) % 10})
    with pytest.raises(DiscernError, match=rf"{path} has different images from .*; delete both"):
        read_row_maps(version, [PIXELS], "test", with_neighbours=True)


def test_without_neighbours_no_embeddings_are_read(tmp_path):
    version = write_version(tmp_path, [PIXELS])
    version.embeddings("pixels", 0, "test").unlink()
    (row_map,) = read_row_maps(version, [PIXELS], "test", with_neighbours=False)
    assert row_map.neighbours is None


def test_all_arrays_come_back_as_they_were(row_maps):
    info, arrays = unpacked(linked_maps(row_maps, QUERIES, DIGITS, True))
    np.testing.assert_array_equal(arrays["labels"], LABELS)
    np.testing.assert_array_equal(arrays["indices"], QUERIES)
    assert (info["neighbours"], info["columns"]) == (10, 10)
    for number, each in enumerate(row_maps):
        np.testing.assert_array_equal(arrays[f"predictions{number}"], predictions_of(number))
        neighbours, distances = each.neighbours
        np.testing.assert_array_equal(arrays[f"neighbours{number}"], neighbours.ravel())
        halves = arrays[f"distances{number}"].astype(np.uint32) << 16
        np.testing.assert_allclose(halves.view(np.float32), distances.ravel(), rtol=0.004)
        shown = arrays[f"silhouettes{number}"] / 100
        np.testing.assert_allclose(shown, each.silhouettes, atol=0.0051)
        np.testing.assert_allclose(each.silhouettes, silhouettes_of(number), atol=1 / 256)
        places = arrays[f"points{number}"].reshape(-1, 2) / 65535
        points = each.map.points
        scale = np.ptp(points, axis=0).max() * 1.04
        spans = np.ptp(places, axis=0)
        np.testing.assert_allclose(spans, np.ptp(points, axis=0) / scale, atol=3e-5)
        np.testing.assert_allclose((places.min(axis=0) + places.max(axis=0)) / 2, 0.5, atol=3e-5)
        assert info["rows"][number] == {
            "label": each.row.label,
            "title": each.row.title,
            "origin": None,
        }


@pytest.mark.parametrize(("images", "kind"), [(200, "uint16"), (65_537, "uint32")])
def test_positions_take_the_smallest_type_that_holds_them(row_maps, images, kind):
    labels = np.zeros(images, np.int16)
    points = np.zeros((images, 2))
    none = np.zeros((images, 1))
    each = replace(
        row_maps[0],
        map=Map(points, labels, 1.0),
        predictions=labels,
        silhouettes=None,
        neighbours=(none.astype(int), none),
    )
    maps = linked_maps([each], np.arange(images), DIGITS, False)
    assert json.loads(maps.info)["arrays"]["neighbours0"][0] == kind
    assert not maps.has_silhouettes


def test_a_published_row_comes_without_neighbours(row_maps):
    mixed = [replace(row_maps[0], neighbours=None), row_maps[1]]
    maps = linked_maps(mixed, QUERIES, DIGITS, False)
    info, arrays = unpacked(maps)
    assert (info["neighbours"], maps.with_neighbours) == (10, 1)
    assert {"points0", "predictions0", "neighbours1"} <= arrays.keys()
    assert not {"neighbours0", "distances0"} & arrays.keys()


def test_distances_are_rounded_and_not_cut():
    bits = upper_halves(np.array([1 + 3 / 512, 0.0])).astype(np.uint32) << 16
    assert bits.view(np.float32).tolist() == [1 + 1 / 128, 0]


def test_classes_have_names_and_the_colours_of_the_figures(row_maps):
    names = [f"</script>{digit}" for digit in DIGITS]
    maps = linked_maps(row_maps, QUERIES, names, has_sheets=True)
    colours = list(map(hex_colour, class_colours(10)))
    assert maps.classes == list(zip(range(10), names, colours, strict=True))
    assert json.loads(maps.info)["names"] == names
    assert "<" not in maps.info


def test_only_classes_that_are_there_can_be_chosen(row_maps):
    maps = linked_maps(row_maps, QUERIES, [*DIGITS, "unseen"], has_sheets=False)
    assert [name for _, name, _ in maps.classes] == DIGITS
    assert json.loads(maps.info)["columns"] == 0


def test_the_page_needs_no_matplotlib():
    program = "import sys, discern.page.page; sys.exit('matplotlib' in sys.modules)"
    subprocess.run([sys.executable, "-c", program], check=True)
