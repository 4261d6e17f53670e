"""The file that compares all pairs of rows, read back."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import permutations
from pathlib import Path
from typing import Any

from discern.comparison import beyond_chance
from discern.errors import DiscernError
from discern.files import read_json


def read_pairs(path: Path, labels: Sequence[str]) -> dict[tuple[str, str], dict[str, Any]]:
    """What the compare stage wrote of each pair of ``labels``, either way round.

    Returns:
        for each pair the ``difference`` of the first from the second, its ``adjusted_p``, and
        whether the two are ``apart``, that is, whether this is beyond chance.

    Raises:
        DiscernError: when there is a pair that it did not compare.
    """
    found = {}
    try:
        for pair in read_json(path)["pairs"]:
            one, other, adjusted = pair["first"], pair["second"], float(pair["adjusted_p"])
            for sides, sign in (((one, other), 1), ((other, one), -1)):
                found[sides] = {
                    "difference": sign * float(pair["difference"]),
                    "adjusted_p": adjusted,
                    "apart": beyond_chance(adjusted),
                }
        if missing := set(permutations(labels, 2)) - found.keys():
            raise KeyError(" and ".join(min(missing)))
    except (KeyError, TypeError, ValueError) as error:
        raise DiscernError(
            f"{path} does not compare all pairs of rows ({error}); delete it to have it made again"
        ) from None
    return found
