"""Reading the split's summary: how many images each part has."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from discern.errors import Damaged
from discern.files import read_json


def read_split_summary(path: Path) -> dict[str, Any]:
    """The summary in a JSON file, which counts the images of the training and validation parts.

    Raises:
        DiscernError: when there is no such file.
        Damaged: when it does not count them.
    """
    summary: dict[str, Any] = read_json(path)
    try:
        for part in ("train", "validation"):
            int(summary[part]["images"])
    except (KeyError, TypeError, ValueError) as error:
        raise Damaged(path, f"does not count the images of each part ({error})") from None
    return summary
