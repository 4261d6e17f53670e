"""What the classes are called."""

from __future__ import annotations

from collections.abc import Sequence

from discern.errors import DiscernError


def named(names: Sequence[str] | None, classes: int) -> list[str]:
    """A name for each of ``classes`` labels: those given, or the numbers if none are.

    Raises:
        DiscernError: when there are more or fewer ``names`` than classes.
    """
    if names is None:
        return [str(label) for label in range(classes)]
    if len(names) != classes:
        raise DiscernError(
            f"data.class_names has {len(names)} names, but the labels go from 0 to {classes - 1}; "
            f"give {classes} names in the order of the labels, or null"
        )
    return list(names)
