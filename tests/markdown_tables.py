"""The tables of a text, read back."""

from __future__ import annotations

import re


def read_tables(text: str) -> list[list[dict[str, str]]]:
    """The tables of Markdown, each a dictionary per line by the titles of its columns."""
    found = []
    for table in re.findall(r"(?:^\|.*\|\n)+", text, re.MULTILINE):
        head, _, *lines = (
            [cell.strip() for cell in line.split("|")[1:-1]] for line in table.splitlines()
        )
        found.append([dict(zip(head, line, strict=True)) for line in lines])
    return found
