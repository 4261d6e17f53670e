"""Write files completely or not at all, and check them when they are read."""

from __future__ import annotations

import errno
import glob
import hashlib
import json
import os
import tempfile
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import IO, TYPE_CHECKING, Any

from discern.errors import Damaged, DiscernError

if TYPE_CHECKING:
    import numpy as np

# Snakemake puts this file into every folder that is a declared output.
_SNAKEMAKE_TIMESTAMP = ".snakemake_timestamp"

_REMEDIES = {
    errno.ENOSPC: "the disk is full; free some space and run the same command again",
    errno.EDQUOT: "the disk quota is used up; free some space and run the same command again",
    errno.EROFS: "the file system is read-only; make the folder writable or run elsewhere",
    errno.EACCES: "permission denied; make the folder writable and run the same command again",
    errno.EPERM: "permission denied; make the folder writable and run the same command again",
}


def explain(error: OSError) -> DiscernError:
    """The message for the user about an operating system's error."""
    where = error.filename or "a file"
    reason = _REMEDIES.get(error.errno or 0, f"{error.strerror or error}")
    return DiscernError(f"{where}: {reason}")


def require_writable(folder: Path) -> None:
    """Make ``folder`` and test that it is writable; raises :class:`DiscernError` if it is not."""
    try:
        folder.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryFile(dir=folder) as file:
            file.write(b"1")
            file.flush()
    except OSError as error:
        error.filename = str(folder)
        raise explain(error) from None


@contextmanager
def replacing(path: Path) -> Iterator[IO[bytes]]:
    """Open a binary file that gets the name ``path`` only when it is complete and on the disk.

    The bytes go to a temporary name in the same folder, are flushed to the disk and then renamed.
    So a file that exists is complete, even if the process or the machine stops.
    """
    path.parent.mkdir(parents=True, exist_ok=True)
    _remove_unfinished(path)
    descriptor, temporary = tempfile.mkstemp(dir=path.parent, prefix=f".{path.name}.")
    try:
        with os.fdopen(descriptor, "wb") as file:
            yield file
            file.flush()
            os.fsync(file.fileno())
        os.chmod(temporary, 0o666 & ~_umask())
        os.replace(temporary, path)
        _sync_folder(path.parent)
    except BaseException as error:
        Path(temporary).unlink(missing_ok=True)
        if isinstance(error, OSError) and error.filename is None:
            error.filename = str(path)  # the error of a failed write() does not include the path
        raise


def _remove_unfinished(path: Path) -> None:
    """Remove the files of killed writers of ``path``; a file has one writer at a time."""
    random_part = "?" * 8  # as tempfile makes it
    for unfinished in path.parent.glob(f".{glob.escape(path.name)}.{random_part}"):
        unfinished.unlink(missing_ok=True)


def _umask() -> int:
    mask = os.umask(0)
    os.umask(mask)
    return mask


def _sync_folder(folder: Path) -> None:
    """Make a rename inside ``folder`` survive a power cut."""
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def write_bytes(path: Path, content: bytes) -> None:
    """Write ``content`` under ``path``, whole or not at all."""
    with replacing(path) as file:
        file.write(content)


def write_text(path: Path, text: str) -> None:
    """Write ``text`` as UTF-8 under ``path``, whole or not at all."""
    write_bytes(path, text.encode())


def write_json(path: Path, value: Any) -> None:
    """Write ``value`` as indented JSON, keys in the order given. NaN and infinity are refused."""
    write_text(path, json.dumps(value, indent=2, ensure_ascii=False, allow_nan=False) + "\n")


def write_arrays(path: Path, arrays: Mapping[str, np.ndarray]) -> None:
    """Write an ``.npz`` whose bytes depend only on the arrays (NumPy stores no times)."""
    import zipfile

    import numpy as np

    # np.savez marks every member as large. On a full disk, it leaves its archive open: the garbage
    # collector fails to close it and prints a traceback.
    with replacing(path) as file, zipfile.ZipFile(file, "w") as archive:
        for name, array in arrays.items():
            values = np.asanyarray(array)
            # Python's patch releases write different headers for large members.
            large = values.nbytes + 2**16 > zipfile.ZIP64_LIMIT
            with archive.open(f"{name}.npy", "w", force_zip64=large) as member:
                np.lib.format.write_array(member, values, allow_pickle=False)


@contextmanager
def reading(path: Path) -> Iterator[IO[bytes]]:
    """Open the binary file ``path``; raises :class:`DiscernError` if it does not exist."""
    try:
        file = path.open("rb")
    except FileNotFoundError:
        raise DiscernError(f"{path} does not exist; run the stage that makes it") from None
    with file:
        yield file


def read_json(path: Path) -> Any:
    """Parse the JSON file ``path``; a missing or malformed one raises :class:`DiscernError`."""
    try:
        with reading(path) as file:
            return json.loads(file.read().decode())
    except ValueError as error:
        raise Damaged(path, f"is not JSON ({error})") from None


def read_arrays(path: Path, *names: str) -> dict[str, np.ndarray]:
    """Read all arrays of an ``.npz``, which must include ``names``.

    Nothing is unpickled. Raises :class:`DiscernError` when the file is missing, damaged (each
    member's CRC is checked) or lacks one of ``names``.
    """
    try:
        with reading(path) as file:
            arrays = decode_arrays(file)
    except ValueError as error:
        raise Damaged(path, f"is damaged ({error})") from None
    for name in names:
        if name not in arrays:
            there = ", ".join(arrays) or "none at all"
            raise Damaged(path, f"holds no array '{name}' (but {there})")
    return arrays


def decode_arrays(file: IO[bytes]) -> dict[str, np.ndarray]:
    """All arrays of an ``.npz``, nothing unpickled; :class:`ValueError` if it is damaged.

    NumPy and zipfile raise many kinds of errors, depending on the damaged bit.
    """
    import tokenize
    import zipfile
    import zlib

    import numpy as np

    damage = (OSError, EOFError, KeyError, RuntimeError, SyntaxError)
    try:
        archive = np.load(file, allow_pickle=False)
        if not isinstance(archive, np.lib.npyio.NpzFile):
            raise ValueError("it is a single array and no archive")
        with archive:
            return {name: archive[name] for name in archive.files}
    except (*damage, zipfile.BadZipFile, zlib.error, tokenize.TokenError) as error:
        raise ValueError(f"{error}") from None


def sha256(path: Path) -> str:
    """The hexadecimal SHA-256 of a file's content."""
    digest = hashlib.sha256()
    with path.open("rb") as file:
        while block := file.read(1 << 20):
            digest.update(block)
    return digest.hexdigest()


def files_below(path: Path) -> list[Path]:
    """``path`` itself if it is a file, else the files in that folder, sorted by name."""
    if not path.is_dir():
        return [path]
    return sorted(p for p in path.rglob("*") if p.is_file() and p.name != _SNAKEMAKE_TIMESTAMP)
