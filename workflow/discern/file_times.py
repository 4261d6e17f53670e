"""Files that bear a time to come, since the clock was set back after they had been written."""

from __future__ import annotations

import os
import time
from pathlib import Path

from discern.files import explain

# Machines that share a file system need not agree to the second.
TOLERANCE = 60.0


def end_the_future(folder: Path) -> int:
    """Give each file below ``folder`` that is of the future the present time; returns how many.

    Snakemake refuses outputs that are older than what they were made from, so that nothing could
    follow from such a file until its time has come. All get the same time, none being newer than
    another one. What a link leads to gets it with the link.

    Raises:
        DiscernError: when a file is not yours.
    """
    now = time.time()
    named = [os.path.join(above, name) for above, _, names in os.walk(folder) for name in names]
    late = {
        path
        for path in (*named, *map(os.path.realpath, named))
        if os.path.lexists(path) and os.lstat(path).st_mtime > now + TOLERANCE
    }
    try:
        for path in late:
            os.utime(path, (now, now), follow_symlinks=False)
    except OSError as error:
        raise explain(error) from None
    return len({os.path.realpath(path) for path in late})
