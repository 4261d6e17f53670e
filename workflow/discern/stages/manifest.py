"""Join the records of all stages, so that each result can be traced to the bytes it came from.

``python -m discern verify`` checks every hash in it.
"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from discern.errors import DiscernError
from discern.files import read_json, sha256, write_json
from discern.stage import StageParser, run_stage


def manifest(arguments: argparse.Namespace) -> None:
    """Write the manifest."""
    records = {str(path): read_json(path) for path in sorted(arguments.records)}
    joined = {
        "records": {path: sha256(Path(path)) for path in records},
        "files": {
            file: digest
            for record in records.values()
            for file, digest in record["outputs"].items()
        },
        "wall_seconds": round(sum(record["wall_seconds"] for record in records.values()), 3),
        "peak_memory_mb": max(record["peak_memory_mb"] for record in records.values()),
        "stages": records,
    }
    write_json(arguments.manifest, joined)


def verify(path: Path) -> list[str]:
    """What differs from the manifest at ``path``: a sentence per file, none if all is as it was.

    Paths in a manifest are relative to the folder that Snakemake ran in, which is found from
    ``path`` itself, ``results/{version}/report/manifest.json`` within it.

    Raises:
        DiscernError: when there is no manifest, or it is none.
    """
    joined = read_json(path)
    if not isinstance(joined, dict) or not {"records", "files", "stages"} <= set(joined):
        raise DiscernError(f"{path} is no manifest; run snakemake to have it made again")
    folder = path.absolute().parents[3]
    expected: dict[str, str] = {**joined["files"], **joined["records"]}
    problems = []
    for name, digest in sorted(expected.items()):
        file = folder / name
        if not file.is_file():
            problems.append(f"{name} is missing")
        elif sha256(file) != digest:
            problems.append(f"{name} has changed")
    for stage, record in joined["stages"].items():
        for name, digest in record["inputs"].items():
            if expected.get(name, digest) != digest:
                problems.append(f"{stage} was made from another {name}")
    return problems


def count(path: Path) -> int:
    """How many files a manifest vouches for."""
    joined: dict[str, Any] = read_json(path)
    return len(joined["files"]) + len(joined["records"])


def main(argv: Sequence[str] | None = None) -> int:
    """The command line; returns the exit status."""
    parser = StageParser("manifest", __doc__)
    parser.input("--records", nargs="+", help="JSON: the record of each job")
    parser.output("--manifest", help="JSON: all of them, and every output's hash")
    return run_stage(parser, manifest, argv)


if __name__ == "__main__":
    sys.exit(main())
