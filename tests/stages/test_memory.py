"""A stage whose memory really runs out says so, writes nothing, and needs only more of it.

Where TensorFlow's own code is refused memory, it may take the process down without a word, like the
kernel; `tests/pipeline/test_kills.py` shows what is said then.
"""

import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

from discern import idx
from discern.files import write_arrays

WORKFLOW = Path(__file__).parents[2] / "workflow"

# What the process may have beyond what its imports took, and the buffers that OpenBLAS asks for
# once: refused those, it would ask for ever.
LIMITED = """
import importlib, resource, sys
import numpy as np
stage, mebibytes, *argv = sys.argv[1:]
main = importlib.import_module(f"discern.stages.{stage}").main
square = np.ones((600, 600))
square @ square
if int(mebibytes):
    pages = int(open("/proc/self/statm").read().split()[0])
    most = pages * resource.getpagesize() + (int(mebibytes) << 20)
    resource.setrlimit(resource.RLIMIT_AS, (most, most))
sys.exit(main(argv))
"""


@pytest.fixture(scope="module")
def inputs(tmp_path_factory):
    """What measure and train read, of thousands of images that say nothing."""
    folder, rng = tmp_path_factory.mktemp("inputs"), np.random.default_rng(0)
    labels = rng.integers(0, 10, 6000, np.uint8)
    for name in ("gallery", "queries"):
        embeddings = rng.normal(size=(6000, 64)).astype(np.float32)
        write_arrays(folder / f"{name}.npz", {"embeddings": embeddings, "labels": labels})
    chart = {"map": rng.normal(size=(6000, 2)), "labels": labels, "kl_divergence": np.array(1.0)}
    write_arrays(folder / "map.npz", chart)
    images = rng.integers(0, 256, (36_000, 28, 28), np.uint8)
    (folder / "images").write_bytes(idx.encode(images))
    (folder / "labels").write_bytes(idx.encode(np.resize(labels, 36_000)))
    train, validation = np.split(np.arange(36_000), [30_000])
    parts = {"train": train, "validation": validation, "test": np.arange(1)}
    write_arrays(folder / "split.npz", parts)
    return folder


def command_lines(inputs, out):
    return {
        "measure": [
            *("--gallery", inputs / "gallery.npz", "--queries", inputs / "queries.npz"),
            *("--map", inputs / "map.npz", "--distance", "cosine", "--neighbours", "5"),
            *("--measures", out / "measures.json", "--outcomes", out / "outcomes.npz"),
        ],
        "train": [
            *("--images", inputs / "images", "--labels", inputs / "labels"),
            *("--split", inputs / "split.npz", "--loss", "softmax", "--seed", "0"),
            *("--batches", '{"sampler": "shuffled", "size": 500, "samples": 2}'),
            "--network",
            '{"embedding_dim": 8, "embedding_activation": "relu", "dropout": 0.5}',
            "--learning-rate",
            '{"initial": 0.001, "factor": 0.5, "patience": 5, "minimum": 0.00001}',
            *("--epochs", "1", "--threads", "1"),
            *("--history", out / "history.csv", "--checkpoints", out / "checkpoints"),
            *("--resume", out / ".resume"),
        ],
    }


@pytest.mark.parametrize(("stage", "mebibytes"), [("measure", 100), ("train", 60)])
def test_out_of_memory_is_said_and_more_of_it_is_enough(inputs, tmp_path, stage, mebibytes):
    def run(limit):
        return subprocess.run(
            [sys.executable, "-c", LIMITED, stage, str(limit)]
            + command_lines(inputs, tmp_path / "out")[stage],
            cwd=WORKFLOW,
            capture_output=True,
            text=True,
            check=False,
            timeout=300,
        )

    failed = run(mebibytes)
    last = failed.stderr.splitlines()[-1]
    assert last == f"{stage}: out of memory; give the job more, or run fewer at a time"
    assert failed.returncode == 1
    left = [path for path in tmp_path.rglob("*") if path.is_file()]
    assert [path for path in left if ".resume" not in path.parts] == []
    done = run(0)
    assert done.returncode == 0, done.stderr
