"""A misspelt word is answered with the known word that is nearest, if one is near."""

import pytest

from discern.configuration.misspelling import did_you_mean


@pytest.mark.parametrize(
    ("word", "hint"),
    [("cosfase", " (did you mean cosface?)"), ("sofmax", " (did you mean softmax?)"), ("x", "")],
)
def test_the_nearest_word_is_named(word, hint):
    assert did_you_mean(word, ("softmax", "cosface", "centre")) == hint
