"""The libraries that keep TensorFlow from the card are named, and the versions of those in use."""

from __future__ import annotations

import re

import pytest

from discern.gpu.libraries import LIBRARIES

UNLOADABLE = """
from discern.gpu.libraries import unloadable_libraries
print(*unloadable_libraries(), sep="\\n")
"""
CARD = """
from discern.gpu.card import Card
card = Card("NVIDIA H100", (9, 0), 80 * 10**9, "535.104.05", "12.2")
"""
SENTENCE = f"""{CARD}
from discern.gpu.libraries import tensorflow_sees_no_card
print(tensorflow_sees_no_card(card))
"""
VERSIONS = f"""{CARD}
import ctypes
from discern.gpu.libraries import versions
for path in "@".split():
    ctypes.CDLL(path)
print(versions(card))
"""
TENSORFLOW = """
from discern.gpu.card import require_card
require_card()
import tensorflow as tf
tf.config.list_physical_devices("GPU")
"""


@pytest.fixture
def packages(tmp_path):
    """The folder of an environment's packages; its TensorFlow must not be imported."""
    (tmp_path / "packages" / "tensorflow").mkdir(parents=True)
    module = tmp_path / "packages" / "tensorflow" / "__init__.py"
    module.write_text("raise AssertionError\n", encoding="utf-8")
    return tmp_path / "packages"


@pytest.fixture
def libraries(packages, build):
    """The folder of all libraries in the packages of this environment."""
    return build(packages / "nvidia" / "all" / "lib", *LIBRARIES)


def test_libraries_are_found_beside_tensorflow(libraries, packages, run_with):
    assert libraries.is_dir()
    assert run_with(program=UNLOADABLE, packages=packages).strip() == ""


def test_libraries_are_found_in_the_linkers_folders(libraries, packages, tmp_path, run_with):
    libraries.rename(tmp_path / "elsewhere")
    folders = tmp_path / "empty", tmp_path / "elsewhere"
    assert run_with(*folders, program=UNLOADABLE, packages=packages).strip() == ""


def test_each_library_that_is_missing_is_named_once(packages, run_with):
    reasons = run_with(program=UNLOADABLE, packages=packages).splitlines()
    missing = "cannot open shared object file: No such file or directory"
    assert reasons == [f"{name}: {missing}" for name in LIBRARIES]


def test_a_damaged_library_is_named_with_its_path(libraries, packages, run_with):
    (libraries / "libcudnn.so.8").write_bytes(b"")
    reasons = run_with(program=UNLOADABLE, packages=packages).strip()
    assert reasons == f"{libraries}/libcudnn.so.8: file too short"


def test_a_damaged_library_hides_the_one_beside_tensorflow(libraries, packages, tmp_path, run_with):
    assert libraries.is_dir()
    (tmp_path / "libcudnn.so.8").write_bytes(b"")
    reasons = run_with(tmp_path, program=UNLOADABLE, packages=packages).strip()
    assert reasons == f"{tmp_path}/libcudnn.so.8: file too short"


def test_a_library_is_named_that_lacks_another(libraries, packages, build, run_with):
    build(libraries, "libnvJitLink.so.12")
    build(libraries, "libcusparse.so.12", needs="-l:libnvJitLink.so.12")
    (libraries / "libnvJitLink.so.12").unlink()
    (reason,) = run_with(program=UNLOADABLE, packages=packages).splitlines()
    assert reason.startswith("libcusparse.so.12: libnvJitLink.so.12: cannot open shared object")


def test_the_sentence_lists_the_libraries_and_says_how_to_get_them(
    libraries, packages, tmp_path, run_with
):
    (libraries / "libcudnn.so.8").write_bytes(b"")
    (libraries / "libcufft.so.11").unlink()
    sentence = run_with(program=SENTENCE, packages=packages).strip()
    assert sentence == (
        "the GPU can't be used: TensorFlow can't load CUDA's libraries (libcufft.so.11: cannot "
        f"open shared object file: No such file or directory, {libraries}/libcudnn.so.8: file too "
        "short); remove .venv/training and run the same command, which builds the environment "
        "again, with environment.accelerator set to gpu if it was built without CUDA, or set "
        "environment.accelerator to cpu"
    )


def test_without_a_missing_library_the_sentence_names_the_card(libraries, packages, run_with):
    assert libraries.is_dir()
    sentence = run_with(program=SENTENCE, packages=packages)
    assert "TensorFlow does not show NVIDIA H100, though CUDA's driver and libraries load" in (
        sentence
    )
    assert "remove .venv/training" in sentence


def test_versions_are_those_of_the_libraries_in_use(libraries, run_with):
    # by their paths, as the linker finds them for TensorFlow
    paths = f"{libraries}/libcudart.so.12 {libraries}/libcudnn.so.8"
    found = run_with(program=VERSIONS.replace("@", paths), CUDNN="8907").strip()
    assert found == (
        "{'card': 'NVIDIA H100', 'capability': '9.0', 'driver': '535.104.05', 'cuda': '12.2', "
        "'cudnn': '8.9.7'}"
    )


def test_versions_that_can_not_be_determined_are_left_out(libraries, run_with):
    program = VERSIONS.replace("535.104.05", "")
    card = "{'card': 'NVIDIA H100', 'capability': '9.0'}"
    assert run_with(libraries, program=program.replace("@", "")).strip() == card
    program = program.replace("@", f"{libraries}/libcudart.so.12")
    assert run_with(libraries, program=program, RUNTIME="35").strip() == card


@pytest.mark.slow
def test_tensorflow_starts_afterwards_and_opens_these_libraries(driver, run_with):
    # It names each library on standard error.
    program = f"import os\nos.dup2(1, 2)\n{TENSORFLOW}"
    loud = {"TF_CPP_MIN_LOG_LEVEL": "0", "TF_CPP_MAX_VLOG_LEVEL": "1"}
    said = run_with(driver, program=program, **loud)
    opened = re.findall(r"dynamic library '?(lib[^\s;']+)", said.split("Found device 0")[1])
    assert set(opened) - {"libcuda.so.1"} == set(LIBRARIES)
