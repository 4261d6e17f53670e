"""The map of an embedding, in the distance that its loss optimises."""

from __future__ import annotations

import json

import numpy as np
import pytest

from claims import assert_refused
from discern.files import read_arrays
from discern.maps.tsne import make_map
from plain_files import write_arrays


@pytest.fixture(scope="module")
def pixels(digits):
    """200 digits as the baseline embeds them."""
    embeddings = digits["train_images"][:200].reshape(200, 64).astype(np.float32) / 255
    return {"embeddings": embeddings, "labels": digits["train_labels"][:200].astype(np.int16)}


@pytest.fixture
def stage(job, pixels):
    stage = job("tsne", distance="euclidean")
    write_arrays(stage.embeddings, pixels)
    return stage


def test_the_file_holds_the_map_and_the_record_how_good_it_is(stage, pixels):
    assert stage.run() == 0
    points, divergence, _ = make_map(pixels["embeddings"], stage.settings)  # the same bits
    made = read_arrays(stage.map)
    assert set(made) == {"map", "labels", "kl_divergence"}
    np.testing.assert_array_equal(made["map"], points, strict=True)
    np.testing.assert_array_equal(made["labels"], pixels["labels"], strict=True)
    assert made["kl_divergence"] == divergence
    results = json.loads(stage.record.read_text())["results"]
    assert results == {"kl_divergence": divergence, "iterations": 50}


@pytest.mark.parametrize(("distance", "counts"), [("cosine", False), ("euclidean", True)])
def test_the_length_of_an_embedding_counts_for_the_euclidean_distance_alone(
    job, stage, pixels, distance, counts
):
    exponents = np.random.default_rng(0).integers(-3, 4, (200, 1))
    maps = []
    # a power of two leaves every digit of the normalised values as it is
    for lengths in (np.float32(1), np.float32(2.0) ** exponents.astype(np.float32)):
        write_arrays(stage.embeddings, pixels | {"embeddings": pixels["embeddings"] * lengths})
        assert job("tsne", distance=distance).run() == 0
        maps.append(read_arrays(stage.map)["map"])
    assert (np.abs(maps[0] - maps[1]).max() > maps[0].std()) == counts
    assert (maps[0] == maps[1]).all() != counts


def test_embeddings_that_are_not_finite_end_in_one_sentence(stage, pixels, capfd):
    spoilt = pixels["embeddings"].copy()
    spoilt[3, 2] = np.inf
    write_arrays(stage.embeddings, pixels | {"embeddings": spoilt})
    assert_refused(stage, capfd, f"{stage.embeddings} holds embeddings that are not finite")


def test_equal_embeddings_end_in_one_sentence(stage, pixels, capfd):
    equal = np.ones_like(pixels["embeddings"])
    write_arrays(stage.embeddings, pixels | {"embeddings": equal})
    assert_refused(stage, capfd, "all embeddings are equal, so there is nothing to map")
