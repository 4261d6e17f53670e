"""Published versions as a baseline: their rows are compared with those that are trained here.

A row of a baseline is not trained, embedded or measured again. It has the images, settings and
measures of the rows that are trained here, or the baseline is refused.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from discern.configuration.row import Row
from discern.configuration.rows import class_split, refuse_same_titles
from discern.configuration.snapshot import (
    Difference,
    differences_of_both,
    entries_of_both,
    read_snapshot,
    shown,
    snapshot,
)
from discern.errors import DiscernError
from discern.provenance.manifest import read_manifest, stated_rows, verify
from discern.results import Version

# The settings that all rows of a comparison share, besides the content of the data set.
_SHARED = ("split", "corruption", "classes", "batches", "network", "training", "trained_on")
_OF_EVALUATION = ("queries", "trained_in", "neighbours")


@dataclass(frozen=True)
class Baseline:
    """A published version.

    Attributes:
        version: its files.
        settings: those it was made with.
        rows: by label.
        code: the fingerprints of the code that measured its trainings.
    """

    version: Version
    settings: Mapping[str, Any]
    rows: Mapping[str, Row]
    code: frozenset[str]


def read_baselines(config: Mapping[str, Any]) -> list[Baseline]:
    """The published versions that a checked configuration names.

    Raises:
        DiscernError: when one is missing, damaged, or holds too little to be compared with.
    """
    named = config["baseline"] or []
    baselines = [_read(folder) for folder in ([named] if isinstance(named, str) else named)]
    if baselines and "search" in config:
        raise DiscernError(
            "the configuration: a search is not compared with a baseline; set one of them to null"
        )
    return baselines


def with_baselines(config: Mapping[str, Any], baselines: Sequence[Baseline]) -> dict[str, Any]:
    """``config`` with the rows of ``baselines`` that it lacks, after its own.

    A row that is ``false`` in ``config`` is left out of all.
    """
    entries = dict(config["losses"])
    for each in baselines:
        entries |= {k: each.settings["losses"][k] for k in each.rows if k not in entries}
    return {**config, "losses": entries}


def with_published(
    rows: Mapping[str, Row], own: Mapping[str, Any], baselines: Sequence[Baseline]
) -> dict[str, Row]:
    """The rows, of which those that are published know where each seed's files are.

    Seeds of the baselines come first. A row that only baselines have has no other seeds. A
    published row has only the maps that were published.

    Args:
        rows: of the configuration with the rows of the baselines.
        own: the rows' entries in the configuration without them.
        baselines: in their order.

    Raises:
        DiscernError: when two baselines have the same training, or two rows the same title.
    """
    if not baselines:  # then the rows may be the trials of a search, which no entry names
        return dict(rows)
    found = {}
    for label, row in rows.items():
        published: dict[str, str] = {}
        for each in (each for each in baselines if label in each.rows):
            there = each.rows[label]
            row = replace(
                row,
                map="none" if "none" in (row.map, there.map) else row.map,
                all_mapped=row.all_mapped and there.all_mapped,
            )
            for seed in there.seeds:
                if str(seed) in published:
                    raise DiscernError(
                        f"the configuration: baseline: {published[str(seed)]} and "
                        f"{each.version.folder} both have seed {seed} of {label}; name one of them"
                    )
                published[str(seed)] = str(each.version.folder)
        seeds = [int(seed) for seed in published]
        seeds += [seed for seed in row.seeds if label in own and str(seed) not in published]
        found[label] = replace(row, seeds=tuple(seeds), published=published)
    refuse_same_titles(found)
    return found


def refuse_incomparable(
    config: Mapping[str, Any], baselines: Sequence[Baseline], code: str
) -> None:
    """Refuse baselines whose rows can't be compared with those of ``config``.

    Args:
        config: without the rows of the baselines.
        baselines: to be compared with.
        code: the fingerprint of the code that measures.

    Raises:
        DiscernError: for the first difference.
    """
    settings = snapshot(config)
    for each in baselines:
        folder = each.version.folder
        for different in differing_settings(each.settings, settings):
            raise DiscernError(
                f"the configuration: baseline: {folder} was made with {different.key} "
                f"{shown(different.old)}, not {shown(different.new)}; set it to the same, give a "
                "row of losses another label, or choose another baseline"
            )
        if each.code != {code}:
            raise DiscernError(
                f"the configuration: baseline: {folder} was measured by another version of the "
                "measures; check out the commit that it was published with, or publish it again"
            )
        for seed in each.settings["seeds"]:
            if seed not in config["seeds"]:
                if isinstance(config["classes"], list):
                    raise DiscernError(
                        f"the configuration: baseline: seeds lacks {seed}, which {folder} has with "
                        f"classes of its own; list the seeds of {each.version.configuration} first"
                    )
            elif class_split(each.settings, seed) != class_split(config, seed):
                raise DiscernError(
                    f"the configuration: baseline: seed {seed} has other classes in {folder}; list "
                    f"seeds in the order of {each.version.configuration}"
                )


def differing_settings(old: Mapping[str, Any], new: Mapping[str, Any]) -> list[Difference]:
    """What differs between the settings of two versions whose rows are to stand side by side.

    These are the data set, all that rows share, and the settings of each row that both have. Titles
    may differ, and what only one of the two has, another release may have added.
    """
    return differences_of_both(_compared, old, new)


def _compared(settings: Mapping[str, Any], other: Mapping[str, Any]) -> dict[str, Any]:
    """The part of ``settings`` that must be as in ``other``."""
    compared = {name: settings[name] for name in _SHARED if name in settings}
    compared["data"] = {"sha256": settings["data"]["sha256"]}
    evaluation = settings["evaluation"]
    compared["evaluation"] = {name: evaluation.get(name) for name in _OF_EVALUATION}
    compared["losses"] = entries_of_both(settings, other)
    return compared


def _read(folder: str) -> Baseline:
    version = Version(Path(folder))
    if not version.manifest.is_file():
        raise DiscernError(
            f"the configuration: baseline: {folder} is no published version; name a folder that "
            "`make publish` has made"
        )
    for problem in verify(version):
        raise DiscernError(
            f"the configuration: baseline: {problem}; restore the folder, for example by git, or "
            "publish it again"
        )
    rows = {row.label: row for row in stated_rows(version)}
    manifest, settings = read_manifest(version), read_snapshot(version)
    needed = [version.outcomes(row.label, seed) for row in rows.values() for seed in row.seeds]
    for name in (path.relative_to(version.folder).as_posix() for path in needed):
        if settings is None or name not in manifest["files"]:
            raise DiscernError(
                f"the configuration: baseline: {folder} holds no {name}, so nothing can be "
                "compared with it; publish it again, without --brief"
            )
    code = {each["code"] for each in manifest["stages"].values() if each["stage"] == "measure"}
    return Baseline(version, settings or {}, rows, frozenset(code))
