"""A finished version that can be published, and what is refused of it."""

from dataclasses import asdict

import pytest
import yaml

from discern.errors import DiscernError
from discern.files import files_below, sha256
from discern.measures.catalogue import named
from discern.publishing.publication import publish
from discern.ranking import leaderboard
from discern.ranking.comparisons import read_comparisons
from discern.ranking.leaderboard import read_lines
from discern.results import Version
from page_inputs import ROWS, write_version
from plain_files import write_bytes, write_json
from samples import COSFACE, SOFTMAX

TEXT = "before\n<!-- docs: leaderboard -->\nold\n<!-- end -->\nafter\n"

SETTINGS = {
    "page": {"images": False},
    "evaluation": {"queries": "test", "neighbours": 5},
    "data": {"sha256": {"t10k-images": 64 * "a"}},
    "training": {"epochs": 100},
    "losses": {"pixels": {}, "cosface": {"margin": 0.35}, "softmax": {"title": "Softmax"}},
}


def write_publishable(folder):
    """A finished version whose page has no images."""
    version = write_version(folder)
    lines = read_lines(version, ROWS, read_comparisons(version))
    ordered = leaderboard.in_order(lines, named("knn_accuracy"))
    write_bytes(version.leaderboard("csv"), leaderboard.as_csv(ordered).encode())
    board = leaderboard.as_markdown(lines, named("knn_accuracy"))
    write_bytes(version.leaderboard("md"), board.encode())
    write_bytes(version.page, b"<!doctype html>\n")
    write_bytes(version.figure("pixels", 0, "map", "svg"), b"<svg/>\n")
    write_bytes(version.configuration, yaml.safe_dump(SETTINGS).encode())
    write_bytes(version.mistakes, b"image,label\n4,7\n")
    write_json(version.split_summary.with_name("record.json"), {"stage": "split"})
    for row in (COSFACE, SOFTMAX):
        for seed in row.seeds:
            write_bytes(version.history(row.label, seed), f"epoch,loss\n1,{seed}\n".encode())
    for read in (Version.outcomes, Version.map):  # of the second seed, as of the first
        write_bytes(read(version, "cosface", 7), read(version, "cosface", 3).read_bytes())
    finish(version)
    return version


def finish(version, rows=ROWS):
    """Write the manifest that vouches for all files as they are."""
    manifest = {"machine": "a machine", "records": {}, "files": {}}
    for path in set(files_of(version)) - {version.manifest}:
        kind = "records" if path.name == "record.json" else "files"
        manifest[kind][path.relative_to(version.folder).as_posix()] = sha256(path)
    record = {"stage": "report", "inputs": {}, "outputs": {}}
    record |= {"wall_seconds": 1.5, "peak_memory_mb": 100}
    rows = {"parameters": {"rows": [asdict(row) for row in rows]}}
    manifest["stages"] = {"report/record.json": record | rows}
    write_json(version.manifest, manifest)


def files_of(version):
    return files_below(version.folder)


def contents(folder):
    """The hash of each file below ``folder``."""
    return {path: sha256(path) for path in files_below(folder)}


def refused(message, version, docs, texts=(), brief=False):
    """Publishing raises what matches ``message`` and changes nothing."""
    around = docs.folder.parent
    before = contents(around)
    with pytest.raises((DiscernError, OSError), match=message):
        publish(version, docs, texts, brief)
    assert contents(around) == before
