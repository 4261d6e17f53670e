"""A stage that runs out of memory says so, writes nothing, and succeeds with more memory.

If TensorFlow's own code is refused memory, it may end the process without a message, as the kernel
does; `tests/pipeline/test_kills.py` covers that case.
"""

from __future__ import annotations

import pickle
import subprocess
import sys

import numpy as np
import pytest

from claims import existing
from discern.data import idx
from discern.measures import catalogue
from plain_files import write_arrays, write_bytes

# What the process may have beyond what its imports took, the threads of TensorFlow, and the buffers
# that OpenBLAS asks for once: refused those, it would ask for ever.
LIMITED = """
import importlib, pickle, resource, sys
import numpy as np
job, mebibytes, *modules = sys.argv[1:]
for module in modules:
    importlib.import_module(module)
if "discern.training.loop" in modules:
    import tensorflow as tf
    from discern.training.determinism import configure
    configure(1)
    tf.matmul(tf.ones((60, 60)), tf.ones((60, 60)))
square = np.ones((600, 600))
square @ square
if int(mebibytes):
    pages = int(open("/proc/self/statm").read().split()[0])
    most = pages * resource.getpagesize() + (int(mebibytes) << 20)
    resource.setrlimit(resource.RLIMIT_AS, (most, most))
sys.exit(pickle.loads(bytes.fromhex(job)).run())
"""


def for_measuring(version):
    """Embeddings of thousands of images that say nothing."""
    rng = np.random.default_rng(0)
    labels = rng.integers(0, 10, 3000, np.int16)
    for part in ("train", "test"):
        embeddings = rng.normal(size=(3000, 64)).astype(np.float32)
        write_arrays(version.embeddings("a", 0, part), {"embeddings": embeddings, "labels": labels})
    points = {"map": rng.normal(size=(3000, 2)), "labels": labels, "kl_divergence": np.array(1.0)}
    write_arrays(version.map("a", 0), points)


def for_training(version):
    """Images, of which most neither train nor validate."""
    images = np.random.default_rng(0).integers(0, 256, (150_000, 28, 28), np.uint8)
    labels = np.arange(150_000).astype(np.int16) % 10
    write_bytes(version.idx("train_images"), idx.encode(images))
    write_bytes(version.idx("train_labels"), idx.encode(labels))
    train, validation, _ = np.split(np.arange(150_000), [600, 800])
    write_arrays(version.split, {"train": train, "validation": validation})


@pytest.mark.parametrize(
    ("name", "write", "mebibytes", "modules"),
    [
        ("measure", for_measuring, 40, catalogue.modules()),
        ("train", for_training, 40, ["discern.training.loop"]),
    ],
    ids=["measure", "train"],
)
def test_out_of_memory_is_said_and_more_of_it_is_enough(
    job, version, name, write, mebibytes, modules
):
    write(version)
    stage = job(name)

    def run(limit):
        job = pickle.dumps(stage).hex()
        command = [sys.executable, "-c", LIMITED, job, str(limit), *modules]
        return subprocess.run(command, capture_output=True, text=True, check=False, timeout=300)

    failed = run(mebibytes)
    last = failed.stderr.splitlines()[-1]
    assert last == f"{name}: out of memory; give the job more, or run fewer jobs at a time"
    assert failed.returncode == 1
    assert list(existing(stage)) == []
    done = run(0)
    assert done.returncode == 0, done.stderr
