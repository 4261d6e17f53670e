"""The figure of separation has all trainings' variances and each row's first distances."""

from __future__ import annotations

import pytest

from discern.figures.pair_distances import PAIR_COLUMNS
from figure_inputs import ONE, TWO, draw
from plain_files import write_bytes

HEADER = ",".join(PAIR_COLUMNS)


@pytest.mark.usefixtures("drawable")
def test_rows_stand_by_their_ratio_with_their_first_distances_and_all_variances(job, version):
    for label, seed, count in (("a", 0, 4), ("b", 3, 9)):
        table = f"{HEADER}\n0,1,{count},0\n1,2,{count},8\n"
        write_bytes(version.figure(label, seed, "distances", "csv"), table.encode())
    names = tuple("abcdefghij")
    (distances, variances, _), data = draw(
        job("separation_figure", rows=(ONE, TWO), class_names=names)
    )
    assert [text.get_text() for text in distances.get_yticklabels()] == ["Two", "One"]
    assert [len(line.get_xdata()) for line in variances.get_lines()] == [2, 1]
    assert [tuple(line.values()) for line in data] == [
        ("Two", 1, 10.0, 0.05, 0.5, 0.05, 0.1, None),
        ("Two", 2, 5.0, 0.1, 0.5, 0.1, 0.2, None),
        ("One", 1, 2.0, 0.25, 0.5, 0.25, 0.5, None),
    ]
    assert list(data[0])[-3:] == [
        "variance of class a",
        "variance of class b",
        "variance of class c",
    ]
