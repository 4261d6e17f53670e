"""A stand-in for nvidia-smi, which answers the questions that the package asks and no others."""

from pathlib import Path

QUERY = "--query-gpu=index,uuid --format=csv,noheader"
CARDS = [
    "GPU-5d5ba0d6-d33d-2b2c-524d-9e3d8d2b8a77",
    "GPU-5d5b11f0-0c1a-4be5-a17e-6b0c2f4f9d10",
    "GPU-9a3c7e55-88b2-4f0d-9d6b-1f2e3d4c5b6a",
    "GPU-c6d4f1ef-42e4-5de3-91c7-45d71c87eb3f",
]
INSTANCES = [
    "MIG-cba663e8-9bed-5b25-b243-5985ef7c9beb",
    "MIG-1cc0a1a2-7f0b-5a4c-8d53-0a5f2b1d6c7e",
]


def install(folder: Path, script: str) -> None:
    """Put an nvidia-smi into ``folder`` that does what ``script`` says."""
    tool = folder / "nvidia-smi"
    tool.write_text(f"#!/bin/sh\n{script}\n")
    tool.chmod(0o755)


def listing(*uuids: str, split: str = "") -> str:
    """The script of an nvidia-smi that lists these cards; one may be split into two instances."""
    query, names = "", ""
    for number, uuid in enumerate(uuids):
        query += f"echo '{number}, {uuid}'\n"
        names += f"echo 'GPU {number}: NVIDIA A100-SXM4-40GB (UUID: {uuid})'\n"
        for place, instance in enumerate(INSTANCES if uuid == split else []):
            names += f"echo '  MIG 3g.20gb     Device  {place}: (UUID: {instance})'\n"
    return f'case "$*" in\n"{QUERY}")\n{query};;\n-L)\n{names};;\n*) exit 2;;\nesac'
