"""The catalogue of networks, and what each of them says of itself."""

import importlib
import subprocess
import sys
from pathlib import Path

import pytest

from discern import networks
from discern.networks.shared.catalogue import descriptions

FOLDER = Path(networks.__file__).parent


def test_it_holds_every_module_of_the_folder_but_the_package_itself():
    assert set(descriptions()) == {path.stem for path in FOLDER.glob("*.py")} - {"__init__"}
    assert set(descriptions()) >= {"original", "lenet", "resnet"}


@pytest.mark.parametrize("name", descriptions())
def test_the_description_read_from_the_file_is_that_of_the_module(name):
    module = importlib.import_module(f"discern.networks.{name}")
    assert descriptions()[name] == module.description


def test_reading_the_descriptions_imports_neither_tensorflow_nor_any_network():
    program = (
        "import sys; from discern.networks.shared.catalogue import descriptions; "
        "print(*descriptions()); print(*sys.modules)"
    )
    printed = subprocess.check_output([sys.executable, "-c", program], text=True)
    names, modules = (line.split() for line in printed.splitlines())
    assert names == list(descriptions())
    assert not {"tensorflow", *(f"discern.networks.{name}" for name in names)} & set(modules)


@pytest.mark.parametrize("name", descriptions())
def test_a_description_is_complete(name):
    description = descriptions()[name]
    assert description.title
    assert len(description.summary.split()) > 5
    assert description.references
    assert 1 <= description.smallest_image <= 28


def test_no_two_networks_have_the_same_title():
    titles = [description.title for description in descriptions().values()]
    assert len(set(titles)) == len(titles)
