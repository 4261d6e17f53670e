"""The verification curves are those in the measures of all trainings."""

from __future__ import annotations

import pytest

from figure_inputs import CURVES, ONE, TWO, draw


@pytest.mark.usefixtures("drawable")
def test_the_curves_are_those_of_normalised_embeddings_with_rejections(job):
    _, data = draw(job("verification_figure", rows=(ONE, TWO)))
    assert [tuple(line.values()) for line in data] == [
        *(("One", 1, far, 1 - tar) for far, tar in CURVES[0]),
        *(("Two", 1, far, 1 - tar) for far, tar in CURVES[3]),
        *(("Two", 2, far, 1 - tar) for far, tar in CURVES[7]),
    ]
    assert list(data[0])[2:] == ["false_acceptance_rate", "false_rejection_rate"]
