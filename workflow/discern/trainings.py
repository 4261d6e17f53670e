"""Files of the trainings: one for each row's each seed, in the order of rows and seeds."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

from discern.errors import DiscernError


def one_each(
    option: str,
    files: Sequence[Path],
    rows: Sequence[Mapping[str, Any]],
    only_trained: bool = False,
) -> Iterator[Path]:
    """The files, to be taken one by one; ``only_trained`` leaves out rows without a network.

    Raises:
        DiscernError: when there is not one for each training; it names the ``option``.
    """
    counted = [row for row in rows if not only_trained or row["trained"]]
    expected = sum(len(row["seeds"]) for row in counted)
    if len(files) != expected:
        raise DiscernError(
            f"--{option} names {len(files)} files for {expected} trainings; give one each"
        )
    return iter(files)


def first_seeds(rows: Sequence[Mapping[str, Any]]) -> list[dict[str, Any]]:
    """The rows with the first of their seeds alone."""
    return [{**row, "seeds": row["seeds"][:1]} for row in rows]
