"""A table in Markdown has its cells as they were given, and numbers on the right."""

import html
import re

import markdown
import pytest

from discern.ranking.markdown import markdown_table
from markdown_tables import cells_of


# Python-Markdown: another reader than the one on GitHub, with the same rules for these.
def shown(table):
    """The text of each cell, after all tags."""
    page = markdown.markdown(table, extensions=["tables"])
    return re.findall(r"<t[hd][^>]*>(.*?)</t[hd]>", page, re.DOTALL), page


@pytest.mark.parametrize(
    "cell",
    [
        "p(x | y)",
        "|x|",
        "plain",
        "*a* and **b**",
        "_a_, __b__ and cosface_wide",
        "`a`",
        "[a](https://example.org) ![b](c)",
        "[99.21, 99.52] %",
        "<b>a</b><script>alert(1)</script>",
        "a &lt; b & c",
        "\\*a\\*",
        "$x_1$ ~~a~~ <!-- end -->",
        "<https://example.org>",
    ],
)
def test_a_cell_shows_its_text_as_it_is(cell):
    table = markdown_table(["a", "b"], [[cell, "1"]])
    assert cells_of(table)[2] == [cell, "1"]
    cells, page = shown(table)
    assert html.unescape(cells[2]) == cell
    assert set(re.findall(r"<(\w+)", page)) == {"table", "thead", "tbody", "tr", "th", "td"}
    assert "$" not in table  # GitHub reads mathematics before Markdown


@pytest.mark.parametrize("cell", ["a\nb", " a  b ", "a\r\n\tb"])
def test_a_cell_stays_on_its_line(cell):
    assert cells_of(markdown_table(["a"], [[cell]]))[2] == ["a b"]


def test_columns_of_words_stand_on_the_left_and_numbers_on_the_right():
    head = ["a", "b", "c"]
    assert cells_of(markdown_table(head, []))[1] == ["---", "--:", "--:"]
    assert cells_of(markdown_table(head, [], words={0, 2}))[1] == ["---", "--:", "---"]
    assert cells_of(markdown_table(head, [], words=()))[1] == ["--:", "--:", "--:"]
