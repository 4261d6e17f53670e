"""A search trains and measures every trial, draws the price of tuning, and lists all trials."""

from __future__ import annotations

import csv
import json

import pytest

from project import load_preset

pytestmark = pytest.mark.slow

OFF = ("triplet_semihard", "intra_triplet", "triplet_softmax", "sphereface", "contrastive")
SMALL = {
    **load_preset("search"),
    "version": "search",
    "search": {"trials": 2, "learning_rates": [0.001, 0.004], "seed": 0},
    "split": {"validation": 197, "train": None},
    "network": {"name": "original"},  # the images are too small for LeNet-5
    "losses": dict.fromkeys(OFF, False),
}


def test_every_loss_has_as_many_trials_judged_on_validation_images(fresh):
    planned = fresh.planned(SMALL)
    assert planned["train"] == planned["measure"] == 4
    assert not {"tsne", "map_figure", "contact_sheet", "report"} & set(planned)
    done = fresh.snakemake(overlay=SMALL)
    assert done.returncode == 0, done.stdout[-4000:]
    results = fresh.folder / "results/search"
    with (results / "search/trials.csv").open(newline="") as file:
        rows = list(csv.DictReader(file))
    assert [row["label"] for row in rows] == [
        f"{loss}-0{number}" for loss in ("softmax", "cosface") for number in (1, 2)
    ]
    for row in rows:
        record = json.loads((results / f"train/{row['label']}/0/record.json").read_text())
        used = record["parameters"]
        assert used["learning_rate"]["initial"] == float(row["learning_rate"])
        assert used["parameters"] == json.loads(row["parameters"])
        measures = json.loads((results / f"measure/{row['label']}/0.json").read_text())
        assert measures["knn_accuracy"] == float(row["own_knn_accuracy"])
        assert (measures["images"], measures["map"]) == (197, None)
        assert (results / f"embed/{row['label']}/0/validation.npz").is_file()
        assert not (results / f"embed/{row['label']}/0/test.npz").exists()
    verdicts = (results / "search/verdicts.md").read_text().splitlines()
    assert [line.split("|")[1].strip() for line in verdicts[2:]] == ["softmax", "cosface"]
    assert (results / "figures/tuning.csv").read_text().count("\n") == 5
    assert "The result is results/search/search/verdicts.md" in done.stdout
    assert fresh.planned(SMALL) == {}
