"""Outcomes are one number per image, or the file is damaged."""

import numpy as np
import pytest

from discern.errors import Damaged
from discern.files import write_arrays
from discern.ranking.outcomes import read_outcomes

IMAGES = 20
LABELS = np.arange(IMAGES).astype(np.int16) % 10
OUTCOMES = {
    "labels": LABELS,
    "predictions": LABELS[::-1].copy(),
    "knn_accuracy": (LABELS[::-1] == LABELS).astype(np.float32),
}


def test_outcomes_are_what_the_measures_say_of_each_image(tmp_path):
    silhouette = np.linspace(-1, 1, IMAGES, dtype=np.float32)
    silhouette[3] = np.nan
    write_arrays(tmp_path / "0.npz", OUTCOMES | {"silhouette": silhouette})
    outcomes = read_outcomes(tmp_path / "0.npz")
    np.testing.assert_array_equal(outcomes.labels, LABELS)
    np.testing.assert_array_equal(outcomes.predictions, LABELS[::-1])
    assert list(outcomes.measures) == ["knn_accuracy", "silhouette"]
    np.testing.assert_array_equal(outcomes.measures["silhouette"], silhouette)


@pytest.mark.parametrize(
    ("change", "sentence"),
    [
        ({"silhouette": np.zeros(3, np.float32)}, "holds silhouette that is float32 (3,)"),
        ({"silhouette": np.zeros(IMAGES)}, "holds silhouette that is float64 (20,)"),
        ({"silhouette": np.full(IMAGES, np.nan, np.float32)}, "or NaN for all"),
        ({"silhouette": np.full(IMAGES, np.inf, np.float32)}, "infinite for some image"),
        ({"silhouettf": np.zeros(IMAGES, np.float32)}, "holds silhouettf, which is no measure"),
        ({"predictions": LABELS[:5]}, "holds 5 predictions for 20 labels"),
        ({"predictions": None}, "holds no array 'predictions'"),
    ],
)
def test_a_file_that_cant_be_right_is_damaged(tmp_path, change, sentence):
    arrays = {name: each for name, each in (OUTCOMES | change).items() if each is not None}
    write_arrays(tmp_path / "0.npz", arrays)
    with pytest.raises(Damaged) as caught:
        read_outcomes(tmp_path / "0.npz")
    assert str(caught.value).startswith(f"{tmp_path / '0.npz'} ")
    assert sentence in str(caught.value)
