"""All maps show the same images, out of one table, with one legend."""

import json
import subprocess
import sys
from dataclasses import replace

import numpy as np
import pytest

from discern.errors import DiscernError
from discern.files import read_arrays, write_arrays
from discern.maps.side_by_side import read_side_by_side
from discern.page.maps import linked_maps, read_row_maps
from page_inputs import LABELS, QUERIES, ROWS, predictions_of, write_version
from samples import PIXELS, SOFTMAX

DIGITS = list("0123456789")


@pytest.fixture(scope="module")
def row_maps(version):
    return read_row_maps(version, ROWS, "test")


def models(value, name):
    """All of Bokeh's models of that name, in their order."""
    below = []
    if isinstance(value, dict):
        below += [value] if value.get("name") == name and "attributes" in value else []
        value = list(value.values())
    if isinstance(value, list):
        for part in value:
            below += models(part, name)
    return below


def attributes(document, name, attribute):
    """An attribute of each of Bokeh's models of that name."""
    return [model["attributes"][attribute] for model in models(document, name)]


def table_of(document):
    """The only table with columns, a dictionary."""
    data = attributes(document, "ColumnDataSource", "data")
    (columns,) = filter(None, (each["entries"] for each in data))
    return dict(columns)


def drawn(row_maps, names=DIGITS, has_sheets=True):
    """The document of linked maps, read back."""
    return json.loads(linked_maps(row_maps, QUERIES, names, has_sheets).document.content)


def test_each_row_has_the_map_and_the_votes_of_its_first_seed(version, row_maps):
    turned = read_side_by_side([version.map(row.label, row.seeds[0]) for row in ROWS])
    for place, row_map in enumerate(row_maps):
        np.testing.assert_array_equal(row_map.map.points, turned[place].points)
        np.testing.assert_array_equal(row_map.predictions, predictions_of(place))


def test_an_embedding_in_the_plane_is_read_from_the_queries(tmp_path):
    row = replace(SOFTMAX, map="embedding")
    (row_map,) = read_row_maps(write_version(tmp_path, [row]), [row], "test")
    assert row_map.map.is_embedding


def test_votes_on_other_images_are_refused(tmp_path):
    version = write_version(tmp_path, [PIXELS])
    path = version.outcomes("pixels", 0)
    write_arrays(path, read_arrays(path) | {"labels": (LABELS + 1) % 10})
    with pytest.raises(DiscernError, match=rf"{path} has different images from .*; delete both"):
        read_row_maps(version, [PIXELS], "test")


def test_maps_have_one_table_and_a_checkbox_for_each_class_that_is_there(row_maps):
    document = drawn(row_maps)
    names = list(table_of(document))
    assert names[:5] == ["label", "index", "sheet", "column", "row"]
    assert names[5:] == [f"{part}{row}" for row in range(3) for part in ("x", "y", "prediction")]
    assert len(models(document, "Figure")) == len(ROWS)
    assert attributes(document, "Checkbox", "label") == DIGITS


def test_classes_are_called_by_their_names(row_maps):
    names = [f"<class {digit}>" for digit in DIGITS]
    document = drawn(row_maps, names)
    assert attributes(document, "Checkbox", "label") == names
    content = table_of(document)
    assert content["label"] == [names[label] for label in LABELS]
    assert content["prediction1"] == [names[label] for label in predictions_of(1)]


def test_the_image_is_shown_under_the_pointer_only_where_the_page_has_it(row_maps):
    for has_sheets in (True, False):
        tips = attributes(drawn(row_maps, has_sheets=has_sheets), "HoverTool", "tooltips")
        assert [f"predicted @prediction{row}<" in tip for row, tip in enumerate(tips)] == [True] * 3
        assert {"--sheet-" in tip for tip in tips} == {has_sheets}


def test_elements_are_named_for_the_toolbar_each_class_and_each_map(row_maps):
    maps = linked_maps(row_maps, QUERIES, DIGITS, has_sheets=False)
    assert maps.legend == [f"page.class.{digit}" for digit in DIGITS]
    assert maps.maps == ["page.map.0", "page.map.1", "page.map.2"]
    (items,) = json.loads(maps.document.items)
    assert set(items["roots"].values()) == {maps.toolbar, *maps.legend, *maps.maps}
    assert maps.box in json.dumps(models(json.loads(maps.document.content), "ToolProxy"))


def test_the_page_needs_no_matplotlib():
    program = "import sys, discern.page.page; sys.exit('matplotlib' in sys.modules)"
    subprocess.run([sys.executable, "-c", program], check=True)
