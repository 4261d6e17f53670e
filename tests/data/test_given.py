"""Embeddings from elsewhere are taken if there is a finite one for each image, in its order."""

import re

import numpy as np
import pytest

from discern.data.given import read_both, read_given
from discern.errors import DiscernError
from plain_files import write_arrays, write_bytes

LABELS = np.array([2, 0, 1, 2, 1], np.int16)
EMBEDDINGS = np.arange(15.0).reshape(5, 3) / 7


@pytest.fixture
def read(tmp_path):
    """Reads a file with these arrays."""

    def read(**arrays):
        write_arrays(tmp_path / "mine.npz", arrays)
        return read_given(tmp_path / "mine.npz", LABELS)

    return read


@pytest.mark.parametrize("kind", [np.float16, np.float32, np.float64])
def test_floats_of_any_size_become_float32(read, kind):
    given = EMBEDDINGS.astype(kind)
    np.testing.assert_array_equal(read(embeddings=given), given.astype(np.float32), strict=True)


@pytest.mark.parametrize(
    "labels",
    [LABELS, LABELS.astype(np.uint8), 10 * LABELS + 3, np.array(list("cabcb")), LABELS - 1.0],
)
def test_labels_may_number_or_name_the_same_classes_in_another_way(read, labels):
    assert len(read(embeddings=EMBEDDINGS, labels=labels, others=np.zeros(2))) == 5


@pytest.mark.parametrize(
    ("arrays", "why"),
    [
        ({"vectors": EMBEDDINGS}, "no array 'embeddings' (but vectors); rename one"),
        ({}, "no array 'embeddings' (but none at all)"),
        ({"embeddings": EMBEDDINGS[0]}, "embeddings that are float64 (3,); save floats (5, D)"),
        ({"embeddings": EMBEDDINGS[:, :1]}, "are float64 (5, 1); save floats (5, D), with two or"),
        ({"embeddings": EMBEDDINGS[..., None]}, "are float64 (5, 3, 1); save floats (5, D)"),
        ({"embeddings": np.ones((5, 3), int)}, "are int64 (5, 3); save floats (5, D)"),
        ({"embeddings": np.ones((5, 3), complex)}, "are complex128 (5, 3); save floats (5, D)"),
        (
            {"embeddings": EMBEDDINGS[:4]},
            "4 embeddings for 5 images; save one for each image of the whole",
        ),
        (
            {"embeddings": EMBEDDINGS, "labels": LABELS[:4]},
            "labels of shape (4,), not (5,) as there are images; save one for each image, or none",
        ),
        (
            {"embeddings": EMBEDDINGS, "labels": LABELS[[0, 1, 2, 4, 3]]},
            "labels that differ from the data set's for 2 images, the first for image 3, counted "
            "from 0; save the embeddings in the order of the data set's file",
        ),
        (
            {"embeddings": EMBEDDINGS, "labels": np.array([2, 0, 1, 3, 1])},
            "labels that differ from the data set's for 1 images, the first for image 3",
        ),
        ({"embeddings": EMBEDDINGS, "labels": 2 - LABELS}, "labels that differ from"),
    ],
)
def test_what_does_not_fit_the_images_is_refused_with_the_remedy(read, arrays, why):
    with pytest.raises(DiscernError, match=re.escape("mine.npz holds ") + ".*" + re.escape(why)):
        read(**arrays)


def test_both_files_are_read_with_their_own_labels_and_have_the_same_width(tmp_path):
    train, test = tmp_path / "train.npz", tmp_path / "test.npz"
    write_arrays(train, {"embeddings": EMBEDDINGS, "labels": LABELS})
    write_arrays(test, {"embeddings": EMBEDDINGS[:2], "labels": LABELS[:2]})
    assert [len(each) for each in read_both(train, test, LABELS, LABELS[:2])] == [5, 2]
    write_arrays(test, {"embeddings": EMBEDDINGS[:2, :2]})
    why = r"train\.npz holds embeddings of width 3, but .*test\.npz of 2; save both from the same"
    with pytest.raises(DiscernError, match=why):
        read_both(train, test, LABELS, LABELS[:2])


@pytest.mark.parametrize("value", [np.nan, -np.inf, 1e39])
def test_a_value_that_is_not_finite_as_float32_is_refused(read, value):
    spoilt = EMBEDDINGS.copy()
    spoilt[2, 1] = spoilt[4, :] = value
    why = "holds 2 embeddings that are not finite as float32, the first for image 2, counted from 0"
    with pytest.raises(DiscernError, match=why):
        read(embeddings=spoilt)


def test_what_is_no_archive_of_numbers_is_refused_and_never_unpickled(tmp_path):
    path = tmp_path / "mine.npz"
    with pytest.raises(DiscernError, match=r"mine\.npz does not exist; save the embeddings there"):
        read_given(path, LABELS)
    np.savez(path, embeddings=np.array([{"a": 1}] * 5))
    why = r"mine\.npz is not an npz archive of numbers \(.*\); save it with numpy\.savez"
    with pytest.raises(DiscernError, match=why):
        read_given(path, LABELS)
    write_bytes(path, b"no archive")
    with pytest.raises(DiscernError, match=why):
        read_given(path, LABELS)
