"""The manifest of a finished version, read back and checked against the files."""

from __future__ import annotations

import os
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from discern.errors import DiscernError
from discern.files import read_json, sha256


def read_record(path: Path) -> dict[str, Any]:
    """The record of a job; raises :class:`DiscernError` for anything else."""
    record = read_json(path)
    if not _is_record(record):
        raise DiscernError(f"{path} is no record of a job; delete it to have it made again")
    found: dict[str, Any] = record
    return found


def _is_record(value: object) -> bool:
    mappings = ("inputs", "outputs", "parameters", "packages")
    others = {"stage", "code", "python", "device", "wall_seconds", "peak_memory_mb"}
    return (
        isinstance(value, dict)
        and all(isinstance(value.get(name), dict) for name in mappings)
        and others <= set(value)
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


def seen_from_folder(record: str, hashes: Mapping[str, str]) -> dict[str, str]:
    """The files that ``record`` names relative to itself, by their names from where it is seen."""
    return {
        os.path.normpath(os.path.join(os.path.dirname(record), name)): digest
        for name, digest in hashes.items()
    }


def job_name(record: str) -> str:
    """What a job is called: the place of its record."""
    return record.removesuffix("record.json").rstrip("/.")


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
        for name, digest in seen_from_folder(stage, record["inputs"]).items():
            if expected.get(name, digest) != digest:
                problems.append(f"{folder / stage} was made from another {folder / name}")
    return problems


def count(path: Path) -> int:
    """How many files a manifest vouches for."""
    joined = read_manifest(path)
    return len(joined["files"]) + len(joined["records"])
