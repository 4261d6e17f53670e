"""Fetching each of the data set's files from the first source that has it, and checking it."""

from __future__ import annotations

import hashlib
import logging
from collections.abc import Mapping, Sequence
from pathlib import Path

from discern.data import idx
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
    whole = Source("an interrupted run", local(unfinished).fetch)
    failures: list[str] = []
    origins: dict[str, str] = {}
    contents: dict[str, bytes] = {}
    for source in [whole, *sources]:
        try:
            for file in [file for file in FILES if file not in origins]:
                fetched = source.fetch(file)
                contents[file] = checked(fetched, sha256[file], FILES[file])
                if source is not whole:
                    # As fetched, so that it can be checked again.
                    write_bytes(unfinished / FILES[file], fetched)
                origins[file] = source.name
                log.info("download: %s from %s", FILES[file], source.name)
        except DiscernError as error:
            if source is not whole:
                failures.append(f"{source.name} ({error})")
                log.warning("download: nothing from %s", failures[-1])
        if len(origins) == len(FILES):
            return contents, origins
    raise DiscernError(
        f"no source has the data: {'; '.join(failures) or 'none is configured'}; check the "
        "network, or put the four IDX files into a folder and name it in DISCERN_DATA"
    )


def checked(fetched: bytes, expected: str, name: str) -> bytes:
    """The content of ``fetched``, decompressed, if it or ``fetched`` has SHA-256 ``expected``.

    Raises:
        DiscernError: when neither has it, or when the file ``name`` is a damaged gzip file.
    """
    content = idx.decompress(fetched, name)
    found = [hashlib.sha256(part).hexdigest() for part in (content, fetched)]
    if expected not in found:
        raise DiscernError(
            f"the content of {name} has SHA-256 {found[0][:12]}… and the file {found[1][:12]}…, "
            f"but {expected[:12]}… is expected"
        )
    return content


def number_of_classes(contents: Mapping[str, bytes]) -> int:
    """The number of classes in the files with these ``contents``: labels count from 0."""
    return 1 + max(
        int(idx.decode(contents[file], dimensions=1, source=FILES[file]).max())
        for file in ("train-labels", "t10k-labels")
    )
