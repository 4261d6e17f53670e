"""Errors for the user."""

from __future__ import annotations

from pathlib import Path


class DiscernError(Exception):
    """An error that the user can fix: the message is one sentence with the cause and the remedy."""


class Damaged(DiscernError):  # noqa: N818 - it reads as what it says of the file
    """A damaged file of a version.

    Args:
        path: the file.
        why: what is wrong with it, as the sentence after the path.
    """

    def __init__(self, path: Path, why: str) -> None:
        super().__init__(f"{path} {why}; delete it to have it made again")
        self.fault = f"{path} {why}"
