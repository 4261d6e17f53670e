"""What surrounds the work of every stage: its messages and its threads."""

from __future__ import annotations

import contextlib
import logging
import os
from collections.abc import Iterator
from pathlib import Path

log = logging.getLogger("discern")


@contextlib.contextmanager
def logged(path: Path | None) -> Iterator[None]:
    """Send messages to standard error and, in more detail, to the file ``path``."""
    console = logging.StreamHandler()
    console.setLevel(logging.INFO)
    handlers: list[logging.Handler] = [console]
    if path:
        path.parent.mkdir(parents=True, exist_ok=True)
        file = _LogFile(path, mode="w", encoding="utf-8")
        file.setFormatter(logging.Formatter("%(asctime)s %(levelname)s %(message)s"))
        handlers.append(file)
    log.setLevel(logging.DEBUG)
    log.propagate = False
    for handler in handlers:
        log.addHandler(handler)
    try:
        yield
    finally:
        for handler in handlers:
            log.removeHandler(handler)
            with contextlib.suppress(OSError):
                handler.close()


class _LogFile(logging.FileHandler):
    """A log file that is abandoned when it can't be written; standard error has its messages too.

    A disk that is full for the results is usually full for the log too. Both failures together are
    reported in one sentence.
    """

    def handleError(self, record: logging.LogRecord) -> None:  # noqa: N802
        log.removeHandler(self)
        log.warning("%s can't be written any more", self.baseFilename)


# Libraries read their number of threads from these variables when they are loaded.
_THREAD_VARIABLES = ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS")


@contextlib.contextmanager
def pinned_threads(threads: int) -> Iterator[None]:
    """Run BLAS and OpenMP on exactly ``threads`` threads, because their number affects sums.

    threadpoolctl limits libraries that are already loaded; the variables limit those loaded later.
    """
    import threadpoolctl

    before = {name: os.environ.get(name) for name in _THREAD_VARIABLES}
    os.environ.update(dict.fromkeys(_THREAD_VARIABLES, str(threads)))
    try:
        with threadpoolctl.threadpool_limits(limits=threads):
            yield
    finally:
        for name, value in before.items():
            if value is None:
                del os.environ[name]
            else:
                os.environ[name] = value
