"""The characters that texts of the configuration may have."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

from discern.errors import DiscernError

# XML 1.0 has no others, and SVG figures are XML.
_OTHERS = re.compile("[^\t\n\r\u0020-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")


def check_characters(value: Any, where: str = "") -> None:
    """Refuse a text in ``value`` that no figure can show.

    Args:
        value: the configuration, or a part of it.
        where: the part's keys, joined by dots; empty for the whole.

    Raises:
        DiscernError: naming the key and the character.
    """
    if isinstance(value, str) and (other := _OTHERS.search(value)):
        raise DiscernError(
            f"the configuration: {where} has the character U+{ord(other[0]):04X}, which figures "
            "can't show; leave it out"
        )
    parts: Any = ()
    if isinstance(value, Mapping):
        parts = value.items()
    elif isinstance(value, list):
        parts = enumerate(value)
    for key, part in parts:
        check_characters(part, f"{where}.{key}" if where else str(key))
