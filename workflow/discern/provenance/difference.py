"""How two finished versions differ: settings, code, environment, jobs and measures."""

from __future__ import annotations

import statistics
from collections import defaultdict
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from discern.configuration.snapshot import differences, read_snapshot
from discern.files import read_json
from discern.measures.catalogue import MEASURES, Measure
from discern.provenance.manifest import read_manifest, stated_rows
from discern.provenance.record import job_name
from discern.ranking.comparisons import Estimate, read_comparisons
from discern.results import Version

# How many jobs a line lists.
_NAMED = 4


@dataclass(frozen=True)
class Finished:
    """A finished version.

    Attributes:
        version: its files.
        settings: those it was made with, None if they were not recorded.
        jobs: the record of each job, by the job's name.
    """

    version: Version
    settings: Mapping[str, Any] | None
    jobs: Mapping[str, Mapping[str, Any]]

    def measured(self) -> dict[str, list[Path]]:
        """The measure files of each row, by label, also of trainings that were published before."""
        files: dict[str, list[Path]] = defaultdict(list)
        if "report" in self.jobs:
            for row in stated_rows(self.version):
                homes = [(row.home(self.version, seed), seed) for seed in row.seeds]
                files[row.label] = [home.measures(row.label, seed) for home, seed in homes]
            return files
        for job, record in self.jobs.items():  # of a search, which has no report
            if record["stage"] == "measure":
                _, label, seed = job.split("/")
                files[label].append(self.version.measures(label, seed))
        return files


def read_finished(version: Version) -> Finished:
    """Read ``version``; raises :class:`DiscernError` if it is not finished."""
    stages = read_manifest(version)["stages"]
    jobs = {job_name(name): record for name, record in stages.items()}
    return Finished(version, read_snapshot(version), jobs)


def changes(old: Finished, new: Finished) -> dict[str, list[str]]:
    """The lines of each kind of difference, empty where nothing differs.

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


def as_text(changes: Mapping[str, Sequence[str]]) -> str:
    """The changes as text, a paragraph per kind."""
    paragraphs = [
        f"{kind}:\n" + "".join(f"  {line}\n" for line in lines)
        if lines
        else f"{kind}: no difference\n"
        for kind, lines in changes.items()
    ]
    return "".join(paragraphs)


def _settings(old: Finished, new: Finished) -> list[str]:
    if old.settings is None and new.settings is None:
        return []
    for each in (old, new):
        if each.settings is None:
            return [f"{each.version.folder} has no record of its settings"]
    return list(map(str, differences(old.settings or {}, new.settings or {})))


def _environment(record: Mapping[str, Any]) -> dict[str, Any]:
    about = {"Python": record.get("python"), "device": record.get("device")}
    return {**about, **record.get("packages", {})}


def _of_jobs(
    old: Finished, new: Finished, part: Callable[[Mapping[str, Any]], Mapping[str, Any]]
) -> list[str]:
    """The differences in ``part`` of the records of jobs that both versions have, each once."""
    jobs_by_change: dict[tuple[str, str], list[str]] = defaultdict(list)
    for job, record in old.jobs.items():
        if job in new.jobs:
            for difference in differences(part(record), part(new.jobs[job])):
                jobs_by_change[record["stage"], str(difference)].append(job)
    lines = []
    for (stage, change), jobs in jobs_by_change.items():
        of_stage = [job for job in old.jobs if job in new.jobs and old.jobs[job]["stage"] == stage]
        where = stage if jobs == of_stage else _first_jobs(jobs)
        lines.append(f"{where}: {change}")
    return lines


def _jobs(old: Finished, new: Finished) -> Iterator[str]:
    for each, other in ((old, new), (new, old)):
        alone = [job for job in each.jobs if job not in other.jobs]
        if alone:
            yield f"only in {each.version.folder}: {_first_jobs(alone)}"


def _first_jobs(jobs: Sequence[str]) -> str:
    more = f" and {len(jobs) - _NAMED} more" if len(jobs) > _NAMED else ""
    return ", ".join(jobs[:_NAMED]) + more


def _measures(old: Finished, new: Finished) -> Iterator[str]:
    """A line for each measure of a row that has changed, after a line with the row's label."""
    before, after = old.measured(), new.measured()
    estimated = [_estimates(each.version) for each in (old, new)]
    for label in before:
        if label not in after:
            continue
        lines = []
        measured = [[read_json(path) for path in files[label]] for files in (before, after)]
        for measure in MEASURES:
            first, second = (_mean(measure, of_version) for of_version in measured)
            if first == second:
                continue
            line = f"{measure.title}: {measure.shown(first)} → {measure.shown(second)}"
            if first is not None and second is not None:
                sign = "+" if second > first else ""
                estimates = [rows.get(label, {}).get(measure.name) for rows in estimated]
                line += f", {sign}{measure.shown(second - first)}{_beyond(*estimates)}"
            lines.append(f"  {line}")
        if lines:
            yield label
            yield from lines


def _estimates(version: Version) -> Mapping[str, Mapping[str, Estimate]]:
    """The intervals of each row's measures; empty if significance was not tested."""
    return read_comparisons(version).rows if version.comparisons.is_file() else {}


def _mean(measure: Measure, measured: Sequence[Mapping[str, Any]]) -> float | None:
    """The mean over seeds; None if the row, or the version's code, lacks the measure."""
    try:
        values = [measure.value(measures) for measures in measured]
    except (KeyError, TypeError):
        return None
    present = [value for value in values if value is not None]
    return statistics.fmean(present) if present else None


def _beyond(first: Estimate | None, second: Estimate | None) -> str:
    """Whether the intervals for other seeds overlap; empty if one of them is unknown."""
    if first is None or first.over_seeds is None or second is None or second.over_seeds is None:
        return ""
    (low, high), (other_low, other_high) = first.over_seeds, second.over_seeds
    are_apart = high < other_low or other_high < low
    return " (the intervals do not overlap)" if are_apart else " (the intervals overlap)"
