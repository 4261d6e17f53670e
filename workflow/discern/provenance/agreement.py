"""Whether settings that are stated of trainings are those in the trainings' records.

They differ when settings change and Snakemake is told not to train again, as by
``--rerun-triggers mtime``.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any

from discern.configuration.row import Row, as_json
from discern.configuration.snapshot import differences, in_both, shown
from discern.errors import DiscernError
from discern.provenance.record import job_name, read_record
from discern.results import Version

# What an entry of the configuration's losses has besides the loss's parameters.
_NOT_OF_LOSS = ("loss", "title", "learning_rate", "network", "embeddings")
# Parameters of a training as in its record, by the label of its row.
Stated = Mapping[str, Mapping[str, Any]]


def of_rows(rows: Iterable[Mapping[str, Any]]) -> Stated:
    """What rows, as in the record of the report, state of their trainings."""
    return {row["label"]: _of_row(row) for row in rows if row["trained"]}


def _of_row(row: Mapping[str, Any]) -> dict[str, Any]:
    same = {name: row[name] for name in ("loss", "parameters", "network") if name in row}
    return same | {"learning_rate": {"initial": row["learning_rate"]}}


def of_settings(settings: Mapping[str, Any]) -> Stated:
    """What a version's settings state of its trainings; nothing of a search, which varies them."""
    if "search" in settings:
        return {}
    shared = dict(settings.get("training", {}))
    if "early_stopping_patience" in shared:
        shared["patience"] = shared.pop("early_stopping_patience")
    shared |= {name: settings[name] for name in ("batches", "network") if name in settings}
    return {
        label: _of_entry(label, entry, shared)
        for label, entry in settings["losses"].items()
        if entry is not False
    }


def _of_entry(label: str, entry: Mapping[str, Any], shared: Mapping[str, Any]) -> dict[str, Any]:
    parameters = {name: v for name, v in entry.items() if name not in _NOT_OF_LOSS}
    own: dict[str, Any] = {"loss": entry.get("loss", label), "parameters": parameters}
    if "learning_rate" in entry:
        rate = {"initial": entry["learning_rate"]}
        own["learning_rate"] = shared.get("learning_rate", {}) | rate
    if "network" in entry:
        own["network"] = shared.get("network", {}) | entry["network"]
    return {**shared, **own}


def contradictions(stated: Stated, records: Mapping[str, Mapping[str, Any]]) -> Iterator[str]:
    """A sentence for each setting that a training was made with and that is stated otherwise.

    What only one of the two has is ignored: another release may have added it.

    Args:
        stated: of each row's trainings.
        records: of a version's jobs, by the names of their files.
    """
    for name, record in records.items():
        job = job_name(name)
        if record["stage"] == "train" and (label := job.split("/")[-2]) in stated:
            used, said = in_both(record["parameters"], stated[label])
            for each in differences(used, said):
                yield f"{job} was trained with {each.key} {shown(each.old)}, not {shown(each.new)}"


def refuse_contradictions(stated: Stated, records: Mapping[str, Mapping[str, Any]]) -> None:
    """Refuse to state of a training what its record does not say.

    Raises:
        DiscernError: for the first contradiction.
    """
    for sentence in contradictions(stated, records):
        raise DiscernError(
            f"{sentence} as in the configuration; run snakemake without --rerun-triggers to train "
            "it again, or set what it was trained with"
        )


def refuse_misstated(version: Version, rows: Sequence[Row]) -> None:
    """:func:`refuse_contradictions` of ``rows`` to those records of their trainings that exist."""
    files = [version.record("train", row.label, seed) for row in rows for seed in row.seeds]
    records = {str(file): read_record(file) for file in files if file.is_file()}
    refuse_contradictions(of_rows(json.loads(as_json(rows))), records)
