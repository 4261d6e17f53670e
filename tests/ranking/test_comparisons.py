"""What was found of rows' significance comes back from its file as it was written."""

from dataclasses import replace

import pytest

from discern.errors import Damaged, DiscernError
from discern.files import read_json, write_json
from discern.ranking.comparisons import (
    Comparisons,
    Estimate,
    Pair,
    RankedRow,
    read_comparisons,
    write_comparisons,
)
from discern.results import Version

PAIR = Pair("a", "b", 0.1, 0.05, 0.2, 0.01, 0.02)
COMPARISONS = Comparisons(
    level=0.95,
    resamples=1000,
    ranked_by="knn_accuracy",
    rows={
        "a": RankedRow(1, {"knn_accuracy": Estimate(0.9, 0.85, 0.95, "seeds")}),
        "b": RankedRow(2, {"knn_accuracy": Estimate(0.8), "silhouette": Estimate(0.5)}),
    },
    pairs=[PAIR],
)


@pytest.fixture
def version(tmp_path):
    version = Version(tmp_path)
    write_comparisons(version.comparisons, COMPARISONS)
    return version


def test_they_come_back_as_they_were_written(version):
    assert read_comparisons(version, ["b", "a"]) == COMPARISONS


def test_the_file_has_the_keys_that_programs_read_in_their_order(version):
    content = read_json(version.comparisons)
    assert list(content) == ["level", "resamples", "ranked_by", "rows", "pairs"]
    assert list(content["rows"]["a"]) == ["rank", "measures"]
    estimate = {"mean": 0.8, "low": None, "high": None, "interval": None}
    assert content["rows"]["b"]["measures"]["knn_accuracy"] == estimate
    names = ["first", "second", "difference", "low", "high", "p", "adjusted_p"]
    assert list(content["pairs"][0]) == names


def test_a_pair_can_be_asked_for_either_way_round():
    assert COMPARISONS.pair("a", "b") == PAIR
    assert COMPARISONS.pair("b", "a") == Pair("b", "a", -0.1, -0.2, -0.05, 0.01, 0.02)
    with pytest.raises(KeyError):
        COMPARISONS.pair("a", "c")


@pytest.mark.parametrize(
    ("difference", "adjusted_p", "better"),
    [(0.1, 0.0499, "a"), (-0.1, 0.0499, "b"), (0.1, 0.05, None), (-0.1, 1.0, None)],
)
def test_what_is_not_below_5_per_cent_is_no_significant_difference(difference, adjusted_p, better):
    pair = replace(PAIR, difference=difference, adjusted_p=adjusted_p)
    assert pair.better == better
    assert pair.is_significant is (better is not None)


ABSENT = object()
OF_A = ["rows", "a", "measures", "knn_accuracy"]


@pytest.mark.parametrize(
    ("path", "value"),
    [
        (["level"], ABSENT),
        (["rows", "a"], ABSENT),
        (["rows", "a", "rank"], ABSENT),
        (["rows", "a", "measures"], ABSENT),
        ([*OF_A, "interval"], ABSENT),
        (["pairs", 0], ABSENT),
        (["pairs", 0, "adjusted_p"], ABSENT),
        (["rows"], []),
        (["rows", "a", "rank"], None),
        ([*OF_A, "low"], None),
        (["pairs", 0, "first"], "b"),
    ],
)
def test_a_file_that_lacks_something_is_damaged(version, path, value):
    content = part = read_json(version.comparisons)
    *above, last = path
    for key in above:
        part = part[key]
    if value is ABSENT:
        del part[last]
    else:
        part[last] = value
    write_json(version.comparisons, content)
    with pytest.raises(Damaged, match=r"comparisons\.json does not hold.*delete it"):
        read_comparisons(version, ["a", "b"])


def test_rows_that_nobody_asks_for_need_not_be_there(version):
    content = read_json(version.comparisons)
    del content["rows"]["b"], content["pairs"][0]
    write_json(version.comparisons, content)
    assert read_comparisons(version).rows.keys() == {"a"}
    assert read_comparisons(version, ["a"]).pairs == []


def test_a_file_that_is_not_there_is_no_damaged_one(tmp_path):
    with pytest.raises(DiscernError, match=r"comparisons\.json does not exist"):
        read_comparisons(Version(tmp_path / "other"))
