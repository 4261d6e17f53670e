"""The driver's version is found wherever the driver tells it."""

from __future__ import annotations

import pytest

from discern.gpu import driver

KERNEL_MODULE = (
    "NVRM version: NVIDIA UNIX Open Kernel Module for x86_64  545.23.06  Release Build\n"
    "GCC version:  gcc version 12.3.0 (Ubuntu 12.3.0-1ubuntu1~22.04)\n"
)
PROGRAM = """
import pathlib
from discern.gpu import driver
driver._VERSION_FILES = (pathlib.Path("@"),)
print(driver.driver_version())
"""


@pytest.mark.parametrize(
    ("environment", "version"),
    [
        ({"DRIVER": "470.82"}, "470.82"),
        ({"DRIVER": "535.104.05"}, "535.104.05"),
        ({"DRIVER": "535.104.05", "NVML": "18"}, "545.23.06"),  # NVML does not start
        ({}, "545.23.06"),  # NVML does not know
    ],
)
def test_nvml_tells_the_version_or_else_the_kernel_module(
    driver, run_with, tmp_path, environment, version
):
    (tmp_path / "version").write_text(KERNEL_MODULE, encoding="utf-8")
    program = PROGRAM.replace("@", str(tmp_path / "version"))
    assert run_with(driver, program=program, **environment).strip() == version


@pytest.mark.parametrize(
    ("texts", "version"),
    [
        ((None, "535.104.05\n"), "535.104.05"),
        (("no number", "535.104.05\n"), "535.104.05"),
        ((KERNEL_MODULE, "535.104.05\n"), "545.23.06"),
        ((None, None), ""),
    ],
)
def test_the_first_file_that_has_a_version_counts(tmp_path, monkeypatch, texts, version):
    monkeypatch.setattr(driver, "_nvml_version", lambda: "")
    files = [tmp_path / str(number) for number in range(len(texts))]
    for file, text in zip(files, texts, strict=True):
        if text is not None:
            file.write_text(text, encoding="utf-8")
    monkeypatch.setattr(driver, "_VERSION_FILES", files)
    assert driver.driver_version() == version


def test_versions_and_capabilities_are_written_with_a_point():
    assert driver.version(12020) == "12.2"
    assert driver.version(11080) == "11.8"
    assert driver.version((9, 0)) == "9.0"
