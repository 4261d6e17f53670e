"""Each class has a name: one that was given, or the data set's own label."""

import pytest

from discern.data.class_names import named, read_names
from discern.errors import Damaged, DiscernError
from plain_files import write_json


@pytest.mark.parametrize(
    ("given", "expected"), [(["cat", "dog", "ant"], ["cat", "dog", "ant"]), (None, ["0", "1", "2"])]
)
def test_classes_have_the_names_that_were_given_or_their_numbers(given, expected):
    assert named(given, [0, 1, 2]) == expected


def test_without_names_the_data_sets_own_labels_are_the_names():
    assert named(None, [-1, 3, 40]) == ["-1", "3", "40"]
    assert named(["a", "b"], [1, 10]) == ["a", "b"]


@pytest.mark.parametrize("names", [[], ["cat"], ["cat", "dog", "ant", "fox"]])
def test_another_number_of_names_is_refused(names):
    sentence = (
        f"data.class_names has {len(names)} names, but the data has 3 classes, with labels from 4 "
        "to 9; give 3 names"
    )
    with pytest.raises(DiscernError, match=sentence):
        named(names, [4, 5, 9])


def test_names_are_read_with_the_labels(tmp_path):
    write_json(tmp_path / "labels.json", [2, 7])
    assert read_names(tmp_path / "labels.json", None) == ["2", "7"]
    assert read_names(tmp_path / "labels.json", ["cat", "dog"]) == ["cat", "dog"]


@pytest.mark.parametrize("content", [[], {}, 3, [1, "2"], [True, False], [1.5]])
def test_what_are_no_labels_is_damage(tmp_path, content):
    write_json(tmp_path / "labels.json", content)
    with pytest.raises(Damaged, match=r"labels\.json is not a list of labels"):
        read_names(tmp_path / "labels.json", None)
