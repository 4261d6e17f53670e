"""The tables of a text, read back."""

import re
from html import unescape


def read_tables(text: str) -> list[list[dict[str, str]]]:
    """The tables of Markdown, each a dictionary per line by the titles of its columns."""
    tables = []
    for table in re.findall(r"(?:^\|.*\|\n)+", text, re.MULTILINE):
        head, _, *lines = cells_of(table)
        tables.append([dict(zip(head, line, strict=True)) for line in lines])
    return tables


def cells_of(table: str) -> list[list[str]]:
    """The cells of each line of a table, head and rule included."""
    lines = []
    for line in table.splitlines():
        before, *cells, after = line.split("|")
        assert before == after == ""
        lines.append([unescape(cell.strip()) for cell in cells])
    return lines
