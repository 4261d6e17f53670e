"""The IDX format: a magic number, the sizes and an array of bytes, plain or gzipped."""

from __future__ import annotations

import gzip
import io
import math
import zlib
from pathlib import Path

import numpy as np

from discern.errors import DiscernError
from discern.files import reading

_UNSIGNED_BYTE = 0x08
# Files of such data sets are smaller; one that unpacks to more must not fill the memory.
_LARGEST = 1 << 30


def decode(content: bytes, dimensions: int, source: str) -> np.ndarray:
    """The uint8 array in ``content``, the bytes of an uncompressed IDX file.

    Args:
        content: two zero bytes, the type's code, the number of dimensions, each size as a
            big-endian 32-bit number, then the values.
        dimensions: the expected number of dimensions: 3 for images, 1 for labels.
        source: where the bytes come from, for error messages.

    Raises:
        DiscernError: for another magic number, type or number of dimensions, for an empty array,
            and when there are too few or too many bytes.
    """
    if len(content) < 4 or content[:2] != b"\0\0":
        raise DiscernError(
            f"{source} is not an IDX file: its magic number is {content[:4].hex()}; fetch it again"
        )
    code, found = content[2], content[3]
    if code != _UNSIGNED_BYTE:
        raise DiscernError(f"{source} holds values of type {code:#04x}, not unsigned bytes (0x08)")
    if found != dimensions:
        raise DiscernError(
            f"{source} has {found} dimensions instead of {dimensions}; are images and labels "
            "swapped?"
        )
    header = 4 + 4 * dimensions
    if len(content) < header:
        raise DiscernError(f"{source} ends within its header; fetch it again")
    shape = [int.from_bytes(content[at : at + 4], "big") for at in range(4, header, 4)]
    expected, size = header + math.prod(shape), len(content)
    if size < expected:
        raise DiscernError(f"{source} is truncated: {size} of {expected} bytes; fetch it again")
    if size > expected:
        raise DiscernError(f"{source} has {size - expected} bytes too many; fetch it again")
    if not math.prod(shape):
        raise DiscernError(f"{source} holds no values: its sizes are {shape}")
    return np.frombuffer(content, np.uint8, offset=header).reshape(shape)


def encode(array: np.ndarray) -> bytes:
    """The IDX file of a uint8 array."""
    if array.dtype != np.uint8:
        raise TypeError(f"IDX files here hold uint8, not {array.dtype}")
    header = bytes([0, 0, _UNSIGNED_BYTE, array.ndim])
    sizes = b"".join(size.to_bytes(4, "big") for size in array.shape)
    return header + sizes + array.tobytes()


def decompress(content: bytes, source: str) -> bytes:
    """``content``, decompressed if it is gzipped."""
    if content[:2] != b"\x1f\x8b":
        return content
    try:
        with gzip.GzipFile(fileobj=io.BytesIO(content)) as file:
            found = file.read(_LARGEST + 1)
    except (OSError, EOFError, zlib.error) as error:
        raise DiscernError(f"{source} is a damaged gzip file ({error}); fetch it again") from None
    if len(found) > _LARGEST:
        raise DiscernError(f"{source} unpacks to more than {_LARGEST} bytes; fetch it elsewhere")
    return found


def read_images(path: Path) -> np.ndarray:
    """Images uint8 (N, height, width) in an IDX file, plain or gzipped."""
    return _read(path, dimensions=3)


def read_labels(path: Path) -> np.ndarray:
    """Labels uint8 (N,) in an IDX file, plain or gzipped."""
    return _read(path, dimensions=1)


def _read(path: Path, dimensions: int) -> np.ndarray:
    with reading(path) as file:
        content = file.read()
    return decode(decompress(content, str(path)), dimensions, str(path))


def read_pair(images: Path, labels: Path) -> tuple[np.ndarray, np.ndarray]:
    """Images uint8 (N, height, width) and their labels uint8 (N,), equal in number."""
    pair = read_images(images), read_labels(labels)
    if len(pair[0]) != len(pair[1]):
        raise DiscernError(
            f"{images} holds {len(pair[0])} images but {labels} holds {len(pair[1])} labels; "
            "they belong to different sets"
        )
    return pair
