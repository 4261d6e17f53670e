"""What went wrong with a source, in words that do not guess."""

from __future__ import annotations

from discern.errors import DiscernError


def reason(error: Exception) -> str:
    """What happened, in the words of the first cause.

    Libraries wrap it in errors of their own, whose messages have addresses and objects.
    """
    if isinstance(error, DiscernError):
        return str(error)
    first: BaseException = error
    while cause := first.__cause__ or (not first.__suppress_context__ and first.__context__):
        first = cause
    words = str(first)
    if isinstance(first, OSError) and first.strerror:
        words = f"{first.filename}: {first.strerror}" if first.filename else first.strerror
    return f"{type(error).__name__}: {words}" if words else type(error).__name__
