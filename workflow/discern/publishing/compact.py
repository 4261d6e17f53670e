"""The content of published files in few bytes."""

from __future__ import annotations

import io
import json
import zipfile
from collections.abc import Mapping
from typing import Any

import numpy as np
from PIL import Image


def compact_json(value: Any) -> bytes:
    """JSON without blanks, and every digit."""
    text = json.dumps(value, ensure_ascii=False, allow_nan=False, separators=(",", ":"))
    return f"{text}\n".encode()


def without_key(value: Any, left_out: str) -> Any:
    """A JSON value without the entries of that name, at any depth of its objects."""
    if not isinstance(value, dict):
        return value
    return {key: without_key(item, left_out) for key, item in value.items() if key != left_out}


def compact_arrays(arrays: Mapping[str, np.ndarray]) -> bytes:
    """An ``.npz`` that is compressed by LZMA; its bytes depend only on the arrays."""
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w", zipfile.ZIP_LZMA) as archive:
        for name, array in arrays.items():
            with archive.open(f"{name}.npy", "w") as member:
                np.lib.format.write_array(member, np.asanyarray(array), allow_pickle=False)
    return file.getvalue()


def compact_picture(picture: bytes, colours: int) -> bytes:
    """A PNG file of at most so many ``colours``, 256 or fewer."""
    file = io.BytesIO()
    with Image.open(io.BytesIO(picture), formats=["PNG"]) as image:
        few = image.convert("RGB").quantize(colours, dither=Image.Dither.NONE)
        few.save(file, "PNG", optimize=True, dpi=image.info["dpi"])
    return file.getvalue()
