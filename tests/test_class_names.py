"""Classes have the names that were given, or their numbers."""

from __future__ import annotations

import pytest

from discern.class_names import named
from discern.errors import DiscernError


def test_given_names_are_taken_in_their_order():
    assert named(["cat", "dog", "ant"], 3) == ["cat", "dog", "ant"]


def test_without_names_classes_are_numbered():
    assert named(None, 3) == ["0", "1", "2"]


@pytest.mark.parametrize("names", [[], ["cat"], ["cat", "dog", "ant", "fox"]])
def test_another_number_of_names_is_refused(names):
    with pytest.raises(
        DiscernError, match=f"has {len(names)} names, but the labels go from 0 to 2"
    ):
        named(names, 3)
