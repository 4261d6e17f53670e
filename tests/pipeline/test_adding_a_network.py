"""Following docs/adding-a-network.md word for word adds a network."""

from __future__ import annotations

import json
import os
import re
import shutil
import subprocess

import pytest
import yaml

from project import CHECKOUT, Project, copy_project, merge

pytestmark = pytest.mark.slow

PAGE = (CHECKOUT / "docs" / "adding-a-network.md").read_text(encoding="utf-8")
LABEL = "softmax_all_convolutional"
LEFT_OUT = ("triplet_semihard", "cosface", "intra_triplet")
LEFT_OUT += ("triplet_softmax", "sphereface", "contrastive")


def blocks(language: str) -> list[str]:
    """The page's blocks of code in a language."""
    return re.findall(rf"^```{language}\n(.*?)^```$", PAGE, re.MULTILINE | re.DOTALL)


def add_network(folder):
    """Write the file that the page shows."""
    (path,) = re.findall(r"Write `(.+\.py)`:", PAGE)
    (file,) = blocks("python")
    (folder / path).write_text(file, encoding="utf-8")


@pytest.fixture(scope="module")
def checkout(tmp_path_factory):
    """A copy of the project and its tests with the network and the row, as the page says."""
    folder = copy_project(tmp_path_factory.mktemp("adding") / "project")
    for name in ("Makefile", "pyproject.toml"):
        shutil.copy(CHECKOUT / name, folder)
    for name in ("tests", "docs"):
        shutil.copytree(CHECKOUT / name, folder / name)
    add_network(folder)
    (line,) = blocks("yaml")
    config = (folder / "config.yaml").read_text(encoding="utf-8")
    assert config.count("\nlosses:\n") == 1
    added = config.replace("\nlosses:\n", f"\nlosses:\n{line}")
    (folder / "config.yaml").write_text(added, encoding="utf-8")
    return folder


@pytest.mark.parametrize("command", blocks("sh"), ids=["tests", "preview"])
def test_its_commands_work(checkout, mnist_folder, command):
    done = subprocess.run(
        ["bash", "-c", command],
        cwd=checkout,
        env=os.environ | {"DISCERN_DATA": str(mnist_folder)},
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stdout[-4000:]
    if "make test" in command:
        passed = re.search(r"(\d+) passed", done.stdout)
        assert passed, done.stdout[-2000:]
        assert int(passed[1]) > 10
        assert "skipped" not in done.stdout
    else:
        measures = json.loads((checkout / f"results/preview/measure/{LABEL}/0.json").read_text())
        assert measures["knn_accuracy"] > 0.9


@pytest.fixture(scope="module")
def finished_with_it(finished, tmp_path_factory):
    """The finished project, and the same two rows with the network's row beside them."""
    folder = tmp_path_factory.mktemp("added") / "project"
    shutil.copytree(finished.folder, folder, symlinks=True)
    (line,) = blocks("yaml")
    rows = dict.fromkeys(LEFT_OUT, False) | yaml.safe_load(line)
    add_network(folder)
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
    section = page.split(f'<h2 id="{LABEL}">')[1]
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
