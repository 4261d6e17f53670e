"""A block of a text says what it asks for, and nothing else of the text changes."""

import pytest

from discern.errors import DiscernError
from discern.texts import filled


def said(request):
    """A line that names the request, so that each block's can be told from others'."""
    return f"| {request} |\n"


def test_blocks_say_what_they_name_and_the_rest_stays():
    text = (
        "a\n<!-- full: leaderboard -->\nold\nolder\n<!-- end -->\nb\n"
        "<!-- full: row cosface-wide -->\n<!-- end -->\nc <!-- end -->\n"
        "<!-- seeds: leaderboard -->\nof another version\n<!-- end -->\n"
    )
    expected = (
        "a\n<!-- full: leaderboard -->\n| leaderboard |\n<!-- end -->\nb\n"
        "<!-- full: row cosface-wide -->\n| row cosface-wide |\n<!-- end -->\nc <!-- end -->\n"
        "<!-- seeds: leaderboard -->\nof another version\n<!-- end -->\n"
    )
    assert filled(text, "full", said) == expected
    assert filled(expected, "full", said) == expected
    assert filled("no block", "full", said) == "no block"


def test_a_block_may_stand_within_a_sentence():
    text = "It has <!-- full: value cosface map_at_r -->97.1 %<!-- end --> and that is much.\n"
    expected = "It has <!-- full: value cosface map_at_r -->98.2 %<!-- end --> and that is much.\n"
    assert filled(text, "full", lambda request: "98.2 %") == expected
    assert filled(expected, "full", lambda request: "98.2 %") == expected


def test_a_version_name_is_no_pattern():
    text = "<!-- full: leaderboard -->\nold\n<!-- end -->\n"
    assert filled(text, "f.ll", said) == text


@pytest.mark.parametrize(
    "after", ["", "<!-- full: pairs -->\n<!-- end -->\n", "<!-- b: cost -->\n"]
)
def test_a_block_without_an_end_is_named_and_swallows_nothing(after):
    text = f"a\n<!-- full: row cosface -->\nkept\n{after}"
    with pytest.raises(DiscernError, match=r"^2: the block 'row cosface' has no <!-- end -->; add"):
        filled(text, "full", said)


def test_a_request_that_fails_is_found_by_its_line():
    def refuse(request):
        raise DiscernError(f"no {request}")

    with pytest.raises(DiscernError, match=r"^3: no cost$"):
        filled("a\nb\n<!-- full: cost -->\n<!-- end -->\n", "full", refuse)
