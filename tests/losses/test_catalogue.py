"""The catalogue of losses, read from their files."""

import importlib
import inspect
import os
import subprocess
import sys
import xml.etree.ElementTree as ET
from pathlib import Path

import jsonschema
import latex2mathml.converter
import pytest

from discern import losses
from discern.losses import catalogue
from discern.losses.base import Loss
from discern.losses.catalogue import records

FOLDER = Path(losses.__file__).parent
TRAINED = [name for name, record in records().items() if record.trained]
PARAMETERS = {
    f"{name}.{key}": parameter
    for name, record in records().items()
    for key, parameter in record.parameters.items()
}


def test_every_row_of_the_experiment_is_in_it():
    rows = "pixels softmax triplet_semihard cosface intra_triplet triplet_softmax sphereface"
    assert set(records()) >= {*rows.split(), "contrastive"}
    assert set(records()) - set(TRAINED) >= {"pixels"}


def test_it_holds_the_files_that_assign_a_record_and_no_others():
    files = {path.stem for path in FOLDER.glob("*.py") if "\nrecord = " in path.read_text()}
    assert set(records()) == files


@pytest.mark.parametrize("name", records())
def test_the_record_read_from_the_file_is_that_of_the_module(name):
    assert records()[name] == importlib.import_module(f"discern.losses.{name}").record


@pytest.mark.parametrize("name", TRAINED)
def test_a_loss_takes_the_parameters_of_its_record(name):
    loss = importlib.import_module(f"discern.losses.{name}").loss
    assert issubclass(loss, Loss)
    named = [
        key
        for key, argument in inspect.signature(loss).parameters.items()
        if argument.kind is not argument.VAR_KEYWORD
    ]
    assert named == list(records()[name].parameters)


def python(program):
    """What ``program`` prints, in a new process."""
    return subprocess.run(
        [sys.executable, "-c", program],
        env=os.environ | {"PYTHONPATH": str(FOLDER.parents[1])},
        capture_output=True,
        text=True,
        check=True,
    ).stdout


def test_reading_the_records_imports_neither_tensorflow_nor_any_loss():
    program = (
        "import sys; from discern.losses.catalogue import records; "
        "print(*records()); print(*sys.modules)"
    )
    names, modules = (line.split() for line in python(program).splitlines())
    assert names == list(records())
    imported = {module.partition(".")[0] for module in modules}
    assert "discern" in imported
    assert not imported & {"tensorflow", "keras", "tensorflow_addons"}
    assert not {f"discern.losses.{name}" for name in names} & set(modules)


@pytest.fixture
def folder(tmp_path, monkeypatch):
    monkeypatch.setattr(catalogue, "_FOLDER", tmp_path)
    records.cache_clear()
    yield tmp_path
    records.cache_clear()


NEW = (
    'from discern.losses.record import LossRecord\nraise RuntimeError("imported")\n'
    'record = LossRecord(title="New", formula="", references=(), distance="cosine", '
    "grouped=True, classifies=False, parameters={PARAMETERS})\n"
)


def test_a_new_file_is_a_new_loss(folder):
    text = NEW.replace("PARAMETERS", '"distance": DISTANCE')
    (folder / "new.py").write_text(text, encoding="utf-8")
    (folder / "without.py").write_text("records = 1\n", encoding="utf-8")
    (folder / "another.py").write_text("record = 1\n", encoding="utf-8")
    assert list(records()) == ["new"]
    assert records()["new"].title == "New"
    assert list(records()["new"].parameters) == ["distance"]


def test_a_record_may_be_annotated_with_its_type(folder):
    text = NEW.replace("PARAMETERS", "").replace("record = ", "record: LossRecord = ")
    (folder / "new.py").write_text("record: int\n" + text, encoding="utf-8")
    assert list(records()) == ["new"]


@pytest.mark.parametrize("key", ["loss", "learning_rate"])
def test_a_parameter_may_not_be_called_as_the_keys_that_every_row_has(folder, key):
    text = NEW.replace("PARAMETERS", f'"{key}": DISTANCE')
    (folder / "new.py").write_text(text, encoding="utf-8")
    with pytest.raises(ValueError, match=f"^New: every row has a key {key} already; rename it"):
        records()


@pytest.mark.parametrize("expression", ['open("made", "w")', '__import__("os")', "tf.constant(1)"])
def test_a_record_may_use_the_names_of_the_records_module_alone(folder, monkeypatch, expression):
    monkeypatch.chdir(folder)
    text = NEW.replace("PARAMETERS", f'"distance": {expression}')
    (folder / "new.py").write_text(text, encoding="utf-8")
    with pytest.raises(NameError, match="is not defined"):
        records()
    assert not (folder / "made").exists()


@pytest.mark.parametrize("name", TRAINED)
def test_a_formula_becomes_mathml_in_which_no_command_is_left(name):
    found = latex2mathml.converter.convert(records()[name].formula, display="block")
    root = ET.fromstring(found)  # noqa: S314 - our own formula
    assert root.tag == "{http://www.w3.org/1998/Math/MathML}math"
    text = "".join(root.itertext())
    assert "L" in text
    assert "=" in text
    assert "\\" not in text


def test_the_converter_leaves_a_command_that_it_does_not_know():
    assert "\\nonsense" in latex2mathml.converter.convert(r"L = \nonsense x")


@pytest.mark.parametrize("parameter", PARAMETERS.values(), ids=PARAMETERS)
def test_a_default_lies_in_its_own_range_and_has_a_meaning(parameter):
    jsonschema.Draft202012Validator.check_schema(parameter.schema())
    jsonschema.validate(parameter.default, parameter.schema())
    assert len(parameter.meaning.split()) > 2
    for value in parameter.search:
        jsonschema.validate(value, parameter.schema())
    if isinstance(parameter.default, str):
        assert parameter.default in parameter.choices
    else:
        assert not parameter.choices
        assert not parameter.search or parameter.default in parameter.search
        assert parameter.minimum is not None
        assert parameter.minimum <= parameter.default
        assert parameter.maximum is None or parameter.default <= parameter.maximum


@pytest.mark.parametrize("name", records())
def test_a_record_is_complete(name):
    record = records()[name]
    assert record.title
    assert record.distance in ("euclidean", "cosine")
    assert bool(record.formula) == bool(record.references) == record.trained


@pytest.mark.parametrize("name", records())
def test_with_its_defaults_a_loss_is_judged_in_the_distance_that_its_record_names(name):
    record = records()[name]
    assert record.judged_in(record.complete({})) == record.distance


def test_no_two_losses_have_the_same_title():
    titles = [record.title for record in records().values()]
    assert len(set(titles)) == len(titles)
