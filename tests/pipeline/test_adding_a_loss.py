"""Following docs/adding-a-loss.md word for word adds a row."""

from __future__ import annotations

import json

import pytest

from docs_page import DocsPage, assert_tests_passed, copy_with_tests, run
from project import Project

pytestmark = pytest.mark.slow

PAGE = DocsPage("adding-a-loss")
NAME = "soft_nearest_neighbour"


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    """A copy of the project to which the loss has been added as the page says, and nothing else."""
    folder = copy_with_tests(tmp_path_factory.mktemp("adding") / "project")
    PAGE.add_file(folder)
    PAGE.add_row(folder)
    return folder


@pytest.mark.parametrize("command", PAGE.blocks("sh"), ids=["tests", "preview"])
def test_its_commands_work(folder, mnist_folder, command):
    said = run(command, folder, DISCERN_DATA=str(mnist_folder))
    if "make test" in command:
        assert_tests_passed(said, more_than=30)
    else:
        measures = json.loads((folder / f"results/preview/measure/{NAME}/0.json").read_text())
        assert measures["knn_accuracy"] > 0.96


def test_the_page_shows_its_row_with_its_formula_and_parameter(folder, digits_overlay):
    losses = [line.split(":")[0].strip() for line in rows_of(folder)]
    only = {"losses": {name: False for name in losses if name not in ("pixels", NAME)}}
    done = Project(folder, digits_overlay).snakemake(overlay=only)
    assert done.returncode == 0, done.stdout[-4000:]
    page = (folder / "results/digits/report/index.html").read_text(encoding="utf-8")
    section = page.split(f'<section id="{NAME}"')[1]
    assert section.startswith(' aria-label="Soft nearest neighbour"')
    assert "<math" in section
    assert "<dt>temperature</dt><dd>10</dd>" in section
    assert "arXiv:1902.01889" in section


def test_a_wrong_parameter_is_refused_by_its_name(folder, digits_overlay):
    wrong = {"losses": {NAME: {"temprature": 3}}}
    done = Project(folder, digits_overlay).snakemake("--dry-run", overlay=wrong)
    assert done.returncode != 0
    assert f"losses.{NAME}.temprature (did you mean temperature?)" in done.stdout


def rows_of(folder) -> list[str]:
    """The lines of the configuration's losses."""
    config = (folder / "config.yaml").read_text(encoding="utf-8")
    return [line for line in config.split("\nlosses:\n")[1].splitlines() if line.strip()]
