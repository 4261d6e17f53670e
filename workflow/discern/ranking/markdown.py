"""Tables in Markdown."""

from __future__ import annotations

import re
from collections.abc import Container, Sequence

# What Markdown, or GitHub's mathematics, reads as markup. Of brackets that is one before a link's
# address, of underscores one that is not between letters. An entity is never markup.
_MARKUP = re.compile(r"[\\`*<&|~$]|\](?=[(\[])|(?<![^\W_])_|_(?![^\W_])")


def markdown_table(
    head: Sequence[str], rows: Sequence[Sequence[str]], words: Container[int] = (0,)
) -> str:
    """A table with a line per row of cells.

    Args:
        head: the titles of the columns.
        rows: a cell for each column, plain text.
        words: the columns with text; the others hold numbers and are right-aligned.
    """
    rule = ["---" if place in words else "--:" for place in range(len(head))]
    return "".join(
        f"| {' | '.join(cells)} |\n"
        for cells in [map(plain, head), rule, *(map(plain, cells) for cells in rows)]
    )


def plain(text: str) -> str:
    """Markdown that shows ``text`` as it is, on one line."""
    return _MARKUP.sub(lambda markup: f"&#{ord(markup[0])};", " ".join(text.split()))
