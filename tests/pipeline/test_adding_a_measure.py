"""Following docs/adding-a-measure.md word for word adds a column."""

from __future__ import annotations

import csv
import json
import shutil

import numpy as np
import pytest

from docs_page import OTHER_ROWS, DocsPage, assert_tests_passed, copy_with_tests, run
from project import Project, merge

pytestmark = pytest.mark.slow

PAGE = DocsPage("adding-a-measure")
NAME = "recall_at_4"


@pytest.fixture(scope="module")
def checkout(tmp_path_factory):
    """A copy of the project and its tests with the new measure, and nothing else."""
    folder = copy_with_tests(tmp_path_factory.mktemp("adding") / "project")
    PAGE.add_file(folder)
    return folder


def test_the_tests_of_every_measure_test_it(checkout):
    said = run(PAGE.blocks("sh")[0], checkout)
    assert_tests_passed(said, more_than=15)


def test_raw_pixels_of_mnist_have_it(checkout, mnist_folder):
    run(PAGE.blocks("sh")[1], checkout, DISCERN_DATA=str(mnist_folder))
    measures = json.loads((checkout / "results/preview/measure/pixels/0.json").read_text())
    assert measures["knn_accuracy"] < measures[NAME] < 1


@pytest.fixture(scope="module")
def finished_with_it(finished, tmp_path_factory):
    """Two rows of the finished project with the measure, and the jobs that were planned."""
    folder = tmp_path_factory.mktemp("measured") / "project"
    shutil.copytree(finished.folder, folder, symlinks=True)
    two_rows = {"losses": dict.fromkeys(OTHER_ROWS, False), "overwrite": True}
    project = Project(folder, merge(finished.overlay, two_rows))
    assert not project.planned().keys() & {"measure", "embed"}
    PAGE.add_file(folder)
    planned = project.planned()
    done = project.snakemake()
    assert done.returncode == 0, done.stdout[-4000:]
    return folder / "results" / "digits", planned


def test_every_row_is_measured_again_and_none_is_trained(finished_with_it):
    _, planned = finished_with_it
    assert planned["measure"] == 2
    assert not planned.keys() & {"download", "split", "train", "select", "embed", "tsne"}


def test_measure_files_hold_it_in_every_space_and_what_each_image_contributes(finished_with_it):
    version, _ = finished_with_it
    for label in ("pixels", "softmax"):
        path = version / f"measure/{label}/0.npz"
        measures = json.loads(path.with_suffix(".json").read_text())
        with np.load(path) as outcomes:
            contributions = outcomes[NAME]
        assert contributions.mean() == pytest.approx(measures[NAME], abs=1e-6)
        assert measures[NAME] in (measures["native"][NAME], measures["l2_normalised"][NAME])


def test_the_leaderboard_has_its_column_with_intervals_over_images(finished_with_it):
    version, _ = finished_with_it
    with (version / "report" / "leaderboard.csv").open(encoding="utf-8", newline="") as file:
        rows = list(csv.DictReader(file))
    columns = list(rows[0])
    ends = ("_images_low", "", "_images_high")
    assert columns[-3:] == [NAME, f"{NAME}_images_low", f"{NAME}_images_high"]
    for row in rows:
        low, value, high = (float(row[f"{NAME}{end}"]) for end in ends)
        assert 0.5 < low < value < high


def test_the_page_has_its_column_with_its_definition(finished_with_it):
    version, _ = finished_with_it
    page = (version / "report" / "index.html").read_text(encoding="utf-8")
    assert "recall at 4, %</button></th>" in page
    assert "images with one of their class among the 4 nearest others, 0 to 1" in page
