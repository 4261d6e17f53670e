"""Outcomes are one number per image, or the file is damaged."""

import numpy as np
import pytest

from discern.errors import Damaged
from discern.files import write_arrays
from discern.ranking.outcomes import in_steps, read_outcomes, rounding_of_mean

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
    np.testing.assert_allclose(outcomes.measures["silhouette"], silhouette, atol=1 / 256)


@pytest.mark.parametrize("scale", [1, 3e-7, 40_000])
def test_counting_in_steps_keeps_the_sum_and_moves_no_image_by_more_than_a_step(scale):
    values = (scale * np.random.default_rng(0).beta(20, 1, 10_000)).astype(np.float32)
    values[::7] = np.nan
    steps, unit = in_steps(values)
    assert (values > 0).sum() == (steps != np.iinfo(np.int16).min).sum()
    known, counted = (each[~np.isnan(values)].astype(float) for each in (values, steps * unit))
    assert np.nanmax(values) <= 256 * unit < 2 * np.nanmax(values)
    assert np.abs(counted - known).max() <= unit
    assert abs(counted.sum() - known.sum()) <= unit / 2
    assert abs(counted.mean() - known.mean()) <= rounding_of_mean(values)
    # a step is far below the spread between images, so the standard error stays
    assert counted.std() == pytest.approx(known.std(), rel=0.01)


def test_what_is_counted_already_keeps_every_value():
    values = np.tile([0, 1, np.nan, 0.5, 1], 50).astype(np.float32)
    steps, unit = in_steps(values)
    np.testing.assert_array_equal(steps[:5] * unit, [0, 1, -128, 0.5, 1])


@pytest.mark.parametrize(
    ("change", "sentence"),
    [
        ({"names": np.array(["silhouettf"])}, "holds silhouettf, which is no measure"),
        ({"names": np.array(["silhouette", "map_at_r"])}, "holds steps int16 (1, 20) for 20"),
        ({"steps": np.zeros((1, 19), np.int16)}, "holds steps int16 (1, 19) for 20 images"),
        ({"steps": np.zeros((1, 20))}, "holds steps float64 (1, 20) for 20 images"),
        ({"units": np.ones(2)}, "holds steps int16 (1, 20) for 20 images"),
        ({"units": None}, "holds names, steps and not names, steps and units"),
    ],
)
def test_a_published_file_that_cant_be_right_is_damaged(tmp_path, change, sentence):
    steps = np.zeros((1, IMAGES), np.int16)
    counted = {"names": np.array(["silhouette"]), "steps": steps, "units": np.ones(1)}
    of_images = {"labels": LABELS, "predictions": LABELS} | counted | change
    arrays = {name: each for name, each in of_images.items() if each is not None}
    write_arrays(tmp_path / "0.npz", arrays)
    with pytest.raises(Damaged) as caught:
        read_outcomes(tmp_path / "0.npz")
    assert sentence in str(caught.value)


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
