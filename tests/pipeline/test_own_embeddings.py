"""Following docs/own-embeddings.md ranks embeddings of other programs beside the trained rows."""

from __future__ import annotations

import csv
import hashlib
import json
import os
import re

import numpy as np
import pytest
import yaml

from docs_page import OTHER_ROWS, DocsPage, run
from programs import programs_of_peers
from project import Project, copy_project, merge

pytestmark = pytest.mark.slow

PAGE = DocsPage("own-embeddings")


@pytest.fixture(scope="module")
def followed(tmp_path_factory, digits_overlay) -> Project:
    """A project on the digits, in which everything was done that the page says."""
    peers = programs_of_peers()
    folder = copy_project(tmp_path_factory.mktemp("own") / "project")
    split, embed, preview = PAGE.blocks("sh")
    assert "results/preview/split/split.npz" in split
    assert preview == "make preview\n"
    rows = dict.fromkeys(OTHER_ROWS, False)
    project = Project(folder, merge(digits_overlay, {"losses": rows, "seeds": [0, 1]}))
    done = project.snakemake("results/digits/split/split.npz")
    assert done.returncode == 0, done.stdout[-4000:]
    for name, program in zip(
        re.findall(r"Write `(.+\.py)`", PAGE.text), PAGE.blocks("python"), strict=True
    ):
        text = program.replace("results/preview", "results/digits")
        (folder / name).write_text(text, encoding="utf-8")
    path = f"{peers}{os.pathsep}{os.environ['PATH']}"
    run(f"set -e\n{embed}", folder, PATH=path)
    (text,) = PAGE.blocks("yaml")
    project = Project(folder, merge(project.overlay, {"losses": yaml.safe_load(text)}))
    planned = project.planned()
    assert [planned.get(stage) for stage in ("train", "embed", "measure")] == [2, 6, 6]
    done = project.snakemake()
    assert done.returncode == 0, done.stdout[-4000:]
    return project


def test_its_rows_are_measured_and_ranked_beside_the_others(followed):
    results = followed.folder / "results/digits"
    with (results / "report/leaderboard.csv").open(newline="") as file:
        rows = {row["label"]: row for row in csv.DictReader(file)}
    assert set(rows) == {"pixels", "softmax", "perceptron", "convolutions"}
    for label, seeds, distance in (("perceptron", 1, "euclidean"), ("convolutions", 2, "cosine")):
        row = rows[label]
        assert (int(row["seeds"]), row["distance"], row["epochs"]) == (seeds, distance, "")
        assert float(row["knn_accuracy"]) > 0.93
    # one training is not tested, two are
    assert rows["perceptron"]["beaten_by"] == ""
    assert rows["convolutions"]["beaten_by"] != ""
    page = (results / "report/index.html").read_text(encoding="utf-8")
    assert page.count("Embeddings that were made elsewhere, read from files.") == 2
    assert page.count("t-SNE map of Convolutions of PyTorch") == 1


def test_the_record_holds_the_hash_of_each_file(followed):
    for seed in (0, 1):
        path = followed.folder / f"results/digits/embed/convolutions/{seed}/record.json"
        inputs = json.loads(path.read_text())["inputs"]
        for part in ("train", "test"):
            file = followed.folder / f"own/torch-{seed}-{part}.npz"
            name = os.path.relpath(file, path.parent)
            assert inputs[name] == hashlib.sha256(file.read_bytes()).hexdigest()
    assert followed.discern("verify", "results/digits").returncode == 0


def test_another_file_redoes_what_depends_on_it_alone_and_a_wrong_one_is_refused(followed):
    assert followed.planned() == {}
    file = followed.folder / "own/torch-1-test.npz"
    with np.load(file) as arrays:
        embeddings, labels = arrays["embeddings"], arrays["labels"]
    np.savez(file, embeddings=embeddings, labels=labels[::-1])
    planned = followed.planned()
    assert [planned.get(stage) for stage in ("train", "embed", "measure")] == [None, 1, 1]
    done = followed.snakemake("results/digits/measure/convolutions/1.json")
    assert done.returncode != 0
    assert "own/torch-1-test.npz holds labels that differ from the data set's for" in done.stdout
    file.unlink()
    done = followed.snakemake("--dry-run")
    assert done.returncode != 0
    why = "losses.convolutions.embeddings.test: own/torch-1-test.npz does not exist; save the"
    assert why in done.stdout
    assert "Traceback" not in done.stdout
