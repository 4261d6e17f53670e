"""The one kind of error that is meant for the user's eyes."""

from __future__ import annotations


class DiscernError(Exception):
    """Something the user can mend: the message is one sentence with the culprit and the remedy."""
