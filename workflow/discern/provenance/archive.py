"""The files that document how a version was made: its manifest, rules, settings and crate.

The crate describes the whole version as an RO-Crate, for archiving and citation.
"""

from __future__ import annotations

import os
import shutil
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import yaml

from discern.files import sha256, write_bytes, write_json, write_text
from discern.provenance import crate, machine
from discern.provenance.agreement import of_settings, refuse_contradictions
from discern.provenance.record import read_record, seen_from_folder
from discern.results import Version


def archive(
    version: Version, records: Sequence[Path], code: Sequence[Path], settings: Mapping[str, Any]
) -> None:
    """Write the manifest of ``version`` and the other files that document how it was made.

    File names are relative to the version's folder. The manifest comes last and holds the hash of
    every other file. The crate describes the manifest without its hash, because the manifest holds
    the crate's. The machine is that of this job; on a cluster, other jobs may have run elsewhere.

    Args:
        version: its stages are all finished.
        records: those of all its jobs.
        code: the Snakefiles that made it, all below the folder of the first.
        settings: those that affect the results.

    Raises:
        DiscernError: when a training was made with other settings.
    """

    def seen(path: Path) -> str:
        return os.path.relpath(path, version.folder)

    joined = {seen(path): read_record(path) for path in sorted(records)}
    refuse_contradictions(of_settings(settings), joined)
    relative = {
        name: record
        | {role: seen_from_folder(name, record[role]) for role in ("inputs", "outputs")}
        for name, record in joined.items()
    }
    files: dict[str, str] = {}
    for record in relative.values():
        files |= record["outputs"]
    hashes = {name: sha256(version.folder / name) for name in joined}

    copies = _copy(code, version.workflow)
    head = "# The settings of this version. To reproduce it, use --configfile THIS_FILE.\n"
    write_text(version.configuration, head + yaml.safe_dump(dict(settings), sort_keys=False))
    for path in (*copies, version.configuration):
        files[seen(path)] = sha256(path)
    described = crate.metadata(
        version.folder,
        relative,
        hashes=files | hashes,
        code=[seen(path) for path in copies],
        configuration=seen(version.configuration),
        others=[seen(version.manifest)],
        published=_newest(records),
    )
    write_json(version.crate, described)
    files[seen(version.crate)] = sha256(version.crate)
    content = {
        "machine": machine.describe(),
        "records": hashes,
        "files": files,
        "wall_seconds": round(sum(record["wall_seconds"] for record in joined.values()), 3),
        "peak_memory_mb": max(record["peak_memory_mb"] for record in joined.values()),
        "stages": joined,
    }
    write_json(version.manifest, content)


def _copy(files: Sequence[Path], folder: Path) -> list[Path]:
    """Copy ``files`` into ``folder``; the layout relative to the first file's folder is kept."""
    shutil.rmtree(folder, ignore_errors=True)
    copies = [folder / path.relative_to(files[0].parent) for path in files]
    for path, copy in zip(files, copies, strict=True):
        write_bytes(copy, path.read_bytes())
    return copies


def _newest(records: Sequence[Path]) -> str:
    """The UTC date of the newest record; no other date of a run is known."""
    newest = max(path.stat().st_mtime for path in records)
    return datetime.fromtimestamp(newest, UTC).date().isoformat()
