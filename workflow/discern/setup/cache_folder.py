"""The folder in which Snakemake keeps copies of remote files, and without which it does not start.

Like the environments, it is checked with the standard library and Python 3.8 or later.
"""

from __future__ import annotations

import os
import tempfile
from pathlib import Path


def why_not_writable() -> str:
    """Why Snakemake can't write its cache, with the remedy; empty if it can."""
    above = os.environ.get("XDG_CACHE_HOME") or os.path.expanduser("~/.cache")
    folder = Path(above, "snakemake")
    reason = "this user has no home folder"
    if not above.startswith("~"):
        try:
            folder.mkdir(parents=True, exist_ok=True)
            with tempfile.TemporaryFile(dir=folder):
                return ""
        except OSError as error:
            reason = str(error.strerror)
    return (
        f"Snakemake can't write its cache in {folder} ({reason}); set XDG_CACHE_HOME "
        "to a folder that can be written, as in XDG_CACHE_HOME=/tmp/cache make run"
    )
