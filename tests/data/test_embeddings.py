"""Embeddings are read back as they were written, and nothing else is taken for them."""

import numpy as np
import pytest

from discern.data.embeddings import SEEN, read_embeddings, read_seen_embeddings
from discern.errors import Damaged
from discern.files import write_arrays

EMBEDDINGS, LABELS = np.eye(3, 2, dtype=np.float32), np.array([2, 0, 1], np.int16)


def test_embeddings_come_back_as_they_were(tmp_path):
    write_arrays(tmp_path / "test.npz", {"embeddings": EMBEDDINGS, "labels": LABELS})
    embeddings, labels = read_embeddings(tmp_path / "test.npz")
    np.testing.assert_array_equal(embeddings, EMBEDDINGS, strict=True)
    np.testing.assert_array_equal(labels, LABELS, strict=True)


@pytest.mark.parametrize(
    ("embeddings", "labels", "why"),
    [
        (np.eye(3, 2), LABELS, r"embeddings that are float64 \(3, 2\), not float32"),
        (EMBEDDINGS[:, 0], LABELS, r"embeddings that are float32 \(3,\), not float32 \(N, D\)"),
        (EMBEDDINGS[:, :0], LABELS, r"embeddings that are float32 \(3, 0\)"),
        (EMBEDDINGS[:0], LABELS[:0], r"embeddings that are float32 \(0, 2\)"),
        (np.full_like(EMBEDDINGS, np.nan), LABELS, "embeddings that are not finite"),
        (np.float32([[0, 0], [0, np.inf], [0, 0]]), LABELS, "embeddings that are not finite"),
        (EMBEDDINGS, LABELS.astype(np.uint8), "labels that are uint8"),
        (EMBEDDINGS, LABELS[:2], r"labels that are int16 \(2,\), not int16 \(3,\)"),
        (EMBEDDINGS, LABELS[:, None], r"labels that are int16 \(3, 1\)"),
    ],
)
def test_other_shapes_types_and_values_are_damage(tmp_path, embeddings, labels, why):
    path = tmp_path / "test.npz"
    write_arrays(path, {"embeddings": embeddings, "labels": labels})
    with pytest.raises(Damaged, match=f"test.npz holds {why}"):
        read_embeddings(path)


def test_embeddings_of_trained_classes_stand_beside_those_of_unseen_ones(tmp_path):
    path = tmp_path / "test.npz"
    unseen = {"embeddings": EMBEDDINGS, "labels": LABELS}
    write_arrays(path, unseen | {SEEN: 2 * EMBEDDINGS[:2]})
    np.testing.assert_array_equal(read_seen_embeddings(path), 2 * EMBEDDINGS[:2], strict=True)
    write_arrays(path, unseen | {SEEN: EMBEDDINGS[:, 0]})
    with pytest.raises(Damaged, match=r"test.npz holds embeddings that are float32 \(3,\)"):
        read_seen_embeddings(path)
    write_arrays(path, unseen)
    with pytest.raises(Damaged, match=f"holds no array '{SEEN}'"):
        read_seen_embeddings(path)


@pytest.mark.parametrize("name", ["embeddings", "labels"])
def test_each_array_must_be_there(tmp_path, name):
    arrays = {"embeddings": EMBEDDINGS, "labels": LABELS}
    del arrays[name]
    write_arrays(tmp_path / "test.npz", arrays)
    with pytest.raises(Damaged, match=f"holds no array '{name}'"):
        read_embeddings(tmp_path / "test.npz")
