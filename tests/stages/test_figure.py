"""Every figure is written in every format, or rejected before anything is written."""

from __future__ import annotations

import csv
import re
import shutil

import numpy as np
import pytest

import chain
from claims import assert_refused
from discern.provenance import fingerprint
from plain_files import write_json

STARTS = {"png": b"\x89PNG\r\n\x1a\n", "svg": b"<?xml", "pdf": b"%PDF-"}

pytestmark = pytest.mark.usefixtures("drawable")


@pytest.fixture
def figure(job, version):
    """The map's figure in those formats."""

    def figure(*endings, **changes):
        figures = tuple(version.figure("a", 0, "map", each) for each in endings)
        return job("map_figure", figures=figures, **changes)

    return figure


def test_a_figure_is_written_in_every_format_beside_its_data(figure):
    drawn = figure(*STARTS)
    assert drawn.run() == 0
    for path, start in zip(drawn.figures, STARTS.values(), strict=True):
        content = path.read_bytes()
        assert content.startswith(start)
        assert len(content) > 2000
    lines = list(csv.reader(drawn.data.read_text().splitlines()))
    assert lines[0] == ["image", "class", "x", "y"]
    assert len(lines) == 41


def test_the_resolution_decides_how_large_a_picture_is(figure):
    sizes = []
    for resolution in (40, 80):
        drawn = figure("png", resolution=resolution)
        assert drawn.run() == 0
        sizes.append(np.frombuffer(drawn.figures[0].read_bytes()[16:24], ">i4"))
    np.testing.assert_array_equal(sizes[1], 2 * sizes[0])


def test_a_picture_without_dots_is_refused(figure, capfd):
    assert_refused(figure("png", resolution=0), capfd, "--resolution is 0", "raise it")


@pytest.mark.parametrize("ending", ["jpg", "png.gz"])
def test_an_unknown_format_is_refused_before_any_is_written(figure, capfd, ending):
    assert_refused(figure("png", ending), capfd, f"map.{ending}", ".png or .svg or .pdf")


@pytest.mark.parametrize("name", ["map_figure", "contact_sheet", "confusions_figure"])
def test_each_class_needs_a_name(job, version, capfd, name):
    shutil.copy(version.map("b", 3), version.map("b", 0))
    drawn = job(name, class_names=("only", "two"))
    assert_refused(drawn, capfd, "has 2 names, but the data has 10 classes")


@pytest.mark.parametrize("name", ["map_figure", "contact_sheet", "confusions_figure"])
def test_without_names_classes_have_the_data_sets_own_labels(job, version, name):
    shutil.copy(version.map("b", 3), version.map("b", 0))
    write_json(version.original_labels, [*range(100, 110)])
    drawn = job(name)
    assert drawn.run() == 0
    assert re.search(r"^([^,]*,)?10\d,", drawn.data.read_text(), re.MULTILINE)


MODULES = {
    "map_panel": {"map_figure", "contact_sheet"},
    "map": {"map_figure"},
    "contact_sheet": {"contact_sheet"},
    "distances": {"distances_figure"},
    "pair_distances": {"distances_figure", "separation_figure"},
    "confusions": {"confusions_figure"},
    "loss_panel": {"training_curves_figure", "curves_figure"},
    "panels": {"contact_sheet", "curves_figure"},
}


@pytest.mark.parametrize(("module", "stages"), MODULES.items(), ids=MODULES)
def test_what_draws_one_figure_is_code_of_that_figure_alone(module, stages):
    """A change of it redraws that figure and no other."""
    depends = {
        name
        for name in chain.names()
        if f"discern.figures.{module}" in fingerprint._closure([f"discern.stages.{name}"])
    }
    assert depends == stages
