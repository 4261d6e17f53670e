"""Real handwritten digits, small enough for a whole run in seconds, as IDX files."""

import fcntl
import gzip
import hashlib
import logging
import os
import subprocess
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import numpy as np
import pytest
from sklearn.datasets import load_digits
from sklearn.model_selection import train_test_split

from discern.data import idx
from programs import skip_except_on_ci

FILES = {
    "train-images": "train_images",
    "train-labels": "train_labels",
    "t10k-images": "test_images",
    "t10k-labels": "test_labels",
}

# What `make test ARGS=…` hands down to each program that a test starts. A make among them would
# take it for its own.
for name in ("MAKEFLAGS", "MAKEOVERRIDES", "MFLAGS", "MAKELEVEL", "ARGS", "PRESET"):
    os.environ.pop(name, None)


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    """What tests recorded of themselves; several processes have no common output before."""
    for report in terminalreporter.getreports("passed"):
        for name, value in report.user_properties:
            terminalreporter.write_line(f"{name}: {value}")


# As in every job; TensorFlow reads it when it is imported.
os.environ["TF_ENABLE_ONEDNN_OPTS"] = "1"


# What takes longest, in an order in which two processes end together. Slurm's tests mostly wait.
SLOWEST = ("pipeline/test_slurm", "pipeline/test_image", "pipeline/test_baseline", "pipeline/")
SLOWEST += ("stages/", "page/")


# What trains networks, runs stages, draws every format or opens a browser.
SLOW = ("pipeline/", "stages/", "losses/", "training/", "setup/", "gpu/", "figures/test_formats")
SLOW += tuple(f"page/test_{what}_in" for what in ("accessible", "layout", "pointing", "selection"))
SLOW += ("test_mutants", "test_randomness")


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """The slowest files come first, so that no process ends long after the other.

    Files that would hold up a quick run are marked as slow.
    """
    for item in items:
        if any(f"tests/{part}" in item.path.as_posix() for part in SLOW):
            item.add_marker("slow")

    def place(item: pytest.Item) -> int:
        places = (n for n, part in enumerate(SLOWEST) if f"tests/{part}" in item.path.as_posix())
        return next(places, len(SLOWEST))

    items.sort(key=place)


@pytest.fixture(scope="session")
def digits() -> dict[str, np.ndarray]:
    """scikit-learn's digits: 1,297 training and 500 test images of 8 × 8 pixels, uint8."""
    found = load_digits()
    images = np.rint(found.images * (255 / 16)).astype(np.uint8)
    labels = found.target.astype(np.uint8)
    train, test = train_test_split(
        np.arange(len(labels)), test_size=500, stratify=labels, random_state=0
    )
    train, test = np.sort(train), np.sort(test)
    return {
        "train_images": images[train],
        "train_labels": labels[train],
        "test_images": images[test],
        "test_labels": labels[test],
    }


@pytest.fixture(scope="session")
def shared_folder(tmp_path_factory) -> Path:
    """A folder that all of pytest's processes have in common."""
    own = tmp_path_factory.getbasetemp()
    return own.parent if "PYTEST_XDIST_WORKER" in os.environ else own


@pytest.fixture(scope="session")
def made_once(shared_folder):
    """Makes a folder once for all of pytest's processes, under the same path for each."""

    def made_once(name: str, make: Callable[[Path], None]) -> Path:
        folder = shared_folder / name
        with (shared_folder / f"{name}.lock").open("w") as lock:
            fcntl.flock(lock, fcntl.LOCK_EX)
            if not folder.exists():
                make(folder)
        return folder

    return made_once


@pytest.fixture(scope="session")
def digits_folder(digits, made_once) -> Path:
    """The folder of the digits' four gzipped IDX files.

    A run names its source in its results, so that all runs must have the same.
    """

    def write(folder: Path) -> None:
        folder.mkdir()
        for name, key in FILES.items():
            path = folder / f"{name}-idx{digits[key].ndim}-ubyte.gz"
            path.write_bytes(gzip.compress(idx.encode(digits[key]), mtime=0))

    return made_once("digits", write)


@pytest.fixture(scope="session")
def digits_sha256(digits) -> dict[str, str]:
    """SHA-256 of each IDX file's decompressed content, as the configuration wants it."""
    return {
        name: hashlib.sha256(idx.encode(digits[key])).hexdigest() for name, key in FILES.items()
    }


@pytest.fixture
def said():
    """The messages so far, whatever stages that ran earlier have set."""
    messages = []
    log, handler = logging.getLogger("discern"), logging.Handler()
    handler.emit = lambda record: messages.append(record.getMessage())
    level = log.level
    log.setLevel(logging.INFO)
    log.addHandler(handler)
    yield messages
    log.removeHandler(handler)
    log.setLevel(level)


@pytest.fixture(scope="session")
def mounted():
    """Mounts a file system in memory at a folder while a block lasts, or skips the test."""

    @contextmanager
    def mounted(folder: Path, options: str) -> Iterator[None]:
        folder.mkdir()
        mount = ["mount", "-t", "tmpfs", "-o", options, "tmpfs", str(folder)]
        if os.geteuid() or subprocess.run(mount, capture_output=True, check=False).returncode:
            skip_except_on_ci("only root may mount a small file system")
        try:
            yield
        finally:
            subprocess.run(["umount", "-l", str(folder)], check=True)

    return mounted
