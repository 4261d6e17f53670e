"""Tables in Markdown."""

from __future__ import annotations

from collections.abc import Container, Sequence

# A bar that does not end the cell.
_BAR = r"\|"


def markdown_table(
    head: Sequence[str], rows: Sequence[Sequence[str]], words: Container[int] = (0,)
) -> str:
    """A table with a line per row of cells.

    Args:
        head: the titles of the columns.
        rows: a cell for each column.
        words: the columns with text; the others hold numbers and are right-aligned.
    """
    rule = ["---" if place in words else "--:" for place in range(len(head))]
    return "".join(
        f"| {' | '.join(cell.replace('|', _BAR) for cell in cells)} |\n"
        for cells in [head, rule, *rows]
    )
