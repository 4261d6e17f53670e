"""Class names in figures and their data."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from discern.errors import DiscernError


def class_column(labels: Iterable[int], class_names: Sequence[str] | None) -> list[str]:
    """The class of each label: its name, or its number if classes have no names.

    Raises:
        DiscernError: when a label has no name.
    """
    numbers = [int(label) for label in labels]
    if class_names is None:
        return [str(number) for number in numbers]
    if len(class_names) <= max(numbers):
        raise DiscernError(
            f"there are {len(class_names)} class names for {max(numbers) + 1} classes; name each"
        )
    return [class_names[number] for number in numbers]
