"""The IDX format: a magic number, the sizes and an array of whole numbers, plain or gzipped."""

from __future__ import annotations

import gzip
import io
import math
import zlib
from pathlib import Path

import numpy as np

from discern.data.classes import LABEL, MOST_CLASSES
from discern.errors import Damaged, DiscernError
from discern.files import reading

# The codes of the integer types; values are big-endian.
_TYPES = {0x08: ">u1", 0x09: ">i1", 0x0B: ">i2", 0x0C: ">i4"}
_UNSIGNED_BYTE = 0x08
# Files of such data sets are smaller; one that unpacks to more must not fill the memory.
_LARGEST = 1 << 30
# Read at once, because that much memory is asked for whatever comes.
_PIECE = 1 << 20


def decode_images(content: bytes, source: str) -> np.ndarray:
    """Images uint8 (N, height, width), or in colour (N, height, width, 3), in an IDX file.

    Args:
        content: the bytes of the uncompressed file.
        source: where the bytes come from, for error messages.

    Raises:
        DiscernError: for bytes that are no IDX file of images, and for no images.
    """
    code, dimensions = _magic_number(content, source)
    if dimensions not in (3, 4):
        likely = "; are images and labels swapped?" if dimensions == 1 else ""
        raise DiscernError(
            f"{source} has {dimensions} dimension{'s' * (dimensions != 1)}, but images have 3 "
            f"(number, height, width), or 4 in colour (number, height, width, 3){likely}"
        )
    if code != _UNSIGNED_BYTE:
        raise DiscernError(
            f"{source} holds values of type {code:#04x}, but images hold unsigned bytes (0x08)"
        )
    images = _values(content, source)
    if images.ndim == 4 and images.shape[3] != 3:
        raise DiscernError(
            f"{source} has sizes {' × '.join(map(str, images.shape))}, but the last of four must "
            "be 3, for red, green and blue; store grey images as (number, height, width)"
        )
    return images


def decode_labels(content: bytes, source: str) -> np.ndarray:
    """The labels (N,) in an IDX file, of the integer type that the file has.

    Args:
        content: the bytes of the uncompressed file.
        source: where the bytes come from, for error messages.

    Raises:
        DiscernError: for bytes that are no IDX file of labels, and for no labels.
    """
    code, dimensions = _magic_number(content, source)
    if dimensions != 1:
        likely = "; are images and labels swapped?" if dimensions in (3, 4) else ""
        raise DiscernError(
            f"{source} has {dimensions} dimensions, but labels have 1, a number per image{likely}"
        )
    if code not in _TYPES:
        known = ", ".join(f"{each:#04x}" for each in _TYPES)
        raise DiscernError(
            f"{source} holds values of type {code:#04x}, but labels are integers ({known})"
        )
    labels = _values(content, source)
    return labels.astype(labels.dtype.newbyteorder("="))


def encode(array: np.ndarray) -> bytes:
    """The IDX file of an array of uint8, int8, int16 or int32."""
    for code, kind in _TYPES.items():
        if array.dtype == np.dtype(kind).newbyteorder("="):
            header = bytes([0, 0, code, array.ndim])
            sizes = b"".join(size.to_bytes(4, "big") for size in array.shape)
            return header + sizes + array.astype(kind).tobytes()
    raise TypeError(f"IDX files hold no {array.dtype}")


def decompress(content: bytes, source: str) -> bytes:
    """``content``, decompressed if it is gzipped."""
    if content[:2] != b"\x1f\x8b":
        return content
    pieces, size = [], 0
    try:
        with gzip.GzipFile(fileobj=io.BytesIO(content)) as file:
            while piece := file.read(_PIECE):
                pieces.append(piece)
                size += len(piece)
                if size > _LARGEST:
                    raise DiscernError(
                        f"{source} unpacks to more than {_LARGEST} bytes; fetch it elsewhere"
                    )
    except (OSError, EOFError, zlib.error) as error:
        raise DiscernError(f"{source} is a damaged gzip file ({error}); fetch it again") from None
    return b"".join(pieces)


def read_images(path: Path) -> np.ndarray:
    """Images uint8 (N, height, width[, 3]) in an IDX file, plain or gzipped."""
    return decode_images(_read(path), str(path))


def read_labels(path: Path) -> np.ndarray:
    """The classes' numbers int16 (N,) in an IDX file of the download stage, plain or gzipped."""
    labels = decode_labels(_read(path), str(path))
    if labels.min() < 0 or labels.max() >= MOST_CLASSES:
        raise Damaged(path, f"holds labels beyond 0 to {MOST_CLASSES - 1}")
    return labels.astype(LABEL)


def read_pair(images: Path, labels: Path) -> tuple[np.ndarray, np.ndarray]:
    """Images uint8 (N, height, width[, 3]) and their labels int16 (N,), equal in number."""
    pair = read_images(images), read_labels(labels)
    if len(pair[0]) != len(pair[1]):
        raise DiscernError(
            f"{images} holds {len(pair[0])} images but {labels} holds {len(pair[1])} labels; "
            "they belong to different sets"
        )
    return pair


def _magic_number(content: bytes, source: str) -> tuple[int, int]:
    """The type's code and the number of dimensions, which follow two zero bytes."""
    if len(content) < 4 or content[:2] != b"\0\0":
        raise DiscernError(
            f"{source} is not an IDX file: its magic number is {content[:4].hex()}; fetch it again"
        )
    return content[2], content[3]


def _values(content: bytes, source: str) -> np.ndarray:
    """The array after the magic number and the sizes, which are big-endian 32-bit numbers."""
    code, dimensions = _magic_number(content, source)
    kind = np.dtype(_TYPES[code])
    header = 4 + 4 * dimensions
    if len(content) < header:
        raise DiscernError(f"{source} ends within its header; fetch it again")
    shape = [int.from_bytes(content[at : at + 4], "big") for at in range(4, header, 4)]
    expected, size = header + math.prod(shape) * kind.itemsize, len(content)
    if size < expected:
        raise DiscernError(f"{source} is truncated: {size} of {expected} bytes; fetch it again")
    if size > expected:
        raise DiscernError(f"{source} has {size - expected} bytes too many; fetch it again")
    if not math.prod(shape):
        raise DiscernError(f"{source} holds no values: its sizes are {shape}")
    return np.frombuffer(content, kind, offset=header).reshape(shape)


def _read(path: Path) -> bytes:
    with reading(path) as file:
        content = file.read()
    return decompress(content, str(path))
