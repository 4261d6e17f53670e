"""Files as addresses that hold them: figures as small as a page needs them, data to download."""

from __future__ import annotations

import base64
import gzip
import io
from dataclasses import dataclass
from pathlib import Path

from PIL import Image

from discern.errors import DiscernError
from discern.files import reading

_WIDTH = 1000  # pixels: twice what a figure has on a page, for screens of double density
_PLAIN = 30_000  # bytes of CSV from which on a download is compressed


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
    """The PNG file ``path``, at most ``_WIDTH`` wide and a fraction of its bytes.

    Raises:
        DiscernError: when there is none, or it is damaged.
    """
    try:
        with reading(path) as file:
            content = file.read()
        with Image.open(io.BytesIO(content), formats=["PNG"]) as image:
            image.verify()  # the check sums, which nothing else looks at
        with Image.open(io.BytesIO(content), formats=["PNG"]) as image:
            shown = image.convert("RGB")
    except (OSError, SyntaxError, ValueError):
        raise DiscernError(
            f"{path} is no whole PNG file; delete it to have it made again"
        ) from None
    shown.thumbnail((_WIDTH, 4 * _WIDTH), Image.Resampling.LANCZOS)
    file = io.BytesIO()
    shown.save(file, "WEBP", quality=80, method=6)
    return Picture(address("image/webp", file.getvalue()), *shown.size)


@dataclass(frozen=True)
class Download:
    """A file that a link saves.

    Attributes:
        address: holds the file.
        name: that it is saved under.
        kind: for people, such as CSV.
    """

    address: str
    name: str
    kind: str


def download(content: bytes, name: str) -> Download:
    """A text file, to be saved as ``name``, whose ending says what it is; large ones as gzip."""
    ending = name.rpartition(".")[2]
    kind = ending.upper()
    if len(content) < _PLAIN:
        return Download(address(f"text/{ending}", content), name, kind)
    packed = address("application/gzip", gzip.compress(content, mtime=0))
    return Download(packed, f"{name}.gz", f"{kind}, gzip")


def address(media_type: str, content: bytes) -> str:
    """A data URI."""
    return f"data:{media_type};base64,{base64.b64encode(content).decode()}"
