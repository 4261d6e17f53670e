"""The sources that are shipped hold what their checksums say."""

import gzip
import hashlib
import os
from pathlib import Path

import numpy as np
import pytest
import yaml

from discern.data.sources import FILES, from_settings
from discern.data.web import Patience
from discern.errors import DiscernError

PROJECT = Path(__file__).parents[2]


@pytest.mark.slow
def test_the_package_of_the_shipped_configuration_holds_mnist():
    config = yaml.safe_load((PROJECT / "config.yaml").read_text())
    (entry,) = (entry for entry in config["data"]["sources"] if "package" in entry)
    (fetch,) = from_settings(entry, Patience(timeout=15, deadline=120, attempts=2)).ways
    try:
        found = {file: hashlib.sha256(fetch(file)).hexdigest() for file in FILES}
    except DiscernError as error:
        # a registry that answers with other bytes is no reason to look away
        reached = "could not fetch it" not in str(error) or "HASHES" in str(error)
        if "CI" in os.environ or reached:
            raise
        pytest.skip(f"no registry: {error}")
    assert found == config["data"]["sha256"]


def test_debians_package_holds_the_fashion_mnist_of_the_preset():
    preset = yaml.safe_load((PROJECT / "config/presets/fashion_mnist.yaml").read_text())["data"]
    folder = preset["sources"][0]["folder"]
    if not Path(folder).is_dir():
        if "CI" in os.environ:
            pytest.fail("CI installs the package dataset-fashion-mnist")
        pytest.skip(f"there is no {folder}: apt-get install dataset-fashion-mnist")
    fetch, _ = from_settings({"folder": folder}, Patience(15, 120, 2)).ways
    contents = {file: gzip.decompress(fetch(file)) for file in FILES}
    digests = {file: hashlib.sha256(content).hexdigest() for file, content in contents.items()}
    assert digests == preset["sha256"]
    # The header of a label file is 8 bytes; the paper has 6,000 and 1,000 images of each class.
    for file, number in (("train-labels", 6000), ("t10k-labels", 1000)):
        counts = np.bincount(np.frombuffer(contents[file], np.uint8)[8:])
        assert counts.tolist() == [number] * len(preset["class_names"])
