"""A finished version: the outputs of six jobs, and the record of each."""

import hashlib
import os
from pathlib import Path

from discern.provenance.archive import archive
from discern.results import Version
from plain_files import write_bytes, write_json

IMAGES, PAGE = "download/train-images.gz", "report/index.html"
HISTORY, CHECKPOINT = (f"train/cosface/0/{name}" for name in ("history.csv", "epoch-0002.npz"))
ANOTHER = "train/a row #1/0"
EMBEDDINGS = [f"embed/cosface/0/{part}.npz" for part in ("test", "train")]
OUTSIDE = "/data/train-images.gz"
JOBS = {
    # record: what the job read and wrote, and what else its record says
    "download/record.json": ([OUTSIDE], [IMAGES], {}),
    "train/cosface/0/record.json": (
        [IMAGES],
        [HISTORY, CHECKPOINT],
        {
            "parameters": {"seed": 0, "parameters": {"margin": 0.2}},
            "wall_seconds": 100.0005,
            "peak_memory_mb": 3000,
        },
    ),
    f"{ANOTHER}/record.json": (
        [IMAGES],
        [f"{ANOTHER}/history.csv"],
        {"parameters": {"seed": 0, "parameters": {"margin": 0.3}}, "code": "d" * 64},
    ),
    "train/softmax/0/record.json": ([IMAGES], ["train/softmax/0/history.csv"], {}),
    "embed/cosface/0/record.json": ([CHECKPOINT], EMBEDDINGS, {}),
    "report/record.json": (EMBEDDINGS[:1], [PAGE], {}),
}
OUTPUTS = [name for _, outputs, _ in JOBS.values() for name in outputs]
CODE = ["Snakefile", "workflow/Snakefile", "workflow/rules/data.smk"]
# What is written beside the manifest.
BESIDE = [
    "report/config.yaml",
    "ro-crate-metadata.json",
    *(f"report/workflow/{name}" for name in CODE),
]
SETTINGS = {"seeds": [0, 1], "losses": {"pixels": False, "cosface": {"margin": 0.2}}}


def digest(path: Path) -> str:
    return hashlib.sha256(path.read_bytes()).hexdigest()


def record_of(stage: str, **others) -> dict:
    """The record of a job of ``stage``, with ``others`` of its parts."""
    return {
        "stage": stage,
        "parameters": {},
        "inputs": {},
        "outputs": {},
        "code": "c" * 64,
        "python": "3.11.7",
        "packages": {"numpy": "1.26.4"},
        "device": "x86_64",
        "wall_seconds": 1.5,
        "peak_memory_mb": 100,
    } | others


def write_jobs(version: Version) -> list[Path]:
    """Write the outputs and the record of each job; returns the records' paths."""
    for name, (inputs, outputs, others) in JOBS.items():
        record = version.folder / name
        for output in outputs:
            write_bytes(version.folder / output, f"the content of {output}".encode())

        def seen(files, record=record):
            paths = [version.folder / file for file in files if file != OUTSIDE]
            return {os.path.relpath(path, record.parent): digest(path) for path in paths}

        read = seen(inputs) | ({OUTSIDE: "e" * 64} if OUTSIDE in inputs else {})
        parts = {"inputs": read, "outputs": seen(outputs)} | others
        write_json(record, record_of(name.partition("/")[0], **parts))
    return [version.folder / name for name in JOBS]


def write_code(project: Path) -> list[Path]:
    """Write Snakefiles below ``project``; returns their paths, the first one's first."""
    for name in CODE:
        write_bytes(project / name, f"the rules in {name}".encode())
    return [project / name for name in CODE]


def finish(version: Version, project: Path) -> Version:
    """Write the manifest of a version whose jobs are done, and what else is kept of it."""
    records = sorted(version.folder.rglob("record.json"))
    archive(version, records, write_code(project), SETTINGS)
    return version
