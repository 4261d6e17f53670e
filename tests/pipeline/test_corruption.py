"""Trainings with noisy labels and a long tail run, and what they are judged by stays clean."""

from __future__ import annotations

import json

import numpy as np
import pytest

from discern.data import idx

pytestmark = pytest.mark.slow

CORRUPTED = {
    "version": "corrupted",
    "corruption": {"label_noise": 0.2, "imbalance": 5},
    "training": {"epochs": 2},
    "losses": dict.fromkeys(
        ("pixels", "triplet_semihard", "cosface", "intra_triplet")
        + ("triplet_softmax", "sphereface", "contrastive"),
        False,
    ),
}


def test_a_row_trains_on_corrupted_images_and_is_measured_on_clean_ones(fresh):
    done = fresh.snakemake("--until", "embed", overlay=CORRUPTED)
    assert done.returncode == 0, done.stdout[-4000:]
    results = fresh.folder / "results/corrupted"
    summary = json.loads((results / "corrupt/corruption.json").read_text())
    assert summary["changed"] == round(0.2 * summary["images"])
    log = (fresh.folder / "logs/corrupted/train/softmax/0.log").read_text()
    assert f"{summary['images']} training and 197 validation images" in log
    record = json.loads((results / "train/softmax/0/record.json").read_text())
    assert any("corruption.npz" in path for path in record["inputs"])
    labels = idx.read_labels(results / "download/train-labels-idx1-ubyte.gz")
    with np.load(results / "split/split.npz") as split:
        train = split["train"]
    with np.load(results / "embed/softmax/0/train.npz") as gallery:
        np.testing.assert_array_equal(gallery["indices"], train)
        np.testing.assert_array_equal(gallery["labels"], labels[train])
    assert "corrupt" in fresh.planned(CORRUPTED, "--forceall")
    assert "corrupt" not in fresh.planned(CORRUPTED | {"corruption": None, "version": "clean"})
