"""A published map looks like the original."""

import numpy as np
import pytest

from discern.errors import Damaged
from discern.files import write_arrays
from discern.maps.map import Map
from discern.maps.rounded import read_rounded, rounded

LABELS = np.repeat(np.arange(10), 4).astype(np.int16)
POINTS = np.random.default_rng(0).normal(size=(40, 2))


@pytest.mark.parametrize("scale", [1e-6, 1, 1e6])
@pytest.mark.parametrize("divergence", [0.0, 0.5, None])
def test_a_rounded_map_has_nearly_the_same_points_and_all_else(tmp_path, scale, divergence):
    original = Map(scale * POINTS, LABELS, divergence)
    write_arrays(tmp_path / "0.npz", rounded(original))
    read = read_rounded(tmp_path / "0.npz")
    atol = np.abs(original.points).max() / 4000
    np.testing.assert_allclose(read.points, original.points, atol=atol)
    np.testing.assert_array_equal(read.labels, LABELS, strict=True)
    assert (read.kl_divergence, read.is_embedding) == (divergence, divergence is None)


def test_a_map_of_equal_points_stays_one(tmp_path):
    write_arrays(tmp_path / "0.npz", rounded(Map(np.zeros((40, 2)), LABELS, 0.5)))
    assert not read_rounded(tmp_path / "0.npz").points.any()


def test_a_map_is_rounded_alike_whether_it_was_published_or_not(tmp_path):
    arrays = {"map": POINTS, "labels": LABELS, "kl_divergence": np.array(0.5)}
    write_arrays(tmp_path / "0.npz", arrays)
    write_arrays(tmp_path / "1.npz", rounded(Map(POINTS, LABELS, 0.5)))
    first, second = (read_rounded(tmp_path / name).points for name in ("0.npz", "1.npz"))
    np.testing.assert_array_equal(first, second)


def test_a_rounded_map_without_its_points_is_damaged(tmp_path):
    write_arrays(tmp_path / "0.npz", {"unit": np.array(1.0), "labels": LABELS})
    with pytest.raises(Damaged, match="holds no array 'map'"):
        read_rounded(tmp_path / "0.npz")
