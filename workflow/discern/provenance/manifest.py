"""The manifest of a finished version: all records, and every file's hash."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from discern.configuration.row import Row
from discern.configuration.snapshot import read_snapshot
from discern.errors import Damaged, DiscernError
from discern.files import read_json, sha256
from discern.provenance.agreement import contradictions, of_rows, of_settings
from discern.provenance.record import seen_from_folder
from discern.results import Version


def read_manifest(version: Version) -> dict[str, Any]:
    """The manifest of ``version``.

    Raises:
        DiscernError: when it is missing.
        Damaged: when the file holds something else.
    """
    joined = read_json(version.manifest)
    parts = ("records", "files", "stages")
    if (
        not isinstance(joined, dict)
        or not all(isinstance(joined.get(part), dict) for part in parts)
        or not all(
            isinstance(r, dict) and all(isinstance(r.get(p), dict) for p in ("inputs", "outputs"))
            for r in joined["stages"].values()
        )
    ):
        raise Damaged(version.manifest, "is not a manifest")
    found: dict[str, Any] = joined
    return found


def stated_rows(version: Version) -> list[Row]:
    """The rows of a finished or a published version, in the order of its report.

    Raises:
        DiscernError: when the manifest is missing, or describes no rows, or in another form.
        Damaged: when the file holds something else.
    """
    report = version.record("report").relative_to(version.folder).as_posix()
    try:
        stated = read_manifest(version)["stages"][report]["parameters"]["rows"]
        return [Row(**row) for row in stated]
    except (KeyError, TypeError) as error:
        raise DiscernError(
            f"{version.manifest} describes rows in an old form ({error}); run snakemake to make it "
            "again"
        ) from None


def training_of(name: str) -> tuple[str, str] | None:
    """The label and the seed of the training that a file or a record of a version belongs to."""
    parts = name.split("/")
    return (parts[1], parts[2].partition(".")[0]) if len(parts) > 2 else None


def verify(version: Version) -> list[str]:
    """What is wrong with a version: a sentence for each file and each setting, none if all is well.

    A file differs from the manifest, or a job was made from another one; the report or the settings
    state of a training what its record does not say.

    Raises:
        DiscernError: when the manifest is missing, or it or the settings are damaged.
    """
    joined = read_manifest(version)
    expected: dict[str, str] = {**joined["files"], **joined["records"]}
    problems = []
    for name, digest in sorted(expected.items()):
        file = version.folder / name
        if not file.is_file():
            problems.append(f"{file} is missing")
        elif sha256(file) != digest:
            problems.append(f"{file} has changed")
    made: dict[str, str] = {}
    for stage, record in joined["stages"].items():
        made |= seen_from_folder(stage, record["outputs"])
    for stage, record in joined["stages"].items():
        for name, digest in seen_from_folder(stage, record["inputs"]).items():
            if made.get(name, digest) != digest:
                problems.append(
                    f"{version.folder / stage} was made from another {version.folder / name}"
                )
    return problems + _misstated(version, joined["stages"])


def _misstated(version: Version, records: Mapping[str, Mapping[str, Any]]) -> list[str]:
    """What the report, or the table of a search, and the settings state wrongly of trainings."""
    problems = []
    for name, record in records.items():
        if record["stage"] in ("report", "search") and "rows" in record.get("parameters", {}):
            stated = of_rows(record["parameters"]["rows"])
            file = version.folder / name
            problems += [f"{file}: {each}" for each in contradictions(stated, records)]
    try:
        settings = read_snapshot(version)
    except Damaged:  # listed as a file that has changed
        settings = None
    if settings is not None:
        stated = of_settings(settings)
        file = version.configuration
        problems += [f"{file}: {each}" for each in contradictions(stated, records)]
    return problems


def count(version: Version) -> int:
    """The number of files in the manifest of ``version``."""
    joined = read_manifest(version)
    return len(joined["files"]) + len(joined["records"])
