"""Following docs/adding-a-network.md word for word adds a network."""

from __future__ import annotations

import json
import shutil

import pytest
import yaml

from docs_page import OTHER_ROWS, DocsPage, assert_tests_passed, copy_with_tests, run
from project import Project, merge

pytestmark = pytest.mark.slow

PAGE = DocsPage("adding-a-network")
LABEL = "softmax_all_convolutional"


@pytest.fixture(scope="module")
def checkout(tmp_path_factory):
    """A copy of the project and its tests with the network and the row, as the page says."""
    folder = copy_with_tests(tmp_path_factory.mktemp("adding") / "project", "docs")
    PAGE.add_file(folder)
    PAGE.add_row(folder)
    return folder


@pytest.mark.parametrize("command", PAGE.blocks("sh"), ids=["tests", "preview"])
def test_its_commands_work(checkout, mnist_folder, command):
    said = run(command, checkout, DISCERN_DATA=str(mnist_folder))
    if "make test" in command:
        assert_tests_passed(said, more_than=10)
    else:
        measures = json.loads((checkout / f"results/preview/measure/{LABEL}/0.json").read_text())
        assert measures["knn_accuracy"] > 0.9


@pytest.fixture(scope="module")
def finished_with_it(finished, tmp_path_factory):
    """The finished project, and the same two rows with the network's row beside them."""
    folder = tmp_path_factory.mktemp("added") / "project"
    shutil.copytree(finished.folder, folder, symlinks=True)
    (line,) = PAGE.blocks("yaml")
    rows = dict.fromkeys(OTHER_ROWS, False) | yaml.safe_load(line)
    PAGE.add_file(folder)
    project = Project(folder, merge(finished.overlay, {"losses": rows, "overwrite": True}))
    planned = project.planned()
    done = project.snakemake()
    assert done.returncode == 0, done.stdout[-4000:]
    return folder / "results" / "digits", planned


def test_the_new_row_alone_is_trained(finished_with_it):
    _, planned = finished_with_it
    stages = ("train", "select", "embed", "tsne", "measure")
    assert [planned.get(stage) for stage in stages] == [1] * 5


def test_the_page_and_the_record_name_its_network(finished_with_it):
    version, _ = finished_with_it
    page = (version / "report/index.html").read_text(encoding="utf-8")
    section = page.split(f'<section id="{LABEL}"')[1]
    assert "<dt>network</dt><dd>All convolutional</dd>" in section
    assert "<dt>network.embedding_dim</dt><dd>64</dd>" in section
    record = json.loads((version / f"train/{LABEL}/0/record.json").read_text())
    network = record["parameters"]["network"]
    assert (network["name"], network["embedding_dim"]) == ("all_convolutional", 64)


def test_a_wrong_name_is_refused_with_the_known_ones(finished):
    wrong = {"losses": {"softmax": {"network": {"name": "lennet"}}}}
    done = finished.snakemake("--dry-run", overlay=wrong)
    assert done.returncode != 0
    why = 'losses.softmax.network.name is "lennet" (did you mean lenet?); choose lenet or original'
    assert why in done.stdout
