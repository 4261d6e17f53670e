"""The catalogue of losses, and what each of them says of itself."""

import importlib
import inspect
import subprocess
import sys
import xml.etree.ElementTree as ET
from pathlib import Path

import jsonschema
import latex2mathml.converter
import pytest

from discern import losses
from discern.losses.shared.base import Loss
from discern.losses.shared.catalogue import descriptions

FOLDER = Path(losses.__file__).parent
TRAINED = [name for name, description in descriptions().items() if description.trained]
PARAMETERS = {
    f"{name}.{key}": parameter
    for name, description in descriptions().items()
    for key, parameter in description.parameters.items()
}


def test_every_row_of_the_experiment_is_in_it_and_only_two_are_not_trained():
    rows = "pixels softmax triplet_semihard cosface intra_triplet triplet_softmax sphereface"
    assert set(descriptions()) >= {*rows.split(), "contrastive"}
    assert set(descriptions()) - set(TRAINED) == {"pixels", "given"}


def test_it_holds_every_module_of_the_folder_but_the_package_itself():
    assert set(descriptions()) == {path.stem for path in FOLDER.glob("*.py")} - {"__init__"}


@pytest.mark.parametrize("name", descriptions())
def test_the_description_read_from_the_file_is_that_of_the_module(name):
    module = importlib.import_module(f"discern.losses.{name}")
    assert descriptions()[name] == module.description


@pytest.mark.parametrize("name", TRAINED)
def test_a_loss_takes_the_parameters_of_its_description(name):
    loss = importlib.import_module(f"discern.losses.{name}").loss
    assert issubclass(loss, Loss)
    arguments = inspect.signature(loss).parameters.items()
    named = [key for key, argument in arguments if argument.kind is not argument.VAR_KEYWORD]
    assert named == list(descriptions()[name].parameters)


def test_reading_the_descriptions_imports_neither_tensorflow_nor_any_loss():
    program = (
        "import sys; from discern.losses.shared.catalogue import descriptions; "
        "print(*descriptions()); print(*sys.modules)"
    )
    printed = subprocess.check_output([sys.executable, "-c", program], text=True)
    names, modules = (line.split() for line in printed.splitlines())
    assert names == list(descriptions())
    imported = {module.partition(".")[0] for module in modules}
    assert "discern" in imported
    assert not imported & {"tensorflow", "keras", "tensorflow_addons"}
    assert not {f"discern.losses.{name}" for name in names} & set(modules)


@pytest.mark.parametrize("name", TRAINED)
def test_a_formula_becomes_mathml_in_which_no_command_is_left(name):
    mathml = latex2mathml.converter.convert(descriptions()[name].formula, display="block")
    root = ET.fromstring(mathml)  # noqa: S314 - our own formula
    assert root.tag == "{http://www.w3.org/1998/Math/MathML}math"
    text = "".join(root.itertext())
    assert "L" in text
    assert "=" in text
    assert "\\" not in text


def test_the_converter_leaves_a_command_that_it_does_not_know():
    assert "\\nonsense" in latex2mathml.converter.convert(r"L = \nonsense x")


@pytest.mark.parametrize("parameter", PARAMETERS.values(), ids=PARAMETERS)
def test_a_parameter_has_a_meaning_and_its_default_and_search_lie_in_its_range(parameter):
    jsonschema.Draft202012Validator.check_schema(parameter.schema())
    for value in (parameter.default, *parameter.search):
        jsonschema.validate(value, parameter.schema())
    assert len(parameter.meaning.split()) > 2
    assert not parameter.search or parameter.default in parameter.search
    assert bool(parameter.choices) == isinstance(parameter.default, str)
    assert parameter.choices or parameter.minimum is not None


@pytest.mark.parametrize("name", descriptions())
def test_a_description_is_complete_and_its_distance_is_that_of_its_defaults(name):
    description = descriptions()[name]
    assert description.title
    assert description.distance in ("euclidean", "cosine")
    assert bool(description.formula) == bool(description.references) == description.trained
    assert description.distance_with(description.complete({})) == description.distance


def test_no_two_losses_have_the_same_title():
    titles = [description.title for description in descriptions().values()]
    assert len(set(titles)) == len(titles)
