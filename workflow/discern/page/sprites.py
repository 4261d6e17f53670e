"""Many small images in few files: sheets of which a style sheet shows one image at a time."""

from __future__ import annotations

import io
from dataclasses import dataclass

import numpy as np
from PIL import Image

COLUMNS = 10
"""Images beside each other, and below each other, in a sheet.

A browser reads a sheet whenever it shows one of its images, so sheets are small: a hundred images
of 28 × 28 are some 20 kB, and a page of ten thousand need never be decoded as a whole.
"""


@dataclass(frozen=True)
class Place:
    """Where images lie in their sheets.

    Attributes:
        sheet: the number of each image's sheet, uint16 (N,).
        column: counted in images from the left, uint8 (N,).
        row: counted in images from the top, uint8 (N,).
    """

    sheet: np.ndarray
    column: np.ndarray
    row: np.ndarray


def places(images: int) -> Place:
    """The places of so many images, in their order."""
    sheet, within = np.divmod(np.arange(images), COLUMNS**2)
    row, column = np.divmod(within, COLUMNS)
    return Place(sheet.astype(np.uint16), column.astype(np.uint8), row.astype(np.uint8))


def sheets(images: np.ndarray) -> list[bytes]:
    """Lossless WebP files, of ``COLUMNS`` by ``COLUMNS`` images each, in the images' order.

    Args:
        images: uint8 (N, height, width), or in colour (N, height, width, 3), 0 the background;
            what a last sheet lacks is 0.
    """
    count, height, width, *colours = images.shape
    per_sheet = COLUMNS**2
    padded = np.zeros((-(-count // per_sheet) * per_sheet, height, width, *colours), np.uint8)
    padded[:count] = images
    tiled = padded.reshape(-1, COLUMNS, COLUMNS, height, width, *colours).swapaxes(2, 3)
    return [webp(sheet) for sheet in tiled.reshape(-1, COLUMNS * height, COLUMNS * width, *colours)]


def webp(image: np.ndarray) -> bytes:
    """A lossless WebP file of a uint8 image (height, width[, 3])."""
    file = io.BytesIO()
    Image.fromarray(image).convert("RGB").save(file, "WEBP", lossless=True, quality=80, method=4)
    return file.getvalue()
