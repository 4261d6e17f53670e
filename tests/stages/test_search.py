"""The search stage writes all trials, and a verdict per loss."""

from __future__ import annotations

import csv
import json
from dataclasses import replace

import numpy as np

from markdown_tables import read_tables
from plain_files import write_arrays, write_json
from samples import COSFACE, SOFTMAX, measures_of


def test_all_trials_are_kept_in_their_order_and_each_loss_has_a_verdict(job, version):
    trials = tuple(
        replace(row, label=f"{row.loss}-{number:02}", seeds=(0,), map="none", learning_rate=rate)
        for row in (SOFTMAX, COSFACE)
        for number, rate in ((1, 0.004), (2, 0.002))
    )
    accuracies = (0.98, 0.981, 0.99, 0.9)
    for trial, accuracy in zip(trials, accuracies, strict=True):
        write_json(version.measures(trial.label, 0), measures_of(accuracy) | {"map": None})
        right = (np.arange(1000) < 1000 * accuracy).astype(np.float32)
        outcomes = {"labels": np.arange(1000) % 10, "predictions": np.zeros(1000)}
        write_arrays(version.outcomes(trial.label, 0), outcomes | {"knn_accuracy": right})
        write_json(version.selection(trial.label, 0), {"epoch": 3})
    stage = job("search", rows=trials, inputs=(), headline="knn_accuracy")
    assert stage.run() == 0
    with stage.csv.open(newline="") as file:
        lines = list(csv.DictReader(file))
    assert [line["label"] for line in lines] == [trial.label for trial in trials]
    assert [float(line["knn_accuracy"]) for line in lines] == list(accuracies)
    assert [float(line["learning_rate"]) for line in lines] == [0.004, 0.002] * 2
    assert json.loads(lines[2]["parameters"]) == {"scale": 20.0, "margin": 0.35}
    assert {line["map_knn_accuracy"] for line in lines} == {""}
    (verdicts,) = read_tables(stage.markdown.read_text())
    assert [line["with"] for line in verdicts] == ["learning_rate 0.002", "the same"]
