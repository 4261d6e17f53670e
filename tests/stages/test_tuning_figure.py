"""The tuning of a search is the expected best of its trials, loss by loss."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from figure_inputs import draw
from plain_files import write_arrays, write_json
from samples import COSFACE, SOFTMAX, measures_of


def test_the_expected_best_of_one_trial_is_the_mean_and_of_all_the_best(job, version):
    values = {"softmax-01": 0.5, "softmax-02": 0.75, "cosface-01": 0.25}
    trials = tuple(
        replace(SOFTMAX if "softmax" in label else COSFACE, label=label, seeds=(0,), map="none")
        for label in values
    )
    for label, value in values.items():
        write_json(version.measures(label, 0), measures_of(value) | {"map": None})
        right = (np.arange(20) < 20 * value).astype(np.float32)
        outcomes = {"labels": np.arange(20) % 10, "predictions": np.zeros(20)}
        write_arrays(version.outcomes(label, 0), outcomes | {"knn_accuracy": right})
    (axes,), data = draw(job("tuning_figure", rows=trials, headline="knn_accuracy"))
    assert [tuple(line.values()) for line in data] == [
        ("softmax", 1, pytest.approx(0.625)),
        ("softmax", 2, 0.75),
        ("cosface", 1, 0.25),
    ]
    assert list(data[0]) == ["loss", "trials", "expected_best_knn_accuracy"]
    assert [line.get_label() for line in axes.get_lines()] == ["softmax", "cosface"]
