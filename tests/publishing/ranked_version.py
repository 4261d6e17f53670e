"""A finished version whose rows are ranked: three rows, of which cosface has two seeds."""

from dataclasses import asdict, replace

from discern.files import read_json
from discern.ranking.comparisons import Estimate, read_comparisons, write_comparisons
from page_inputs import ROWS, write_version
from plain_files import write_json
from samples import COSFACE, PIXELS, SOFTMAX

RECORDS = {
    "report/record.json": {"stage": "report", "parameters": {"rows": [asdict(r) for r in ROWS]}},
    "split/record.json": {"stage": "split"},
    "train/cosface/3/record.json": {"stage": "train"},
    "train/cosface/7/record.json": {"stage": "train"},
    "train/softmax/3/record.json": {"stage": "train"},
    "embed/pixels/0/record.json": {"stage": "embed"},
}


def write_manifest(version, stages):
    """A manifest with the records of some jobs."""
    manifest = {"machine": "a machine", "records": {}, "files": {}, "stages": stages}
    write_json(version.manifest, manifest)


def write_ranked(folder):
    """A finished version; its jobs took 1000.5, 1001.5, … seconds and 1,000, 2,000, … MB."""
    version, stages = write_version(folder), {}
    for place, (name, record) in enumerate(RECORDS.items()):
        cost = {"wall_seconds": 1000.5 + place, "peak_memory_mb": 1000 * (place + 1)}
        stages[name] = record | cost | {"inputs": {}, "outputs": {}}
    write_manifest(version, stages)
    comparisons = read_comparisons(version)
    rows = comparisons.rows | {"cosface": {"knn_accuracy": Estimate(0, 0, (0.9907, 0.9927))}}
    write_comparisons(version.comparisons, replace(comparisons, rows=rows))
    return version


def take_cosface_from(published, version):
    """Have the row cosface of ``version`` be that of a publication, which has its jobs."""
    stages = read_json(version.manifest)["stages"]
    stages = {name: record for name, record in stages.items() if "cosface" not in name}
    seeds = {str(seed): str(published.folder) for seed in COSFACE.seeds}
    rows = [PIXELS, replace(COSFACE, published=seeds), SOFTMAX]
    stages["report/record.json"]["parameters"]["rows"] = [asdict(row) for row in rows]
    write_manifest(version, stages)
