"""Silhouettes are those counted by hand."""

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from discern.measures import silhouette
from discern.measures.silhouette import silhouettes
from measures.samples import few, overlapping, seeds


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
    monkeypatch.setattr(silhouette, "_WORKING_MEMORY", 1)  # holds 187 of the 700 rows
    np.testing.assert_allclose(silhouettes(embeddings, labels), expected, rtol=1e-4)
