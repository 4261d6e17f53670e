"""The pairs of rows that are tested, as the configuration names them."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from itertools import combinations

from discern.configuration.misspelling import did_you_mean
from discern.errors import DiscernError

LabelPair = tuple[str, str]


def pairs_to_test(
    setting: str | Sequence[str | Sequence[str]], labels: Collection[str]
) -> list[LabelPair] | None:
    """The labels of the pairs that are tested, each once, in the order of ``labels``.

    Args:
        setting: ``all``, or a list: a label means its pairs with every other row, a list of labels
            all pairs among them.
        labels: of all rows.

    Returns:
        None if all pairs are tested.

    Raises:
        DiscernError: when there is no row of a named label.
    """
    if isinstance(setting, str):
        return None
    place = {label: n for n, label in enumerate(labels)}
    named = [label for each in setting for label in ([each] if isinstance(each, str) else each)]
    for label in named:
        if label not in place:
            raise DiscernError(
                f"the configuration: evaluation.tested_pairs: there is no row {label}"
                f"{did_you_mean(label, place)}; choose among {', '.join(place)}"
            )
    found = set()
    for each in setting:
        if isinstance(each, str):
            found |= {frozenset((each, other)) for other in place if other != each}
        else:
            found |= set(map(frozenset, combinations(each, 2)))
    return [pair for pair in combinations(place, 2) if frozenset(pair) in found]
