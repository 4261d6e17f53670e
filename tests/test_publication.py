"""A block of a text says what it asks for, and nothing else of the text changes."""

import pytest

from discern.errors import DiscernError
from discern.publication import filled

SAID = {"leaderboard": "| row |\n", "row cosface-wide": "| cosface |\n"}


def test_blocks_say_what_they_name_and_the_rest_stays():
    text = (
        "a\n<!-- reference: leaderboard -->\nold\nolder\n<!-- end -->\nb\n"
        "<!-- reference: row cosface-wide -->\n<!-- end -->\nc <!-- end -->\n"
    )
    expected = (
        "a\n<!-- reference: leaderboard -->\n| row |\n<!-- end -->\nb\n"
        "<!-- reference: row cosface-wide -->\n| cosface |\n<!-- end -->\nc <!-- end -->\n"
    )
    assert filled(text, SAID) == expected
    assert filled(expected, SAID) == expected
    assert filled("no block", SAID) == "no block"


def test_a_block_that_there_is_not_is_named():
    with pytest.raises(DiscernError, match="no block 'row cosfase'; there are leaderboard, row"):
        filled("<!-- reference: row cosfase -->\n<!-- end -->\n", SAID)
