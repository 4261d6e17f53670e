"""The settings that a search tries: grid points in which each value occurs about equally often."""

from __future__ import annotations

import itertools
import random
from collections import Counter
from collections.abc import Mapping, Sequence
from typing import Any


def balanced_points(
    space: Mapping[str, Sequence[Any]], first: Mapping[str, Any], count: int, seed: str
) -> list[dict[str, Any]]:
    """``count`` different points in which a setting's values occur equally often, or nearly so.

    Args:
        space: the values to try of each setting.
        first: the first point; settings that are not in ``space`` keep its values.
        count: how many points.
        seed: selects among equally balanced points.

    Raises:
        ValueError: when the space has fewer points.
    """
    chosen = tuple(first[name] for name in space)
    waiting = [values for values in itertools.product(*space.values()) if values != chosen]
    random.Random(seed).shuffle(waiting)  # noqa: S311
    if len(waiting) < count - 1:
        raise ValueError(f"{len(waiting) + 1} combinations of settings for {count} trials")
    used: Counter[tuple[int, Any]] = Counter()
    points = []
    for _ in range(count):
        points.append({**first, **dict(zip(space, chosen, strict=True))})
        used.update(enumerate(chosen))
        if waiting:
            chosen = min(waiting, key=lambda values: sum(used[at] for at in enumerate(values)))
            waiting.remove(chosen)
    return points
