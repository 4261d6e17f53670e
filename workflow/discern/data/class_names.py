"""The names of a data set's classes."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from discern.errors import Damaged, DiscernError
from discern.files import read_json


def read_names(labels: Path, names: Sequence[str] | None) -> list[str]:
    """A name for each class, as :func:`named`.

    Args:
        labels: the file of the download stage with the classes' own labels.
        names: from the configuration.

    Raises:
        Damaged: when the file holds no labels.
        DiscernError: as :func:`named`.
    """
    content = read_json(labels)
    if not isinstance(content, list) or not content or not all(type(n) is int for n in content):
        raise Damaged(labels, "is not a list of labels")
    return named(names, content)


def names_unless_numbers(labels: Path, names: Sequence[str] | None) -> list[str] | None:
    """:func:`read_names`, or None where the names are the numbers of the classes from 0."""
    found = read_names(labels, names)
    return None if found == [str(number) for number in range(len(found))] else found


def named(names: Sequence[str] | None, labels: Sequence[int]) -> list[str]:
    """A name for each class: from ``names``, or the data set's own label if None.

    Args:
        names: in the order of the classes.
        labels: the classes' own labels, ascending.

    Raises:
        DiscernError: when there are more or fewer ``names`` than classes.
    """
    if names is None:
        return [str(label) for label in labels]
    if len(names) != len(labels):
        raise DiscernError(
            f"data.class_names has {len(names)} names, but the data has {len(labels)} classes, "
            f"with labels from {labels[0]} to {labels[-1]}; give {len(labels)} names in the order "
            "of the labels, or null"
        )
    return list(names)
