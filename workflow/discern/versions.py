"""Two finished versions side by side: what was changed, and what became of each measure."""

from __future__ import annotations

import statistics
from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from discern.columns import COLUMNS, Column
from discern.errors import DiscernError
from discern.files import read_json
from discern.manifests import job_name, read_manifest
from discern.recorded import differences, read_configuration

# How many jobs a line names.
_NAMED = 4


@dataclass(frozen=True)
class Version:
    """A finished version.

    Attributes:
        folder: where it lies.
        configuration: what it was made with, None where that was not recorded.
        jobs: the record of each job, by the job's name.
    """

    folder: Path
    configuration: Mapping[str, Any] | None
    jobs: Mapping[str, Mapping[str, Any]]

    def trainings(self) -> dict[str, list[str]]:
        """The seeds of each row, by the row's label."""
        found: dict[str, list[str]] = {}
        for job, record in self.jobs.items():
            if record["stage"] == "measure":
                _, label, seed = job.split("/")
                found.setdefault(label, []).append(seed)
        return found


def read_version(folder: Path) -> Version:
    """The version in ``folder``; raises :class:`DiscernError` where it is not finished."""
    stages = read_manifest(folder / "report" / "manifest.json")["stages"]
    jobs = {job_name(name): record for name, record in stages.items()}
    return Version(folder, read_configuration(folder), jobs)


def changes(old: Version, new: Version) -> dict[str, list[str]]:
    """A list of lines for each kind of thing that can differ, empty where nothing does.

    Raises:
        DiscernError: when measures are missing or damaged.
    """
    return {
        "settings": _settings(old, new),
        "parameters by stage": _of_jobs(old, new, lambda record: record.get("parameters", {})),
        "code": _of_jobs(old, new, lambda record: {"fingerprint": record.get("code", "")[:12]}),
        "environment": _of_jobs(old, new, _environment),
        "jobs": list(_jobs(old, new)),
        "measures": list(_measures(old, new)),
    }


def as_text(found: Mapping[str, Sequence[str]]) -> str:
    """The changes for people: a paragraph per kind."""
    paragraphs = [
        f"{kind}:\n" + "".join(f"  {line}\n" for line in lines)
        if lines
        else f"{kind}: no difference\n"
        for kind, lines in found.items()
    ]
    return "".join(paragraphs)


def _settings(old: Version, new: Version) -> list[str]:
    if old.configuration is None and new.configuration is None:
        return []
    for version in (old, new):
        if version.configuration is None:
            return [f"{version.folder} has no record of them"]
    return list(map(str, differences(old.configuration or {}, new.configuration or {})))


def _environment(record: Mapping[str, Any]) -> dict[str, Any]:
    about = {"Python": record.get("python"), "device": record.get("device")}
    return {**about, **record.get("packages", {})}


def _of_jobs(
    old: Version, new: Version, part: Callable[[Mapping[str, Any]], Mapping[str, Any]]
) -> list[str]:
    """How ``part`` of the records of jobs that both have differs, each difference once."""
    found: dict[tuple[str, str], list[str]] = defaultdict(list)
    for job, record in old.jobs.items():
        if job in new.jobs:
            for difference in differences(part(record), part(new.jobs[job])):
                found[record["stage"], str(difference)].append(job)
    lines = []
    for (stage, change), jobs in found.items():
        of_stage = [job for job in old.jobs if job in new.jobs and old.jobs[job]["stage"] == stage]
        where = stage if jobs == of_stage else _named(jobs)
        lines.append(f"{where}: {change}")
    return lines


def _jobs(old: Version, new: Version) -> Iterator[str]:
    for version, other in ((old, new), (new, old)):
        alone = [job for job in version.jobs if job not in other.jobs]
        if alone:
            yield f"only in {version.folder}: {_named(alone)}"


def _named(jobs: Sequence[str]) -> str:
    more = f" and {len(jobs) - _NAMED} more" if len(jobs) > _NAMED else ""
    return ", ".join(jobs[:_NAMED]) + more


def _measures(old: Version, new: Version) -> Iterator[str]:
    """A line per row and measure that has another value, after the row's own line."""
    compared = [_comparisons(version) for version in (old, new)]
    before, after = old.trainings(), new.trainings()
    for label in before:
        if label not in after:
            continue
        lines = []
        measured = (_read(old, label, before[label]), _read(new, label, after[label]))
        for column in COLUMNS:
            first, second = (_mean(column, found) for found in measured)
            if first == second:
                continue
            line = f"{column.title}: {column.shown(first)} → {column.shown(second)}"
            if first is not None and second is not None:
                sign = "+" if second > first else ""
                ends = [rows.get(label, {}).get(column.name, {}) for rows in compared]
                line += f", {sign}{column.shown(second - first)}{_beyond(ends)}"
            lines.append(f"  {line}")
        if lines:
            yield label
            yield from lines


def _comparisons(version: Version) -> dict[str, Mapping[str, Any]]:
    """What the compare stage says of each row's measures, nothing where it has not run."""
    path = version.folder / "compare" / "comparisons.json"
    if not path.is_file():
        return {}
    try:
        return {label: row["measures"] for label, row in read_json(path)["rows"].items()}
    except (AttributeError, KeyError, TypeError):
        raise DiscernError(f"{path} is damaged; delete it to have it made again") from None


def _read(version: Version, label: str, seeds: Iterable[str]) -> list[Mapping[str, Any]]:
    return [read_json(version.folder / "measure" / label / f"{seed}.json") for seed in seeds]


def _mean(column: Column, measured: Sequence[Mapping[str, Any]]) -> float | None:
    """Over seeds; None where a row, or the code of a version, has no such measure."""
    try:
        values = [column.value(measures) for measures in measured]
    except (KeyError, TypeError):
        return None
    present = [value for value in values if value is not None]
    return statistics.fmean(present) if present else None


def _beyond(ends: Sequence[Mapping[str, Any]]) -> str:
    """Whether two intervals have a value in common, where both are known."""
    if not all(end.get("interval") for end in ends):
        return ""
    first, second = ends
    apart = first["high"] < second["low"] or second["high"] < first["low"]
    return " (beyond the intervals)" if apart else " (within the intervals)"
