"""Files as data URIs: figures at the size that a page needs, and data to download."""

from __future__ import annotations

import base64
import gzip
import io
from dataclasses import dataclass
from pathlib import Path

from PIL import Image

from discern.errors import Damaged
from discern.files import reading

_WIDTH = 1000  # pixels: twice what a figure has on a page, for screens of double density
_PLAIN = 30_000  # a larger CSV file is compressed for download; in bytes


@dataclass(frozen=True)
class Picture:
    """A picture within the page.

    Attributes:
        address: holds the picture, WebP.
        width: in pixels.
        height: in pixels.
    """

    address: str
    width: int
    height: int


def picture(path: Path) -> Picture:
    """The PNG file ``path`` as WebP, at most ``_WIDTH`` wide and much smaller.

    Raises:
        DiscernError: when there is no such file.
        Damaged: when it is not a complete PNG file.
    """
    try:
        with reading(path) as file:
            content = file.read()
        with Image.open(io.BytesIO(content), formats=["PNG"]) as image:
            image.verify()  # the checksums, which are checked nowhere else
        with Image.open(io.BytesIO(content), formats=["PNG"]) as image:
            reduced = image.convert("RGB")
    except (OSError, SyntaxError, ValueError):
        raise Damaged(path, "is not a complete PNG file") from None
    reduced.thumbnail((_WIDTH, 4 * _WIDTH), Image.Resampling.LANCZOS)
    file = io.BytesIO()
    reduced.save(file, "WEBP", quality=80, method=6)
    return Picture(address("image/webp", file.getvalue()), *reduced.size)


@dataclass(frozen=True)
class Download:
    """A file that the reader can save from a link.

    Attributes:
        address: holds the file.
        name: the name to save it under.
        kind: for people, such as CSV.
    """

    address: str
    name: str
    kind: str


def download(content: bytes, name: str) -> Download:
    """A text file, to be saved as ``name``, whose ending gives its type; large files as gzip."""
    ending = name.rpartition(".")[2]
    kind = ending.upper()
    if len(content) < _PLAIN:
        return Download(address(f"text/{ending}", content), name, kind)
    packed = address("application/gzip", gzip.compress(content, mtime=0))
    return Download(packed, f"{name}.gz", f"{kind}, gzip")


def address(media_type: str, content: bytes) -> str:
    """A data URI."""
    return f"data:{media_type};base64,{base64.b64encode(content).decode()}"
