"""The record of a job: its parameters, inputs, outputs, code and machine."""

from __future__ import annotations

import importlib.metadata
import os
import platform
import resource
import sys
from collections.abc import Iterable, Mapping
from dataclasses import asdict, is_dataclass
from functools import cache
from pathlib import Path
from typing import Any

from discern.errors import Damaged, DiscernError
from discern.files import files_below, read_json, sha256
from discern.provenance.machine import processor


def new_record(
    path: Path,
    *,
    stage: str,
    parameters: Mapping[str, Any],
    inputs: Iterable[Path],
    outputs: Iterable[Path],
    results: Mapping[str, Any],
    code: str,
    wall_seconds: float,
) -> dict[str, Any]:
    """The record of the job that this process has just finished, to be written to ``path``.

    File names are relative to the record's own folder. So the record stays correct when the job is
    taken from the cache into another version, or when the results are moved.

    Args:
        path: where the record will be written.
        stage: the stage's name.
        parameters: every value that affects the outputs.
        inputs: files and folders that were read.
        outputs: files and folders that were written.
        results: what the stage reports.
        code: the fingerprint of its code.
        wall_seconds: how long the job took.
    """

    def hashes(paths: Iterable[Path]) -> dict[str, str]:
        files = (file for path in paths for file in files_below(path))
        return {os.path.relpath(file, path.parent): sha256(file) for file in files}

    return {
        "stage": stage,
        "parameters": {name: _plain(value) for name, value in parameters.items()},
        "inputs": hashes(inputs),
        "outputs": hashes(outputs),
        "results": dict(results),
        "code": code,
        "python": platform.python_version(),
        "packages": _loaded_packages(),
        "device": results.get("device") or processor(),
        "peak_memory_mb": round(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024),
        "wall_seconds": round(wall_seconds, 3),
    }


def read_record(path: Path) -> dict[str, Any]:
    """The record of a job.

    Raises:
        Damaged: when the file holds something else.
    """
    record = read_json(path)
    if not _is_record(record):
        raise Damaged(path, "is not the record of a job")
    found: dict[str, Any] = record
    return found


def refuse_other_accelerator(records: Iterable[Path], accelerator: str) -> None:
    """Refuse to train again elsewhere what has been trained, where nobody chose the accelerator.

    Args:
        records: those of a version's trainings; missing ones are ignored.
        accelerator: cpu or gpu, what ``auto`` means now.

    Raises:
        DiscernError: when one of the trainings ran on another accelerator.
    """
    for path in filter(Path.is_file, records):
        used = read_record(path)["parameters"].get("accelerator", accelerator)
        if used != accelerator:
            raise DiscernError(
                f"{path.parent} was trained on the {used}, and environment.accelerator auto means "
                f"{accelerator} here; set it to {used} to keep this training, or to {accelerator} "
                "to train again"
            )


def job_name(record: str) -> str:
    """The name of a job: its record's path without the file name."""
    return record.removesuffix("record.json").rstrip("/.")


def seen_from_folder(record: str, hashes: Mapping[str, str]) -> dict[str, str]:
    """The hashes, by file names relative to the folder that ``record`` is relative to."""
    return {
        os.path.normpath(os.path.join(os.path.dirname(record), name)): digest
        for name, digest in hashes.items()
    }


def _is_record(value: object) -> bool:
    mappings = ("inputs", "outputs", "parameters", "packages")
    others = {"stage", "code", "python", "device", "wall_seconds", "peak_memory_mb"}
    return (
        isinstance(value, dict)
        and all(isinstance(value.get(name), dict) for name in mappings)
        and others <= set(value)
    )


def _plain(value: Any) -> Any:
    """``value`` in a form that JSON can hold."""
    if is_dataclass(value) and not isinstance(value, type):
        return asdict(value)
    if isinstance(value, list | tuple):
        return [_plain(part) for part in value]
    return str(value) if isinstance(value, Path) else value


@cache
def _distributions() -> Mapping[str, list[str]]:
    """The distributions that may contain each module; reading them all is slow."""
    return importlib.metadata.packages_distributions()


def _loaded_packages() -> dict[str, str]:
    """Name and version of every distribution with an imported module."""
    loaded = {name.partition(".")[0] for name in sys.modules}
    found = {
        distribution
        for module, distributions in _distributions().items()
        if module in loaded
        for distribution in distributions
    }
    return {name: importlib.metadata.version(name) for name in sorted(found - {"discern"})}
