"""Correct file times in the future, which occur after the clock is set back."""

from __future__ import annotations

import os
import time
from pathlib import Path

from discern.files import explain

# Clocks of machines that share a file system may differ slightly.
TOLERANCE = 60.0


def end_the_future(folder: Path) -> int:
    """Set the time of each file below ``folder`` from the future to now; returns how many.

    Snakemake rejects outputs that are older than their inputs, so such a file could not be used
    before its time. All these files get the same time, so that none is newer than another. The
    target of a link is changed too.

    Raises:
        DiscernError: when a file belongs to another user.
    """
    now = time.time()
    paths = [os.path.join(above, name) for above, _, names in os.walk(folder) for name in names]
    late = {
        path
        for path in (*paths, *map(os.path.realpath, paths))
        if os.path.lexists(path) and os.lstat(path).st_mtime > now + TOLERANCE
    }
    try:
        for path in late:
            os.utime(path, (now, now), follow_symlinks=False)
    except OSError as error:
        raise explain(error) from None
    return len({os.path.realpath(path) for path in late})
