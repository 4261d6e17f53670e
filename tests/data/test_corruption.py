"""Corrupted training labels and classes are those that plain recomputation gives."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from discern.data.corruption import corrupt
from discern.errors import DiscernError

LABELS = np.random.default_rng(0).permutation(np.repeat(np.arange(10), 600)).astype(np.int16)
# As many as MNIST's training part has of each digit, divided by ten.
UNEVEN = np.repeat(np.arange(10), [533, 607, 536, 552, 526, 488, 533, 564, 527, 535]).astype(
    np.int16
)


def corrupted(labels=LABELS, label_noise=None, imbalance=None, seed=0):
    return corrupt(labels, label_noise=label_noise, imbalance=imbalance, seed=seed)


@given(st.floats(0.01, 0.9), st.integers(0, 100))
def test_exactly_the_fraction_of_labels_is_another_class(fraction, seed):
    kept, labels = corrupted(label_noise=fraction, seed=seed)
    np.testing.assert_array_equal(kept, np.arange(len(LABELS)))
    assert np.sum(labels != LABELS) == round(fraction * len(LABELS))
    assert labels.dtype == LABELS.dtype
    assert set(labels) <= set(range(10))


def test_each_other_class_is_as_likely():
    _, labels = corrupted(label_noise=0.5)
    table = np.zeros((10, 10), int)
    np.add.at(table, (LABELS, labels), 1)
    others = table[~np.eye(10, dtype=bool)]
    expected = 0.5 * 600 / 9
    assert np.sum((others - expected) ** 2 / expected) < 140  # chi squared of 89 degrees: p 0.0005
    np.testing.assert_allclose(np.diag(table), 300, atol=60)


@pytest.mark.parametrize("labels", [LABELS, UNEVEN], ids=["even", "uneven"])
@pytest.mark.parametrize("imbalance", [1.5, 10, 100])
def test_classes_become_exponentially_smaller_down_to_the_fraction(labels, imbalance):
    kept, kept_labels = corrupted(labels, imbalance=imbalance)
    np.testing.assert_array_equal(kept_labels, labels[kept])
    assert (np.diff(kept) > 0).all()
    counts = np.bincount(kept_labels)
    first = counts[0]
    for number, count in enumerate(counts):
        assert count == pytest.approx(first / imbalance ** (number / 9), abs=1)
    # one class at least is used up, or a larger first class would be possible
    assert any(
        round((first + 1) / imbalance ** (number / 9)) > available
        for number, available in enumerate(np.bincount(labels))
    )


def test_both_together_are_noise_on_the_long_tail():
    kept, labels = corrupted(label_noise=0.2, imbalance=10)
    np.testing.assert_array_equal(kept, corrupted(imbalance=10)[0])
    assert np.sum(labels != LABELS[kept]) == round(0.2 * len(kept))


@pytest.mark.parametrize("options", [{"label_noise": 0.2}, {"imbalance": 10}])
def test_the_seed_decides_what_is_corrupted(options):
    once, again, other = (corrupted(**options, seed=seed) for seed in (1, 1, 2))
    for first, second in zip(once, again, strict=True):
        np.testing.assert_array_equal(first, second, strict=True)
    changed = [np.not_equal(*pair).any() for pair in zip(once, other, strict=True)]
    assert any(changed)


@pytest.mark.parametrize(
    ("labels", "options", "sentence"),
    [
        (LABELS, {"imbalance": 500}, "corruption.imbalance leaves 1 of 600 training .* class 9"),
        ([0, 0, 1, 1], {"label_noise": 0.25}, "corruption.label_noise leaves 1 of 2 training"),
    ],
)
def test_a_class_that_is_left_with_too_few_images_is_named(labels, options, sentence):
    with pytest.raises(DiscernError, match=sentence):
        corrupted(np.int16(labels), **options)
