"""The significance stage compares the rows and reports how many pairs differ."""

from __future__ import annotations

import numpy as np
import pytest

from chain import ROWS
from discern.ranking.comparisons import read_comparisons
from page_inputs import read_csv, write_evaluated
from plain_files import write_arrays, write_json
from samples import measures_of

LABELS = np.arange(400).astype(np.int16) % 10


@pytest.fixture
def measured(version):
    """The version with the two rows of the chain, one seed each."""
    for row, wrong in zip(ROWS, (60, 8), strict=True):
        for seed in row.seeds:
            right = (np.arange(400) >= wrong).astype(np.float32)
            measures = measures_of(0.5, knn_accuracy=float(right.mean(dtype=float)))
            write_json(version.measures(row.label, seed), measures)
            predictions = np.where(right, LABELS, (LABELS + 1) % 10).astype(np.int16)
            arrays = {"labels": LABELS, "predictions": predictions, "knn_accuracy": right}
            write_arrays(version.outcomes(row.label, seed), arrays)
    # The data set has 800 images, of which every second one is evaluated.
    write_evaluated(version, LABELS.repeat(2), np.arange(1, 800, 2))


@pytest.mark.usefixtures("measured")
def test_intervals_and_pairs_are_written_and_pairs_counted(job, version, capfd):
    stage = job("significance")
    assert stage.run() == 0
    said = "significance: 0 of 1 pairs of rows differ significantly in k-NN accuracy\n"
    assert capfd.readouterr().err == said
    comparisons = read_comparisons(version, [row.label for row in ROWS])
    assert [comparisons.beaten_by(row.label) for row in ROWS] == [None, None]
    [pair] = comparisons.pairs["knn_accuracy"]
    assert (pair.seeds, pair.difference) == (1, pytest.approx(-0.13))
    numbers = [int(line["image"]) for line in read_csv(stage.mistakes)]
    assert numbers == list(range(1, 121, 2))
