"""A table in Markdown has its cells as they were given, and numbers on the right."""

import pytest

from discern.ranking.markdown import markdown_table
from markdown_tables import cells_of


@pytest.mark.parametrize("cell", ["p(x | y)", "|x|", "plain"])
def test_a_bar_in_a_cell_opens_no_column(cell):
    assert cells_of(markdown_table(["a", "b"], [[cell, "1"]]))[2] == [cell, "1"]


def test_columns_of_words_stand_on_the_left_and_numbers_on_the_right():
    head = ["a", "b", "c"]
    assert cells_of(markdown_table(head, []))[1] == ["---", "--:", "--:"]
    assert cells_of(markdown_table(head, [], words={0, 2}))[1] == ["---", "--:", "---"]
    assert cells_of(markdown_table(head, [], words=()))[1] == ["--:", "--:", "--:"]
