"""A map is read from a file of the tsne stage or of the embed stage, or refused as damaged."""

from __future__ import annotations

import numpy as np
import pytest

from discern.errors import Damaged
from discern.files import write_arrays
from discern.maps.map import read_map

LABELS = np.repeat(np.arange(10), 4).astype(np.int16)
POINTS = np.random.default_rng(0).normal(size=(40, 2))
TSNE = {"map": POINTS, "labels": LABELS, "kl_divergence": np.array(0.5)}
PLANE = {"embeddings": np.float32(POINTS), "labels": LABELS}


@pytest.mark.parametrize(
    ("arrays", "points", "kl_divergence"),
    [
        (TSNE, POINTS, 0.5),
        (TSNE | {"kl_divergence": np.array(0.0)}, POINTS, 0.0),
        (PLANE, np.float32(POINTS), None),
    ],
    ids=["t-SNE", "t-SNE without divergence", "embedding"],
)
def test_a_map_is_read_with_what_tsne_has_minimised_and_an_embedding_without(
    tmp_path, arrays, points, kl_divergence
):
    write_arrays(tmp_path / "0.npz", arrays)
    panel = read_map(tmp_path / "0.npz")
    np.testing.assert_array_equal(panel.points, points, strict=True)
    np.testing.assert_array_equal(panel.labels, LABELS, strict=True)
    assert panel.kl_divergence == kl_divergence
    assert panel.is_embedding == (kl_divergence is None)


@pytest.mark.parametrize(
    ("arrays", "sentence"),
    [
        (TSNE | {"map": POINTS[:-1]}, "holds a map (39, 2) for 40 labels"),
        (TSNE | {"map": np.ones((40, 5))}, "holds a map (40, 5) for 40 labels"),
        (TSNE | {"map": POINTS[:, 0]}, "holds a map (40,) for 40 labels"),
        (TSNE | {"labels": LABELS[:5]}, "holds a map (40, 2) for 5 labels"),
        (TSNE | {"map": POINTS[:0], "labels": LABELS[:0]}, "without points"),
        (TSNE | {"map": POINTS * np.nan}, "not finite"),
        (TSNE | {"labels": LABELS * 0.5}, "labels that are float64, not integers"),
        (PLANE | {"embeddings": np.ones((40, 3), np.float32)}, "holds a map (40, 3)"),
        ({"labels": LABELS, "kl_divergence": np.array(0.5)}, "holds no array 'map'"),
        ({"map": POINTS, "labels": LABELS}, "holds no array 'kl_divergence'"),
        ({"map": POINTS}, "holds no array 'labels'"),
    ],
    ids=lambda value: value if isinstance(value, str) else "",
)
def test_a_file_that_holds_no_map_is_damaged(tmp_path, arrays, sentence):
    write_arrays(tmp_path / "0.npz", arrays)
    with pytest.raises(Damaged) as refusal:
        read_map(tmp_path / "0.npz")
    assert str(refusal.value).startswith(f"{tmp_path / '0.npz'} holds")
    assert sentence in str(refusal.value)
