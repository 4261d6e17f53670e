"""The real pipeline, run by the real Snakemake on scikit-learn's digits."""

from __future__ import annotations

import os
import shutil
from pathlib import Path

import pytest
import yaml

from discern.data.sources import FILES, from_settings
from discern.data.web import Patience
from project import CHECKOUT, Project, copy_project


@pytest.fixture(scope="session")
def digits_overlay(digits_folder, digits_sha256) -> dict:
    """The configuration that makes the pipeline run on the digits in seconds per job."""
    return {
        "version": "digits",
        "data": {"local": str(digits_folder), "sha256": digits_sha256, "sources": []},
        "split": {"validation": 197},
        "batches": {"size": 80, "samples": 8},
        "training": {"epochs": 8, "early_stopping_patience": None, "threads": 1},
        "tsne": {"iterations": 400, "perplexity": 20, "early_exaggeration_iterations": 100},
        "figures": {"resolution": 80},
    }


@pytest.fixture(scope="session")
def mnist_folder(tmp_path_factory) -> Path:
    """A folder with genuine MNIST: that of ``DISCERN_DATA``, or what CI fetches as a package."""
    if known := os.environ.get("DISCERN_DATA"):
        return Path(known)
    if os.environ.get("CI") != "true":
        pytest.skip("no MNIST here: name its folder in DISCERN_DATA")
    config = yaml.safe_load((CHECKOUT / "config.yaml").read_text(encoding="utf-8"))
    (entry,) = (entry for entry in config["data"]["sources"] if "package" in entry)
    package = from_settings(entry, Patience(timeout=15, deadline=120, attempts=2))
    folder = tmp_path_factory.mktemp("mnist")
    (fetch,) = package.ways
    for file, name in FILES.items():
        (folder / name).write_bytes(fetch(file))
    return folder


@pytest.fixture
def fresh(tmp_path, digits_overlay) -> Project:
    """A project in which nothing has been run."""
    return Project(copy_project(tmp_path / "project"), digits_overlay)


@pytest.fixture(scope="session")
def finished(tmp_path_factory, made_once, digits_overlay) -> Project:
    """A project in which the whole pipeline has run once, with between-workflow caching.

    It is run once for all of pytest's processes, each of which has a copy.
    """

    def run(folder: Path) -> None:
        done = Project(copy_project(folder), digits_overlay).snakemake("--cache")
        assert done.returncode == 0, done.stdout[-6000:]

    folder = made_once("finished", run)
    copy = tmp_path_factory.getbasetemp() / "finished-copy"
    shutil.copytree(folder, copy, symlinks=True)
    return Project(copy, digits_overlay)


@pytest.fixture
def copied(finished, tmp_path) -> Project:
    """A copy of the finished project, to be changed by one test alone."""
    target = tmp_path / "project"
    shutil.copytree(finished.folder, target, symlinks=True)
    return Project(target, finished.overlay)
