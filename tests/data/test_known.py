"""The shipped data sets have names, and another is called by its hash."""

from pathlib import Path

import pytest
import yaml

from discern.data.known import data_set_name

CONFIG = Path(__file__).parents[2] / "config"


@pytest.mark.parametrize(
    ("file", "name"),
    [
        ("config.yaml", "MNIST"),
        ("presets/fashion_mnist.yaml", "Fashion-MNIST"),
        ("presets/kmnist.yaml", "Kuzushiji-MNIST"),
    ],
)
def test_a_shipped_data_set_has_the_name_that_people_know(file, name):
    config = yaml.safe_load((CONFIG / file).read_text(encoding="utf-8"))
    assert data_set_name(config["data"]["sha256"]["t10k-images"]) == name


def test_any_other_is_called_by_the_hash_of_its_test_images():
    name = "a data set without a known name (test images 01234567…)"
    assert data_set_name("0123456789abcdef" * 4) == name
