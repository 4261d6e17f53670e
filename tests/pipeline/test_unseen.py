"""Classes that a training has not seen are evaluated alone, and told from those it has seen."""

from __future__ import annotations

import csv
import json

import numpy as np
import pytest

pytestmark = pytest.mark.slow

SPLITS = [
    {"train": [0, 2, 4, 6, 8, 9], "unseen": [1, 3, 5, 7]},
    {"train": [0, 1, 2, 3, 4, 5], "unseen": [6, 7, 8, 9]},
]
UNSEEN = {
    "version": "unseen",
    "seeds": [4, 7],
    "classes": SPLITS,
    "batches": {"size": 48},
    "losses": {
        **dict.fromkeys(
            ("triplet_semihard", "cosface", "intra_triplet")
            + ("triplet_softmax", "sphereface", "contrastive"),
            False,
        ),
    },
}


def test_every_seed_is_evaluated_on_the_classes_that_it_has_not_seen(fresh):
    done = fresh.snakemake(overlay=UNSEEN)
    assert done.returncode == 0, done.stdout[-4000:]
    results = fresh.folder / "results/unseen"
    for loss in ("pixels", "softmax"):
        for seed, split in zip(("4", "7"), SPLITS, strict=True):
            for part in ("train", "test"):
                with np.load(results / "embed" / loss / seed / f"{part}.npz") as arrays:
                    assert sorted(set(arrays["labels"].tolist())) == split["unseen"]
                    known = len(arrays["seen_embeddings"])
                    # six of ten classes
                    assert 0.55 < known / (known + len(arrays["embeddings"])) < 0.65
            measures = json.loads((results / "measure" / loss / f"{seed}.json").read_text())
            assert measures["classifier_accuracy"] is None
            # 200 of the test images are of four classes; a guess would be right in a quarter
            assert 180 < measures["images"] < 220
            assert measures["knn_accuracy"] > 0.7
            assert 0.7 < measures["novelty_auroc"] < 1
    with np.load(results / "select/softmax/7.npz") as weights:
        assert weights["bias"].shape == (6,)
    with (results / "report/leaderboard.csv").open(newline="") as file:
        rows = {row["label"]: row for row in csv.DictReader(file)}
    assert {row["seeds"] for row in rows.values()} == {"2"}
    assert all(0.7 < float(row["novelty_auroc"]) < 1 for row in rows.values())
    assert fresh.planned(UNSEEN) == {}


def test_another_split_of_the_classes_redoes_the_trainings_of_its_seed_alone(fresh):
    done = fresh.snakemake("--until", "split", overlay=UNSEEN)
    assert done.returncode == 0, done.stdout[-4000:]
    everything = fresh.planned(UNSEEN)
    assert everything["train"] == 2
    assert everything["embed"] == 4
    another = UNSEEN | {"seeds": [4, 7, 9]}
    assert fresh.planned(another)["train"] == 3
