"""The published versions; a new one is tested by being there."""

from pathlib import Path

DOCS = Path(__file__).parents[1] / "docs"
PUBLICATIONS = sorted(manifest.parents[1] for manifest in DOCS.glob("*/report/manifest.json"))
