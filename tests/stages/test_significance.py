"""The significance stage compares the rows and reports how many pairs differ."""

from __future__ import annotations

import numpy as np
import pytest

import chain
from discern.files import read_json
from plain_files import write_arrays, write_json
from samples import measures_of

LABELS = np.arange(400).astype(np.int16) % 10


@pytest.fixture
def measured(version):
    """The version with the two rows of the chain, of which the second is clearly better."""
    for row, wrong in zip(chain.ROWS, (60, 8), strict=True):
        right = (np.arange(400) >= wrong).astype(np.float32)
        measures = measures_of(0.5, knn_accuracy=float(right.mean(dtype=float)))
        write_json(version.measures(row.label, 0), measures)
        arrays = {"labels": LABELS, "predictions": LABELS, "knn_accuracy": right}
        write_arrays(version.outcomes(row.label, 0), arrays)


@pytest.mark.usefixtures("measured")
def test_ranks_and_pairs_are_written_and_counted_and_the_seed_decides(job, capfd):
    stage = job("significance", resamples=2000)
    assert stage.run() == 0
    assert capfd.readouterr().err == "significance: 1 of 1 pairs of rows differ significantly\n"
    comparisons = read_json(stage.comparisons)
    assert comparisons["resamples"] == 2000
    assert [row["rank"] for row in comparisons["rows"].values()] == [2, 1]
    assert [pair["difference"] for pair in comparisons["pairs"]] == [pytest.approx(-0.13)]
    assert job("significance", resamples=2000, seed=1).run() == 0
    assert read_json(stage.comparisons) != comparisons
