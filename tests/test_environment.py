"""The environments: described the same everywhere, and built when they are missing or stale."""

import hashlib
import os
import re
import shutil
import subprocess
import sys
import zipfile
from pathlib import Path

import pytest
import yaml

from discern import environment

CHECKOUT = Path(__file__).parents[1]
ENVS = CHECKOUT / "envs"
LOCKS = ("uv", "snakemake", "training", "training-gpu", "development", "peers")


def pins(lock):
    text = (ENVS / f"{lock}.txt").read_text()
    return dict(re.findall(r"^([\w.-]+)==([^\s;]+)", text, re.MULTILINE))


def test_conda_file_names_the_locks_versions():
    dependencies = yaml.safe_load((ENVS / "training.yaml").read_text())["dependencies"]
    assert f"python={environment.PYTHON}" in dependencies
    (wheels,) = (entry["pip"] for entry in dependencies if isinstance(entry, dict))
    assert dict(wheel.split("==") for wheel in wheels) == pins("training")


@pytest.mark.parametrize("lock", LOCKS)
def test_lock_file_has_hashes_and_names_no_index(lock):
    text = (ENVS / f"{lock}.txt").read_text()
    for block in re.findall(r"^[\w.-]+==.*?(?=^[\w.-]+==|\Z)", text, re.MULTILINE | re.DOTALL):
        assert "--hash=sha256:" in block
    assert "://" not in text
    assert "--index" not in text
    assert "--find-links" not in text


@pytest.mark.parametrize("lock", LOCKS)
def test_lock_file_holds_what_was_asked_for(lock):
    asked = set()
    for line in (ENVS / f"{lock}.in").read_text().splitlines():
        name = re.match(r"[A-Za-z][\w.-]*", line)
        if name:
            asked.add(name[0].lower())
    assert asked <= {name.lower() for name in pins(lock)}


def test_development_tests_the_versions_that_the_rules_run_with():
    tested = pins("development")
    assert {name: tested.get(name) for name in pins("training")} == pins("training")


def test_gpu_environment_differs_in_cuda_alone():
    cpu, gpu = pins("training"), pins("training-gpu")
    assert {name: gpu.get(name) for name in cpu} == cpu
    assert all(name.startswith("nvidia-") for name in set(gpu) - set(cpu))


def test_accelerator_chooses_the_lock_file(monkeypatch):
    assert environment.lock_file("training", "cpu").name == "training.txt"
    assert environment.lock_file("training", "gpu").name == "training-gpu.txt"
    for found, name in ((True, "training-gpu.txt"), (False, "training.txt")):
        monkeypatch.setattr(environment, "has_gpu", lambda found=found: found)
        assert environment.lock_file("training").name == name
        assert environment.lock_file("snakemake").name == "snakemake.txt"


@pytest.fixture
def copy(tmp_path):
    """The builder and the lock files in a folder of their own."""
    shutil.copytree(ENVS, tmp_path / "envs")
    shutil.copytree(CHECKOUT / "workflow/discern", tmp_path / "workflow/discern")
    return tmp_path


def build(folder, *names, path=None):
    return subprocess.run(
        [sys.executable, "-m", "discern.environment", *names],
        cwd=folder,
        env={**os.environ, "PYTHONPATH": "workflow", **({"PATH": path} if path else {})},
        capture_output=True,
        text=True,
        check=False,
    )


def fake_uv(folder, script):
    """A PATH whose uv is ``script``."""
    tools = folder / "tools"
    tools.mkdir()
    (tools / "uv").write_text(f"#!/bin/sh\n{script}\n")
    (tools / "uv").chmod(0o755)
    return f"{tools}:/usr/bin:/bin"


def test_missing_python_is_one_sentence(copy):
    done = build(copy, "training", path=fake_uv(copy, "exit 2"))
    assert done.returncode == 1
    assert "Python 3.11 is needed and uv could neither find nor fetch it; install it" in done.stderr
    assert "Traceback" not in done.stderr


def test_environment_that_could_not_be_filled_is_not_taken_for_whole(copy):
    script = 'case "$1" in venv) exit 0;; *) exit 1;; esac'
    done = build(copy, "training", path=fake_uv(copy, script))
    assert done.returncode == 1
    assert "the packages of training.txt could not be installed" in done.stderr
    assert not (copy / ".venv/training/lock.sha256").exists()


def test_environment_is_built_once_and_again_when_its_lock_changes(copy):
    script = f'echo "$1" >> {copy}/calls; [ "$1" = venv ] && mkdir -p .venv/snakemake/bin; exit 0'
    path = fake_uv(copy, script)
    assert build(copy, "snakemake", path=path).returncode == 0
    assert (copy / "calls").read_text().split() == ["venv", "pip"]
    again = build(copy, "snakemake", path=path)
    assert again.stderr == ""
    assert (copy / "calls").read_text().split() == ["venv", "pip"]
    with (copy / "envs/snakemake.txt").open("a") as file:
        file.write("# changed\n")
    changed = build(copy, "snakemake", path=path)
    assert "Building .venv/snakemake from envs/snakemake.txt" in changed.stderr
    assert (copy / "calls").read_text().split()[2:] != []


@pytest.fixture
def wheel(tmp_path):
    """The wheel of a package that does nothing, in a folder of its own."""
    path = tmp_path / "wheels" / "some_tool-1.0-py3-none-any.whl"
    path.parent.mkdir()
    about = "some_tool-1.0.dist-info"
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr("some_tool.py", "")
        archive.writestr(
            f"{about}/METADATA", "Metadata-Version: 2.1\nName: some-tool\nVersion: 1.0\n"
        )
        archive.writestr(
            f"{about}/WHEEL", "Wheel-Version: 1.0\nRoot-Is-Purelib: true\nTag: py3-none-any\n"
        )
        archive.writestr(f"{about}/RECORD", "")
    return path


def test_a_package_with_another_hash_than_its_lock_files_is_not_installed(copy, wheel, monkeypatch):
    own = environment.folder("uv") / "bin"
    path = f"{os.environ['PATH']}:{own}"
    for name, value in (("FIND_LINKS", wheel.parent), ("NO_INDEX", 1), ("OFFLINE", 1)):
        monkeypatch.setenv(f"UV_{name}", str(value))
    lock = copy / "envs/snakemake.txt"
    for digest in ("0" * 64, None):
        hashed = f" --hash=sha256:{digest}" if digest else ""
        lock.write_text(f"some-tool==1.0{hashed}\n")
        done = build(copy, "snakemake", path=path)
        assert done.returncode == 1
        assert "the packages of snakemake.txt could not be installed" in done.stderr
        assert "hash" in done.stderr.lower()
        assert not (copy / ".venv/snakemake/lock.sha256").exists()
        assert not list(copy.rglob("some_tool.py"))
    right = hashlib.sha256(wheel.read_bytes()).hexdigest()
    lock.write_text(f"some-tool==1.0 --hash=sha256:{right}\n")
    assert build(copy, "snakemake", path=path).returncode == 0
    assert list(copy.rglob("some_tool.py"))
    assert list(copy.rglob("__pycache__/some_tool.*.pyc"))  # so that no start compiles it


@pytest.mark.slow
def test_gpu_lock_file_can_be_solved():
    uv = shutil.which("uv") or str(environment.folder("uv") / "bin/uv")
    command = [uv, "pip", "compile", "--quiet", "--python-version", "3.11", "--no-header"]
    done = subprocess.run(
        [*command, "--constraint", str(ENVS / "training-gpu.txt"), str(ENVS / "training-gpu.in")],
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    assert "nvidia-cudnn" in done.stdout
