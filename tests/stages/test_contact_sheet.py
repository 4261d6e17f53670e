"""The contact sheet has the map of each row's first seed, aligned by Procrustes analysis."""

from __future__ import annotations

import numpy as np
import pytest

from figure_inputs import LABELS, ONE, POINTS, TURNED, TWO, draw, row, write_embeddings


def points_of(axes):
    return np.asarray(axes.collections[0].get_offsets())


@pytest.mark.usefixtures("drawable")
def test_the_maps_are_those_of_each_rows_first_seed_in_the_rows_order(job):
    names = tuple(f"class {label}" for label in range(10))
    panels, data = draw(job("contact_sheet", rows=(TWO, ONE), class_names=names))
    assert [axes.get_title() for axes in panels] == ["Two", "One"]
    (legend,) = panels[0].figure.legends
    texts = [text.get_text() for text in legend.get_texts()]
    assert sorted(texts) == [f"{number}  {name}" for number, name in enumerate(names)]
    # the first is moved to its centre, the second is turned to lie on top of it
    np.testing.assert_allclose(points_of(panels[0]), TURNED - TURNED.mean(axis=0), atol=0.02)
    np.testing.assert_allclose(points_of(panels[1]), points_of(panels[0]), atol=0.02)
    assert [line["image"] for line in data] == list(range(40))
    assert [line["class"] for line in data] == [names[label] for label in LABELS]
    for axes in panels:
        points = [(line[f"{axes.get_title()}: x"], line[f"{axes.get_title()}: y"]) for line in data]
        np.testing.assert_array_equal(points, points_of(axes))


@pytest.mark.parametrize("queries", ["test", "validation"])
def test_embeddings_of_the_queries_in_the_plane_stay_as_they_are(job, drawable, queries):
    planes = {("plane", 5): POINTS, ("turned", 6): TURNED}
    for (label, seed), points in planes.items():
        write_embeddings(drawable, label, seed, points, queries)
    plane, turned = (row(label, label, (seed, 9), map="embedding") for label, seed in planes)
    panels, _ = draw(job("contact_sheet", rows=(plane, ONE, turned, TWO), queries=queries))
    np.testing.assert_allclose(points_of(panels[0]), POINTS, atol=0.01)
    np.testing.assert_allclose(points_of(panels[2]), TURNED, atol=0.01)
    np.testing.assert_allclose(points_of(panels[3]), points_of(panels[1]), atol=0.02)
