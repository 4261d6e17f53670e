"""The effective rank of embeddings whose directions are known."""

import numpy as np
import pytest
from scipy.linalg import hadamard
from scipy.stats import ortho_group

from discern.measures.effective_rank import effective_rank
from measures.samples import collapsed


@pytest.mark.parametrize("classes", [2, 5, 10])
def test_a_simplex_of_c_classes_uses_c_less_one_directions(classes):
    embeddings, _ = collapsed(classes, width=12)
    simplex = embeddings - embeddings.mean(axis=0)
    assert effective_rank(simplex) == pytest.approx(classes - 1)


def test_isotropic_noise_uses_all_directions():
    even = hadamard(64)[:, :16] / 8  # exactly as much in each direction
    assert effective_rank(even) == pytest.approx(16)
    noise = np.random.default_rng(0).normal(size=(20_000, 16))
    assert effective_rank(noise) == pytest.approx(16, rel=1e-2)


def test_embeddings_in_one_place_use_one_direction_and_zeros_none():
    assert effective_rank(np.tile([3.0, -1, 2], (50, 1))) == pytest.approx(1)
    assert effective_rank(np.zeros((50, 3))) is None


def test_singular_values_count_by_their_entropy_at_any_scale_and_turn():
    values = np.array([3.0, 1, 1, 0])
    share = values[:3] / 5
    expected = np.exp(-np.sum(share * np.log(share)))
    embeddings = np.vstack([np.diag(values), np.zeros((3, 4))])
    turned = ortho_group.rvs(7, random_state=0) @ embeddings @ ortho_group.rvs(4, random_state=1)
    for each in (embeddings, turned, 1e6 * turned):
        assert effective_rank(each) == pytest.approx(expected)
