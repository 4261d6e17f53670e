"""Fetching each of the data set's files from the first source that has it, and checking it."""

from __future__ import annotations

import hashlib
import logging
from collections.abc import Mapping, Sequence
from dataclasses import replace
from pathlib import Path

from discern.data import idx
from discern.data.failure import reason
from discern.data.sources import FILES, Source, local
from discern.errors import DiscernError
from discern.files import write_bytes

log = logging.getLogger("discern")


def fetch_all(
    sources: Sequence[Source], sha256: Mapping[str, str], unfinished: Path
) -> tuple[dict[str, bytes], dict[str, str]]:
    """The content of each of :data:`~discern.data.sources.FILES`, and the name of its source.

    Args:
        sources: tried in this order until all files are there.
        sha256: of each file, or of its decompressed content.
        unfinished: the folder that keeps fetched files, so that an interrupted download continues.

    Raises:
        DiscernError: when no source has a file; the message names each source's reason.
    """
    whole = replace(local(unfinished), name="an interrupted run")
    failures: list[str] = []
    origins: dict[str, str] = {}
    contents: dict[str, bytes] = {}
    for source in [whole, *sources]:
        for file in [file for file in FILES if file not in origins]:
            try:
                fetched, contents[file] = _fetch(source, file, sha256[file])
            except DiscernError as error:
                if source is not whole:
                    failures.append(f"{source.name} ({error})")
                    log.warning("download: nothing from %s", failures[-1])
                break
            if source is not whole:
                # As fetched, so that it can be checked again.
                write_bytes(unfinished / FILES[file], fetched)
            origins[file] = source.name
            log.info("download: %s from %s", FILES[file], source.name)
        if len(origins) == len(FILES):
            return contents, origins
    raise DiscernError(
        f"no source has the data: {'; '.join(failures) or 'none is configured'}; check the "
        "network, or put the four IDX files into a folder and name it in DISCERN_DATA"
    )


def _fetch(source: Source, file: str, expected: str) -> tuple[bytes, bytes]:
    """A ``file`` as ``source`` has it, and its content, with SHA-256 ``expected``.

    Raises:
        DiscernError: whatever is wrong with the source, so that another can be tried.
    """
    reasons = []
    for fetch in source.ways:
        try:
            fetched = fetch(file)
            return fetched, checked(fetched, expected, FILES[file])
        except Exception as error:
            reasons.append(reason(error))
            if not isinstance(error, DiscernError):
                log.debug("%s: %s", source.name, reasons[-1], exc_info=True)
    raise DiscernError(", and ".join(reasons))


def checked(fetched: bytes, expected: str, name: str) -> bytes:
    """The content of ``fetched``, decompressed, if it or ``fetched`` has SHA-256 ``expected``.

    Raises:
        DiscernError: when neither has it, or when the file ``name`` is a damaged gzip file.
    """
    content = idx.decompress(fetched, name)
    found = [hashlib.sha256(part).hexdigest() for part in (content, fetched)]
    if expected not in found:
        raise DiscernError(
            f"the content of {name} has SHA-256 {found[0]} and the file {found[1][:12]}…, but "
            f"{expected[:12]}… is expected"
        )
    return content
