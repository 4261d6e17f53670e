"""Join the records of all stages, so that each result can be traced to the bytes it came from.

``python -m discern verify`` checks every hash in the manifest. Beside it stand the rules and the
settings that made the results, and all of it as an RO-Crate, to be archived and cited.
"""

from __future__ import annotations

import argparse
import json
import os
import shutil
import sys
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import yaml

from discern import crate, machine
from discern.environment import PROJECT
from discern.files import sha256, write_bytes, write_json, write_text
from discern.manifests import read_record, seen_from_folder
from discern.stage import StageParser, run_stage


def manifest(arguments: argparse.Namespace) -> None:
    """Write the manifest, and what else says how the version was made.

    All files are named as seen from the version's folder. The manifest comes last and vouches for
    every file but itself; the crate describes it without its hash, as that depends on the crate's.
    The machine is that of this job, on a cluster one of several.
    """
    folder = arguments.manifest.parent.parent
    records = {
        os.path.relpath(path, folder): read_record(path) for path in sorted(arguments.records)
    }
    seen = {
        name: record
        | {role: seen_from_folder(name, record[role]) for role in ("inputs", "outputs")}
        for name, record in records.items()
    }
    files: dict[str, str] = {}
    for record in seen.values():
        files |= record["outputs"]
    hashes = {name: sha256(folder / name) for name in records}

    rules = sorted((arguments.project / "workflow" / "rules").glob("*.smk"))
    code = _copy([arguments.project / "Snakefile", *rules], arguments.workflow)
    _write_configuration(arguments.configuration_file, arguments.configuration)
    for path in (*code, arguments.configuration_file):
        files[os.path.relpath(path, folder)] = sha256(path)
    described = crate.metadata(
        folder,
        seen,
        hashes=files | hashes,
        code=[os.path.relpath(path, folder) for path in code],
        configuration=os.path.relpath(arguments.configuration_file, folder),
        others=[os.path.relpath(arguments.manifest, folder)],
        published=_newest(arguments.records),
    )
    write_json(arguments.crate, described)
    files[os.path.relpath(arguments.crate, folder)] = sha256(arguments.crate)

    joined = {
        "machine": machine.describe(),
        "records": hashes,
        "files": files,
        "wall_seconds": round(sum(record["wall_seconds"] for record in records.values()), 3),
        "peak_memory_mb": max(record["peak_memory_mb"] for record in records.values()),
        "stages": records,
    }
    write_json(arguments.manifest, joined)


def _copy(files: Sequence[Path], folder: Path) -> list[Path]:
    """Copy ``files`` into ``folder``, where they lie as they do beside the first of them."""
    shutil.rmtree(folder, ignore_errors=True)
    copies = [folder / path.relative_to(files[0].parent) for path in files]
    for path, copy in zip(files, copies, strict=True):
        write_bytes(copy, path.read_bytes())
    return copies


def _write_configuration(path: Path, configuration: Mapping[str, Any]) -> None:
    head = "# What this version was made with. Another is made alike with --configfile THIS_FILE.\n"
    write_text(path, head + yaml.safe_dump(dict(configuration), sort_keys=False))


def _newest(records: Sequence[Path]) -> str:
    """The day on which the newest record was written, in UTC; no other date is known of a run."""
    newest = max(path.stat().st_mtime for path in records)
    return datetime.fromtimestamp(newest, UTC).date().isoformat()


def main(argv: Sequence[str] | None = None) -> int:
    """The command line; returns the exit status."""
    parser = StageParser("manifest", __doc__)
    parser.input("--records", nargs="+", help="JSON: the record of each job")
    parser.output("--manifest", help="JSON: all records, and every output's hash")
    parser.output("--configuration-file", help="YAML: the settings that decide the results")
    parser.output("--workflow", help="a folder: copies of the Snakefile and of what it includes")
    parser.output("--crate", help="JSON-LD: all of it as a Provenance Run RO-Crate")
    help_ = "the folder with the Snakefile, by default that of this program"
    parser.parameter("--project", type=Path, default=PROJECT, help=help_)
    parser.parameter("--configuration", type=json.loads, help="JSON: these settings")
    return run_stage(parser, manifest, argv)


if __name__ == "__main__":
    sys.exit(main())
