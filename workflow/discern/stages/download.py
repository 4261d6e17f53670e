"""Fetch the four IDX files from the first source that has them, and check their content.

Files are known by the SHA-256 of what they decompress to, so that any mirror and any container will
do, or of the file itself where nothing else is published. They are written gzipped, with the same
bytes whatever the source. What is already whole from an interrupted run is not fetched again.
"""

from __future__ import annotations

import argparse
import gzip
import hashlib
import json
import logging
import os
import shutil
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from discern import idx
from discern.class_names import named
from discern.errors import DiscernError
from discern.files import write_bytes, write_json
from discern.sources import FILES, Patience, Source, from_settings, local
from discern.stage import StageParser, run_stage

log = logging.getLogger("discern")


def download(arguments: argparse.Namespace) -> dict[str, Any]:
    """Write the four files and where each came from."""
    whole = Source("an interrupted run", local(arguments.resume).fetch)
    sources = [whole, *_sources(arguments.where)]
    failures: list[str] = []
    origins: dict[str, str] = {}
    contents: dict[str, bytes] = {}
    for source in sources:
        missing = [file for file in FILES if file not in origins]
        try:
            for file in missing:
                fetched = source.fetch(file)
                contents[file] = checked(fetched, arguments.sha256[file], FILES[file])
                if source is not whole:
                    # As it came, so that it can be checked once more.
                    write_bytes(arguments.resume / FILES[file], fetched)
                origins[file] = source.name
                log.info("download: %s from %s", FILES[file], source.name)
        except DiscernError as error:
            if source is not whole:
                failures.append(f"{source.name} ({error})")
                log.warning("download: nothing from %s", failures[-1])
        if len(origins) == len(FILES):
            break
    else:
        raise DiscernError(
            f"no source has the data: {'; '.join(failures) or 'none is named'}; check the network, "
            "or put the four IDX files into a folder and name it in DISCERN_DATA"
        )
    # Names that do not fit are refused now and not after hours of training.
    named(arguments.where.get("class_names"), _classes(contents))
    for file, output in outputs(arguments).items():
        # No time and no name in the container: the same bytes from every source.
        write_bytes(output, gzip.compress(contents[file], mtime=0))
    write_json(arguments.sources_file, origins)
    return {}


def checked(fetched: bytes, expected: str, name: str) -> bytes:
    """The content of ``fetched``, the file ``name``, if it or its file has SHA-256 ``expected``.

    Raises:
        DiscernError: when neither has, or when the file is a damaged gzip file.
    """
    content = idx.decompress(fetched, name)
    found = [hashlib.sha256(part).hexdigest() for part in (content, fetched)]
    if expected not in found:
        raise DiscernError(
            f"the content of {name} has SHA-256 {found[0][:12]}… and the file {found[1][:12]}…, "
            f"but {expected[:12]}… is wanted"
        )
    return content


def _classes(contents: Mapping[str, bytes]) -> int:
    """The number of classes: labels count from 0."""
    return 1 + max(
        int(idx.decode(contents[file], dimensions=1, source=FILES[file]).max())
        for file in ("train-labels", "t10k-labels")
    )


def outputs(arguments: argparse.Namespace) -> dict[str, Path]:
    """Where each file goes."""
    return {
        "train-images": arguments.train_images,
        "train-labels": arguments.train_labels,
        "t10k-images": arguments.test_images,
        "t10k-labels": arguments.test_labels,
    }


def _sources(where: dict[str, Any]) -> list[Source]:
    """The local folders, then the sources that the configuration lists."""
    folders = [where.get("local"), os.environ.get("DISCERN_DATA")]
    patience = Patience(
        where.get("timeout", 10.0), where.get("deadline", 300.0), where.get("attempts", 2)
    )
    return [
        *(local(Path(folder)) for folder in folders if folder),
        *(from_settings(entry, patience) for entry in where.get("sources", [])),
    ]


def main(argv: Sequence[str] | None = None) -> int:
    """The command line; returns the exit status."""
    parser = StageParser("download", __doc__)
    parser.output("--train-images", help="IDX, gzipped")
    parser.output("--train-labels", help="IDX, gzipped")
    parser.output("--test-images", help="IDX, gzipped")
    parser.output("--test-labels", help="IDX, gzipped")
    parser.output("--sources-file", help="JSON: where each file came from")
    parser.add_argument(
        "--resume", type=Path, required=True, help="folder for what an interrupted run has fetched"
    )
    parser.parameter(
        "--sha256", type=json.loads, help="JSON: SHA-256 of each file's content, or of the file"
    )
    parser.add_argument(
        "--where",
        type=json.loads,
        default=os.environ.get("DISCERN_SOURCES", "{}"),
        help="JSON: local, sources, timeout, deadline, attempts and class_names as in the "
        "configuration's data; by default what DISCERN_SOURCES holds. It decides where the files "
        "come from and how they are checked, not what they are",
    )
    return run_stage(
        parser,
        download,
        argv,
        afterwards=lambda arguments: shutil.rmtree(arguments.resume, ignore_errors=True),
    )


if __name__ == "__main__":
    sys.exit(main())
