"""Join the records of all stages, so that each result can be traced to the bytes it came from.

``python -m discern verify`` checks every hash in it.
"""

from __future__ import annotations

import argparse
import os
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from discern.errors import DiscernError
from discern.files import read_json, sha256, write_json
from discern.stage import StageParser, run_stage


def manifest(arguments: argparse.Namespace) -> None:
    """Write the manifest; it names all files as seen from the version's folder."""
    folder = arguments.manifest.parent.parent
    records = {
        os.path.relpath(path, folder): read_record(path) for path in sorted(arguments.records)
    }
    files: dict[str, str] = {}
    for name, record in records.items():
        files |= _seen_from_folder(name, record["outputs"])
    joined = {
        "records": {name: sha256(folder / name) for name in records},
        "files": files,
        "wall_seconds": round(sum(record["wall_seconds"] for record in records.values()), 3),
        "peak_memory_mb": max(record["peak_memory_mb"] for record in records.values()),
        "stages": records,
    }
    write_json(arguments.manifest, joined)


def read_record(path: Path) -> dict[str, Any]:
    """The record of a job; raises :class:`DiscernError` for anything else."""
    record = read_json(path)
    if not _is_record(record):
        raise DiscernError(f"{path} is no record of a job; delete it to have it made again")
    found: dict[str, Any] = record
    return found


def _is_record(value: object) -> bool:
    return (
        isinstance(value, dict)
        and all(isinstance(value.get(role), dict) for role in ("inputs", "outputs"))
        and {"wall_seconds", "peak_memory_mb"} <= set(value)
    )


def read_manifest(path: Path) -> dict[str, Any]:
    """A manifest; raises :class:`DiscernError` for anything else."""
    joined = read_json(path)
    parts = ("records", "files", "stages")
    if (
        not isinstance(joined, dict)
        or not all(isinstance(joined.get(part), dict) for part in parts)
        or not all(
            isinstance(r, dict) and isinstance(r.get("inputs"), dict)
            for r in joined["stages"].values()
        )
    ):
        raise DiscernError(f"{path} is no manifest; run snakemake to have it made again")
    found: dict[str, Any] = joined
    return found


def _seen_from_folder(record: str, hashes: Mapping[str, str]) -> dict[str, str]:
    """The files that ``record`` names relative to itself, by their names from where it is seen."""
    return {
        os.path.normpath(os.path.join(os.path.dirname(record), name)): digest
        for name, digest in hashes.items()
    }


def verify(path: Path) -> list[str]:
    """What differs from the manifest at ``path``: a sentence per file, none if all is as it was.

    Raises:
        DiscernError: when there is no manifest, or it is none.
    """
    joined = read_manifest(path)
    folder = path.parent.parent
    expected: dict[str, str] = {**joined["files"], **joined["records"]}
    problems = []
    for name, digest in sorted(expected.items()):
        file = folder / name
        if not file.is_file():
            problems.append(f"{file} is missing")
        elif sha256(file) != digest:
            problems.append(f"{file} has changed")
    for stage, record in joined["stages"].items():
        for name, digest in _seen_from_folder(stage, record["inputs"]).items():
            if expected.get(name, digest) != digest:
                problems.append(f"{folder / stage} was made from another {folder / name}")
    return problems


def count(path: Path) -> int:
    """How many files a manifest vouches for."""
    joined = read_manifest(path)
    return len(joined["files"]) + len(joined["records"])


def main(argv: Sequence[str] | None = None) -> int:
    """The command line; returns the exit status."""
    parser = StageParser("manifest", __doc__)
    parser.input("--records", nargs="+", help="JSON: the record of each job")
    parser.output("--manifest", help="JSON: all of them, and every output's hash")
    return run_stage(parser, manifest, argv)


if __name__ == "__main__":
    sys.exit(main())
