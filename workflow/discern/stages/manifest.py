"""Rule ``manifest``: how the version was made."""

from __future__ import annotations

import sys
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from discern.project import PROJECT
from discern.results import Version
from discern.stages.all_rows import AllRowsStage
from discern.stages.options import parameter, reads


@dataclass(frozen=True, kw_only=True)
class Manifest(AllRowsStage):
    """Combine the records of all stages, so that each result can be traced to its inputs.

    ``discern verify`` checks every hash in the manifest. The stage also writes the rules and the
    settings that made the results, and an RO-Crate of the whole version for archiving and citation.
    """

    inputs: tuple[Path, ...] = reads("JSON: the record of each job")
    settings: dict[str, Any] = parameter("JSON: the settings that affect the results")

    def work(self) -> None:
        """Write the manifest, the rules, the settings and the crate."""
        from discern.provenance.archive import archive

        rules = sorted((PROJECT / "workflow" / "rules").glob("*.smk"))
        code = [PROJECT / "Snakefile", PROJECT / "workflow" / "Snakefile", *rules]
        archive(Version(self.version), self.inputs, code, self.settings)


if __name__ == "__main__":
    sys.exit(Manifest.main())
