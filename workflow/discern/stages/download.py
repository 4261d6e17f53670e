"""Rule ``download``: the data set's four files."""

from __future__ import annotations

import gzip
import json
import os
import shutil
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from discern.stages.command import Stage
from discern.stages.options import aside, parameter, writes

if TYPE_CHECKING:
    from discern.data.sources import Source


@dataclass(frozen=True, kw_only=True)
class Download(Stage):
    """Fetch the four IDX files from the first source that has them, and check their content.

    A file is identified by the SHA-256 of its decompressed content, so that any mirror and any
    container format works, or of the file itself where only that is published. The files are
    written gzipped, with the same bytes from every source. Labels that do not number the classes
    from 0 without gaps are replaced by such numbers. A file that an interrupted run has completed
    is not fetched again.
    """

    train_images: Path = writes("IDX, gzipped")
    train_labels: Path = writes("IDX, gzipped")
    test_images: Path = writes("IDX, gzipped")
    test_labels: Path = writes("IDX, gzipped")
    sources: Path = writes("JSON: where each file came from")
    original_labels: Path = writes("JSON: the data set's own label of each class, ascending")
    unfinished: Path = aside("folder for what an interrupted run has fetched")
    sha256: dict[str, str] = parameter("JSON: SHA-256 of each file's content, or of the file")
    where: dict[str, Any] | None = aside(
        "JSON: local, sources, timeout, deadline, attempts and class_names as in the "
        "configuration's data; default: the variable DISCERN_SOURCES. It affects where the files "
        "come from and how they are checked, not their content",
        default=None,
    )

    def work(self) -> None:
        """Write the four files and where each came from."""
        from discern.data.class_names import named
        from discern.data.fetch import fetch_all
        from discern.data.original_labels import numbered, original_labels
        from discern.files import write_bytes, write_json

        where = self._where()
        contents, origins = fetch_all(_sources(where), self.sha256, self.unfinished)
        # Refuse wrong class names now, not after hours of training.
        labels = original_labels(contents)
        named(where.get("class_names"), labels)
        contents = numbered(contents, labels)
        outputs = {
            "train-images": self.train_images,
            "train-labels": self.train_labels,
            "t10k-images": self.test_images,
            "t10k-labels": self.test_labels,
        }
        for file, output in outputs.items():
            # No time and no name in the container, so that every source gives the same bytes.
            write_bytes(output, gzip.compress(contents[file], mtime=0))
        write_json(self.sources, origins)
        write_json(self.original_labels, labels)

    def clean_up(self) -> None:
        """Remove the files kept for an interrupted run."""
        shutil.rmtree(self.unfinished, ignore_errors=True)

    def _where(self) -> dict[str, Any]:
        if self.where is not None:
            return self.where
        found: dict[str, Any] = json.loads(os.environ.get("DISCERN_SOURCES", "{}"))
        return found


def _sources(where: dict[str, Any]) -> list[Source]:
    """The local folders, then the sources that the configuration lists."""
    from discern.data.sources import from_settings, local
    from discern.data.web import Patience

    folders = [where.get("local"), os.environ.get("DISCERN_DATA")]
    patience = Patience(
        where.get("timeout", 10.0), where.get("deadline", 300.0), where.get("attempts", 2)
    )
    return [
        *(local(Path(folder)) for folder in folders if folder),
        *(from_settings(entry, patience) for entry in where.get("sources", [])),
    ]


if __name__ == "__main__":
    sys.exit(Download.main())
