"""Maps of the same images are read together and turned to lie alike."""

from __future__ import annotations

import numpy as np
import pytest

from discern.errors import Damaged, DiscernError
from discern.files import write_arrays
from discern.maps.side_by_side import read_side_by_side

LABELS = np.repeat(np.arange(10), 4).astype(np.int16)
POINTS = LABELS[:, None] * (1.0, -2.0) + np.random.default_rng(0).normal(size=(40, 2))
TURNED = POINTS @ [[0.6, 0.8], [0.8, -0.6]] + 7  # and mirrored


@pytest.fixture
def write(tmp_path):
    """Writes maps, each of its points or of all that its file holds, and returns their paths."""

    def write(*maps):
        paths = []
        for number, arrays in enumerate(maps):
            paths.append(tmp_path / f"{number}.npz")
            kl_divergence = {"kl_divergence": np.array(number / 2)}
            write_arrays(paths[-1], {"labels": LABELS} | kl_divergence | arrays)
        return paths

    return write


def test_maps_are_turned_to_the_first_and_embeddings_stay_as_they_are(write):
    plane = np.float32(TURNED)
    paths = write({"embeddings": plane}, {"map": POINTS}, {"embeddings": -plane}, {"map": TURNED})
    first, second, third, fourth = read_side_by_side(paths)
    np.testing.assert_allclose(first.points, plane, atol=0.02)
    np.testing.assert_allclose(third.points, -plane, atol=0.02)
    np.testing.assert_allclose(second.points, POINTS - POINTS.mean(axis=0), atol=0.02)
    np.testing.assert_allclose(fourth.points, second.points, atol=0.02)
    divergences = [each.kl_divergence for each in (first, second, third, fourth)]
    assert divergences == [None, 0.5, None, 1.5]


@pytest.mark.parametrize(
    "arrays",
    [{"map": POINTS[:20], "labels": LABELS[:20]}, {"map": POINTS, "labels": LABELS[::-1]}],
    ids=["fewer", "in another order"],
)
def test_maps_of_other_images_than_the_first_are_refused(write, arrays):
    with pytest.raises(DiscernError, match=r"2\.npz maps other images than .*0\.npz; delete both"):
        read_side_by_side(write({"map": POINTS}, {"map": TURNED}, arrays))


def test_a_file_that_holds_no_map_is_damaged(write):
    with pytest.raises(Damaged, match=r"1\.npz holds no array 'map'"):
        read_side_by_side(write({"map": POINTS}, {}))
