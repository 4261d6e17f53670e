"""Silhouettes are those counted by hand."""

import numpy as np
from hypothesis import given
from hypothesis import strategies as st
from sklearn.metrics import silhouette_samples

from discern.measures.shared import pairs
from discern.measures.silhouette import Silhouettes
from measures.samples import few, overlapping, seeds, seen


def silhouettes(embeddings, labels):
    return seen(Silhouettes(len(labels)), embeddings, labels).widths


def silhouettes_by_hand(embeddings, labels):
    """Rousseeuw's, of each sample; one that is alone in its class counts 0."""
    widths = []
    for i, label in enumerate(labels):
        far = np.linalg.norm(embeddings - embeddings[i], axis=1)
        own = np.delete(far, i)[np.delete(labels, i) == label]
        a = own.mean() if len(own) else 0
        b = min(far[labels == other].mean() for other in set(labels) - {label})
        widths.append((b - a) / max(a, b) if len(own) else 0)
    return widths


@few
@given(seeds, st.integers(5, 30))
def test_silhouettes_are_those_counted_by_hand(seed, count):
    embeddings, labels = overlapping(seed, count, classes=4)
    expected = silhouettes_by_hand(embeddings, labels)
    np.testing.assert_allclose(silhouettes(embeddings, labels), expected, atol=1e-5)


def test_silhouettes_of_samples_in_one_place_are_0():
    widths = silhouettes(np.ones((6, 3), np.float32), np.uint8([0, 0, 0, 1, 1, 1]))
    assert widths.tolist() == [0] * 6


def test_silhouettes_do_not_depend_on_how_much_of_the_distances_is_held_at_once(monkeypatch):
    embeddings, labels = overlapping(0, count=700)
    expected = silhouettes(embeddings, labels)
    monkeypatch.setattr(pairs, "_BLOCK", 700 * 50)
    np.testing.assert_allclose(silhouettes(embeddings, labels), expected, rtol=1e-6)


def test_silhouettes_are_scikit_learns_for_more_samples_than_are_held_at_once():
    embeddings, labels = overlapping(1, count=1500, classes=7)
    expected = silhouette_samples(embeddings.astype(np.float64), labels)
    np.testing.assert_allclose(silhouettes(embeddings, labels), expected, rtol=1e-5, atol=1e-7)
