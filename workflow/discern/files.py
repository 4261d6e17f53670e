"""Writing files whole, and reading them back with their promises checked."""

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

from discern.errors import DiscernError

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
    """The sentence that tells the user what to do about an operating system's error."""
    where = error.filename or "a file"
    reason = _REMEDIES.get(error.errno or 0, f"{error.strerror or error}")
    return DiscernError(f"{where}: {reason}")


def require_writable(folder: Path) -> None:
    """Make ``folder`` and try to write there; raises :class:`DiscernError` when that fails."""
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
    """Open a binary file that takes the name ``path`` only once it is whole and on the disk.

    The bytes go to a temporary name in the same folder, are flushed to the disk and then renamed,
    so a file that exists is complete whenever the process or the machine stops.
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
            error.filename = str(path)  # a failed write() does not say of itself where it was
        raise


def _remove_unfinished(path: Path) -> None:
    """Remove what writers of ``path`` left that were killed; a file has one writer at a time."""
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
    """Write an ``.npz`` whose bytes depend on the arrays alone (NumPy stores no times)."""
    import zipfile

    import numpy as np

    # The bytes of np.savez, which on a full disk leaves its archive open: the garbage collector
    # fails to close it and says so in a traceback.
    with replacing(path) as file, zipfile.ZipFile(file, "w") as archive:
        for name, array in arrays.items():
            with archive.open(f"{name}.npy", "w", force_zip64=True) as member:
                np.lib.format.write_array(member, np.asanyarray(array), allow_pickle=False)


@contextmanager
def reading(path: Path) -> Iterator[IO[bytes]]:
    """Open the binary file ``path``; raises :class:`DiscernError` when it has not been made."""
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
        raise DiscernError(
            f"{path} is not JSON ({error}); delete it to have it made again"
        ) from None


def read_arrays(path: Path, *names: str) -> dict[str, np.ndarray]:
    """Read an ``.npz``: all its arrays, ``names`` being those that must be among them.

    Nothing is unpickled. Raises :class:`DiscernError` when the file is missing, damaged (each
    member's CRC is checked) or lacks one of ``names``.
    """
    try:
        with reading(path) as file:
            arrays = decode_arrays(file)
    except ValueError as error:
        raise DiscernError(
            f"{path} is damaged ({error}); delete it to have it made again"
        ) from None
    for name in names:
        if name not in arrays:
            raise DiscernError(
                f"{path} holds no array '{name}' (but {', '.join(arrays) or 'none at all'}); "
                "delete it to have it made again"
            )
    return arrays


def decode_arrays(file: IO[bytes]) -> dict[str, np.ndarray]:
    """All arrays of an ``.npz``, nothing unpickled; :class:`ValueError` when it is damaged.

    Depending on where a bit has flipped, NumPy and zipfile raise one or another of many errors.
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


def read_embeddings(path: Path) -> tuple[np.ndarray, np.ndarray]:
    """Embeddings float32 (N, D) and labels uint8 (N,) of a file of the embed stage.

    Raises :class:`DiscernError` for other shapes or types, for no embedding at all, and for values
    that are not finite.
    """
    import numpy as np

    arrays = read_arrays(path, "embeddings", "labels")
    embeddings, labels = arrays["embeddings"], arrays["labels"]
    remedy = "delete it to have it made again"
    if embeddings.ndim != 2 or embeddings.dtype != np.float32 or not embeddings.size:
        raise DiscernError(
            f"{path}: embeddings are {embeddings.dtype} {embeddings.shape}, "
            f"not float32 (N, D); {remedy}"
        )
    if labels.dtype != np.uint8 or labels.shape != embeddings.shape[:1]:
        raise DiscernError(
            f"{path}: labels are {labels.dtype} {labels.shape}, not uint8 "
            f"({len(embeddings)},) as the embeddings ask for; {remedy}"
        )
    if not np.isfinite(embeddings).all():
        raise DiscernError(f"{path}: some embeddings are not finite; {remedy}")
    return embeddings, labels


def read_map(path: Path) -> tuple[np.ndarray, np.ndarray, float | None]:
    """Points (N, 2), labels (N,) and KL divergence of a map.

    ``path`` is a file of the tsne stage, or one of embeddings that lie in the plane already, which
    have no divergence. Raises :class:`DiscernError` for anything else.
    """
    import numpy as np

    arrays = read_arrays(path, "labels")
    if "embeddings" in arrays:
        points, labels = read_embeddings(path)
        divergence = None
    else:
        arrays = read_arrays(path, "map", "labels", "kl_divergence")
        points, labels = arrays["map"], arrays["labels"]
        divergence = float(arrays["kl_divergence"])
    remedy = "delete it to have it made again"
    if points.shape != (len(labels), 2):
        raise DiscernError(f"{path}: the map is {points.shape} for {len(labels)} labels; {remedy}")
    if not len(points) or not np.isfinite(points).all():
        raise DiscernError(f"{path}: the map has no points or some that are not finite; {remedy}")
    if not np.issubdtype(labels.dtype, np.integer):
        raise DiscernError(f"{path}: the labels are {labels.dtype} and not whole; {remedy}")
    return points, labels, divergence


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
