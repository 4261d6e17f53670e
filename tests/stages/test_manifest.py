"""The manifest stage archives a version with the rules of this project."""

from __future__ import annotations

import json

import numpy as np
import yaml

from discern.project import PROJECT
from discern.provenance.manifest import verify
from discern.training.history import COLUMNS
from plain_files import write_arrays, write_bytes

SETTINGS = {"seeds": [0], "losses": {"cosface": {"margin": 0.2}}}


def test_records_of_stages_rules_and_settings_are_archived(job, version):
    select = job("select")
    write_arrays(select.checkpoints / "epoch-0001.npz", {"w": np.ones(3)})
    training = ",".join(COLUMNS).encode() + b"\n1,0.5,0.4,7.5,0.001,2.0\n"
    write_bytes(select.history, training)
    assert select.run() == 0
    assert job("manifest", inputs=(select.record,), settings=SETTINGS).run() == 0

    joined = json.loads(version.manifest.read_text())
    made = {"select/a/0.json", "select/a/0.npz"}
    assert {name for name in joined["files"] if name.startswith("select")} == made
    assert list(joined["records"]) == ["select/a/0.record.json"]
    assert joined["peak_memory_mb"] > 5
    rules = [path.relative_to(PROJECT) for path in (PROJECT / "workflow" / "rules").iterdir()]
    for name in ("Snakefile", "workflow/Snakefile", *rules):
        assert (version.workflow / name).read_bytes() == (PROJECT / name).read_bytes()
    assert yaml.safe_load(version.configuration.read_text()) == SETTINGS
    assert version.crate.exists()

    assert verify(version) == []
    select.weights.write_bytes(b"")
    assert verify(version) == [f"{select.weights} has changed"]
