"""Intervals and tests come back from their file as they were written, and name better rows."""

from dataclasses import replace

import pytest

from discern.errors import Damaged, DiscernError
from discern.files import read_json, write_json
from discern.ranking.comparisons import (
    QUESTIONS,
    Comparisons,
    Estimate,
    Evidence,
    Pair,
    read_comparisons,
    write_comparisons,
)
from discern.results import Version

PAIR = Pair("a", "b", 3, 0.1, Evidence(0.05, 0.2, 0.01, 0.02), Evidence(0.04, 0.3, 0.03, 0.04))
UNTESTED = Pair("a", "b", 1, 0.1, None, Evidence(0.04, 0.3))
COMPARISONS = Comparisons(
    headline="map_at_r",
    higher_is_better=True,
    rows={
        "a": {"map_at_r": Estimate(0.9, 0.01, (0.85, 0.95), (0.8, 1.0))},
        "b": {"map_at_r": Estimate(0.8), "silhouette": Estimate(0.5)},
    },
    pairs={"map_at_r": [PAIR], "knn_accuracy": [UNTESTED]},
)


@pytest.fixture
def version(tmp_path):
    version = Version(tmp_path)
    write_comparisons(version.comparisons, COMPARISONS)
    return version


def test_they_come_back_as_they_were_written(version):
    assert read_comparisons(version, ["b", "a"]) == COMPARISONS


def test_the_file_says_which_question_each_interval_and_each_p_value_answers(version):
    content = read_json(version.comparisons)
    names = ["level", "questions", "headline", "higher_is_better", "rows", "pairs"]
    assert list(content) == names
    assert (content["level"], content["questions"]) == (0.95, QUESTIONS)
    estimate = {"mean": 0.8, "sd": None, "over_seeds": None, "over_images": None}
    assert content["rows"]["b"]["map_at_r"] == estimate
    pair = content["pairs"]["map_at_r"][0]
    assert list(pair) == ["first", "second", "seeds", "difference", *QUESTIONS]
    assert list(pair["over_images"]) == ["low", "high", "p", "adjusted_p"]


def test_a_pair_can_be_asked_for_either_way_round():
    assert COMPARISONS.pair("a", "b") == PAIR
    turned = Evidence(-0.2, -0.05, 0.01, 0.02), Evidence(-0.3, -0.04, 0.03, 0.04)
    assert COMPARISONS.pair("b", "a") == Pair("b", "a", 3, -0.1, *turned)
    assert COMPARISONS.pair("b", "a", "knn_accuracy").over_seeds is None
    with pytest.raises(KeyError):
        COMPARISONS.pair("a", "c")


@pytest.mark.parametrize(
    ("difference", "adjusted_p", "higher"),
    [(0.1, 0.0499, "a"), (-0.1, 0.0499, "b"), (0.1, 0.05, None), (0.1, None, None)],
)
def test_the_test_for_other_images_decides_at_5_per_cent(difference, adjusted_p, higher):
    test = replace(PAIR.over_images, adjusted_p=adjusted_p)
    assert replace(PAIR, difference=difference, over_images=test).higher == higher


@pytest.mark.parametrize(
    ("higher_is_better", "beaten"), [(True, {"a": [], "b": ["a"]}), (False, {"a": ["b"], "b": []})]
)
def test_a_row_is_beaten_by_the_rows_that_are_significantly_better(higher_is_better, beaten):
    comparisons = replace(COMPARISONS, higher_is_better=higher_is_better)
    assert {label: comparisons.beaten_by(label) for label in "ab"} == beaten


@pytest.mark.parametrize(
    ("adjusted_p", "of_b", "of_a"),
    [(0.04, "better", "worse"), (0.06, "alike", "alike"), (None, "untested", "untested")],
)
def test_a_row_is_better_worse_alike_or_untested_as_seen_from_another(adjusted_p, of_b, of_a):
    evidence = Evidence(0.04, 0.3, adjusted_p and 0.03, adjusted_p)
    comparisons = replace(COMPARISONS, pairs={"map_at_r": [replace(PAIR, over_images=evidence)]})
    assert (comparisons.relation("b", "a"), comparisons.relation("a", "b")) == (of_b, of_a)


def test_of_rows_that_were_not_tested_nobody_knows_which_beats_which():
    untested = replace(COMPARISONS, pairs={"map_at_r": [UNTESTED]})
    assert untested.beaten_by("a") is untested.beaten_by("b") is None


def test_pairs_are_chosen_where_one_with_several_seeds_is_not_tested():
    untested = replace(PAIR, over_images=Evidence(0.04, 0.3))
    to_c = replace(PAIR, second="c")
    whole = replace(COMPARISONS, pairs={"map_at_r": [PAIR, to_c]})
    part = replace(COMPARISONS, pairs={"map_at_r": [untested, to_c]})
    single = replace(COMPARISONS, pairs={"map_at_r": [UNTESTED, to_c]})
    assert [each.are_chosen for each in (whole, part, single)] == [False, True, False]
    assert [whole.tested_against("a"), part.tested_against("a")] == [["b", "c"], ["c"]]
    assert [part.beaten_by(label) for label in "abc"] == [[], None, ["a"]]


def test_pairs_among_some_rows_are_those_of_which_both_are_named():
    to_c, of_others = replace(PAIR, second="c"), replace(PAIR, first="b", second="c")
    known = replace(COMPARISONS, pairs={"map_at_r": [PAIR, to_c, of_others]})
    assert known.among("ac", "map_at_r") == [to_c]
    assert known.among("abc", "map_at_r") == [PAIR, to_c, of_others]
    assert known.among("a", "map_at_r") == []


ABSENT = object()
OF_A = ["rows", "a", "map_at_r"]
PAIR_0 = ["pairs", "map_at_r", 0]


@pytest.mark.parametrize(
    ("path", "value"),
    [
        (["headline"], ABSENT),
        (["rows", "a"], ABSENT),
        ([*OF_A, "sd"], ABSENT),
        ([*OF_A, "over_seeds"], [0.5]),
        ([*OF_A, "mean"], None),
        (["rows"], []),
        (PAIR_0, ABSENT),
        ([*PAIR_0, "over_images"], None),
        ([*PAIR_0, "over_images", "adjusted_p"], ABSENT),
        ([*PAIR_0, "first"], "b"),
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
    del content["rows"]["b"], content["pairs"]["map_at_r"][0]
    write_json(version.comparisons, content)
    assert read_comparisons(version).rows.keys() == {"a"}
    assert read_comparisons(version, ["a"]).pairs["map_at_r"] == []


def test_a_file_that_is_not_there_is_no_damaged_one(tmp_path):
    with pytest.raises(DiscernError, match=r"comparisons\.json does not exist"):
        read_comparisons(Version(tmp_path / "other"))
