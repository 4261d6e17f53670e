"""What surrounds the work of every stage: its environment, its messages and its threads."""

from __future__ import annotations

import contextlib
import logging
import os
import sys
from collections.abc import Iterator, Mapping
from pathlib import Path

from discern.provenance.machine import PROCESSOR_VARIABLES

log = logging.getLogger("discern")


# What a job takes from its caller: where programs and folders are, what a GPU's driver and the
# network need, and what chooses a processor's routines and therefore stands in the record.
_KEPT = {
    *("PATH", "LD_LIBRARY_PATH", "PYTHONPATH", "HOME", "USER", "LOGNAME", "TMPDIR"),
    *("CUDA_VISIBLE_DEVICES", "CUDA_DEVICE_ORDER", "CUDA_CACHE_PATH", "CUDA_CACHE_MAXSIZE"),
    *("CUDA_MPS_PIPE_DIRECTORY", "CUDA_MPS_LOG_DIRECTORY", "CUDA_MPS_ACTIVE_THREAD_PERCENTAGE"),
    *("REQUESTS_CA_BUNDLE", "CURL_CA_BUNDLE", "SSL_CERT_FILE", "SSL_CERT_DIR"),
    *("XDG_CONFIG_HOME", "XDG_CACHE_HOME", "MPLCONFIGDIR", "NETRC", "TZ", "TF_CPP_MIN_LOG_LEVEL"),
    *("HTTP_PROXY", "HTTPS_PROXY", "ALL_PROXY", "NO_PROXY"),
    *PROCESSOR_VARIABLES,
}
_KEPT_BEGINNINGS = ("DISCERN_", "PIP_")
# Without them, Keras reads settings below the home directory, Matplotlib opens a notebook's or a
# screen's backend, and TensorFlow uses oneDNN on processors with AVX-512 alone: those with AVX2
# would compute other digits, in two to three times the time.
_FIXED = {
    "KERAS_HOME": os.devnull,
    "MPLBACKEND": "agg",
    "LC_ALL": "C.UTF-8",
    "TF_ENABLE_ONEDNN_OPTS": "1",
}
_ENTERED = "DISCERN_ENVIRONMENT"


def fixed_environment(given: Mapping[str, str]) -> dict[str, str]:
    """The environment of a job: of the ``given`` one, only what can't change a result unnoticed."""
    kept = {
        name: value
        for name, value in given.items()
        if name.upper() in _KEPT or name.startswith(_KEPT_BEGINNINGS)
    }
    return kept | _FIXED


def enter_fixed_environment() -> None:
    """Start this process again in :func:`fixed_environment`, so that its libraries start in it.

    It happens once: what the interpreter itself sets at every start is only taken away.
    """
    fixed = fixed_environment(os.environ)
    if _ENTERED not in os.environ:
        words = [sys.executable, *sys.orig_argv[1:]]
        os.execve(sys.executable, words, fixed | {_ENTERED: "fixed"})  # noqa: S606
    os.environ.clear()
    os.environ.update(fixed)


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
