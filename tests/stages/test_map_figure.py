"""The drawn map of one training is that of its file."""

from __future__ import annotations

import numpy as np
import pytest

from figure_inputs import LABELS, POINTS, draw, write_embeddings


@pytest.mark.usefixtures("drawable")
def test_the_map_is_that_of_the_file_and_so_are_its_data(job):
    names = tuple("abcdefghij")
    (axes,), data = draw(job("map_figure", title="Large margin, seed 3", class_names=names))
    assert axes.get_title() == "Large margin, seed 3"
    np.testing.assert_array_equal(axes.collections[0].get_offsets(), POINTS)
    assert {text.get_text() for text in axes.texts} == set(names)
    assert [line["image"] for line in data] == list(range(40))
    assert [line["class"] for line in data] == [names[label] for label in LABELS]
    np.testing.assert_array_equal([(line["x"], line["y"]) for line in data], POINTS)


@pytest.mark.usefixtures("drawable")
def test_embeddings_in_the_plane_are_drawn_as_they_are_with_their_axes(job, version):
    write_embeddings(version, "a", 0, POINTS)
    (axes,), data = draw(job("map_figure", source=version.embeddings("a", 0, "test")))
    np.testing.assert_array_equal(axes.collections[0].get_offsets(), np.float32(POINTS))
    assert axes.axison
    assert [line["class"] for line in data] == [str(label) for label in LABELS]
