"""The environments: described the same everywhere, and built when they are missing or stale."""

import hashlib
import os
import re
import shutil
import sys
import zipfile
from pathlib import Path

import pytest
import yaml

import nvidia_smi
from discern.setup import environments, one_gpu
from programs import run_program

CHECKOUT = Path(__file__).parents[2]
ENVS = CHECKOUT / "envs"
LOCKS = ("uv", "snakemake", "training", "training-gpu", "development", "peers")


def pins(lock):
    text = (ENVS / f"{lock}.txt").read_text()
    return dict(re.findall(r"^([\w.-]+)==([^\s;]+)", text, re.MULTILINE))


def test_conda_file_names_the_locks_versions():
    dependencies = yaml.safe_load((ENVS / "training.yaml").read_text())["dependencies"]
    assert f"python={environments.PYTHON}" in dependencies
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


@pytest.fixture
def tools(tmp_path, monkeypatch):
    """A folder for an nvidia-smi that is played, on a PATH that has no other."""
    folder = tmp_path / "tools"
    folder.mkdir()
    (folder / "sh").symlink_to(shutil.which("sh"))
    monkeypatch.setenv("PATH", str(folder))
    monkeypatch.setattr(one_gpu, "DRIVER", str(folder / "driver"))
    environments._cards.cache_clear()
    yield folder
    environments._cards.cache_clear()


def assert_auto_is(accelerator, lock, reason=""):
    assert environments.has_gpu() is (accelerator == "gpu")
    assert environments.why_no_gpu() == reason
    assert environments.accelerator("auto") == accelerator
    assert environments.lock_file("training").name == lock
    assert environments.lock_file("snakemake").name == "snakemake.txt"
    for setting, named in (("cpu", "training.txt"), ("gpu", "training-gpu.txt")):
        assert environments.accelerator(setting) == setting
        assert environments.lock_file("training", setting).name == named


def test_auto_is_a_gpu_where_nvidia_smi_lists_a_card(tools):
    nvidia_smi.install(tools, nvidia_smi.listing(*nvidia_smi.CARDS[:2]))
    assert_auto_is("gpu", "training-gpu.txt")


def test_auto_is_the_cpu_where_there_is_no_sign_of_a_card(tools):
    assert_auto_is("cpu", "training.txt")


@pytest.mark.parametrize("status", [0, 6, 9])
def test_auto_is_the_cpu_where_nvidia_smi_lists_no_card_and_the_reason_is_given(tools, status):
    said = f"status {status}" if status else "no list of cards"
    nvidia_smi.install(tools, f"echo No devices were found; exit {status}")
    reason = f"nvidia-smi failed ({said}: No devices were found)"
    assert_auto_is("cpu", "training.txt", reason)


def test_auto_is_the_cpu_where_a_driver_has_no_nvidia_smi_and_the_reason_is_given(tools):
    (tools / "driver").mkdir()
    reason = "there is an NVIDIA driver, but nvidia-smi is not on PATH"
    assert_auto_is("cpu", "training.txt", reason)


def test_nvidia_smi_is_asked_once_and_only_where_it_matters(tools):
    nvidia_smi.install(tools, f"echo asked >> {tools}/asked; exit 9")
    assert environments.accelerator("cpu") == "cpu"
    assert environments.lock_file("training", "gpu").name == "training-gpu.txt"
    assert environments.lock_file("snakemake").name == "snakemake.txt"
    assert not (tools / "asked").exists()
    for _ in range(2):
        assert environments.accelerator("auto") == "cpu"
        assert environments.why_no_gpu()
    assert (tools / "asked").read_text() == "asked\n"


@pytest.fixture
def copy(tmp_path):
    """The builder, the lock files and what else an installation needs, in a folder of their own."""
    return copy_checkout(tmp_path / "checkout")


def copy_checkout(target):
    target.mkdir()
    for name in ("pyproject.toml", "README.md", "LICENSE"):
        shutil.copy(CHECKOUT / name, target)
    for name in ("envs", "workflow/discern"):
        ignored = shutil.ignore_patterns("__pycache__")
        shutil.copytree(CHECKOUT / name, target / name, ignore=ignored)
    return target


def build(checkout, name, path, python=sys.executable, options=(), **environment):
    """Build an environment of a checkout with the uv that is on a PATH."""
    command = [python, "-m", "discern.setup.environments", name, *options]
    environment = os.environ | {"PATH": path} | environment
    return run_program(*command, cwd=checkout / "workflow", env=environment)


def steps_of(checkout, uv, name="snakemake"):
    """What uv was called for when an environment was built, which succeeded."""
    uv.steps()
    done = build(checkout, name, uv.path)
    assert done.returncode == 0, done.stderr
    return uv.steps()


ALL_STEPS = ["venv", "pip sync", "pip install"]


@pytest.mark.parametrize(
    ("fails", "sentence"),
    [
        (
            'test "$1" != venv',
            "uv could neither find nor download Python 3.11; install it",
        ),
        ('test "$2" != sync', "the packages of training.txt could not be installed"),
        ('test "$2" != install', "this checkout could not be installed into"),
    ],
    ids=["no Python", "no packages", "no installation"],
)
def test_an_environment_that_could_not_be_made_is_one_sentence_and_not_taken_for_whole(
    copy, uv, fails, sentence
):
    uv.does(fails)
    done = build(copy, "training", uv.path)
    assert done.returncode == 1
    assert sentence in done.stderr
    assert "Traceback" not in done.stderr
    steps = uv.steps()
    assert build(copy, "training", uv.path).returncode == 1
    assert uv.steps() == steps


@pytest.mark.parametrize(
    ("name", "options", "told"),
    [
        ("training", [], True),
        ("training", ["--accelerator", "cpu"], False),
        ("training", ["--accelerator", "gpu"], False),
        ("snakemake", [], False),
    ],
)
def test_whoever_builds_for_the_cpu_because_nvidia_smi_failed_says_so(
    copy, uv, name, options, told
):
    nvidia_smi.install(uv.program.parent, "echo No devices were found; exit 6")
    done = build(copy, name, uv.path, options=options)
    sentence = (
        "discern: accelerator auto: nvidia-smi failed (status 6: No devices were found): "
        "trainings use the CPU\n"
    )
    assert done.returncode == 0, done.stderr
    assert done.stderr.count(sentence) == told
    assert ("accelerator auto" in done.stderr) is told


def test_an_environment_is_built_once_and_filled_again_when_its_lock_changes(copy, uv):
    assert steps_of(copy, uv) == ALL_STEPS
    (copy / ".venv/snakemake.building").unlink()
    again = build(copy, "snakemake", uv.path)
    assert (again.returncode, again.stderr, uv.steps()) == (0, "", [])
    # a current environment may belong to another user
    assert not (copy / ".venv/snakemake.building").exists()
    with (copy / "envs/snakemake.txt").open("a") as file:
        file.write("# changed\n")
    changed = build(copy, "snakemake", uv.path)
    assert f"Building {copy}/.venv/snakemake from envs/snakemake.txt" in changed.stderr
    assert uv.steps() == ["pip sync", "pip install"]


def test_an_environment_whose_refilling_failed_is_not_current_with_its_former_lock(copy, uv):
    assert steps_of(copy, uv) == ALL_STEPS
    lock = copy / "envs/snakemake.txt"
    former = lock.read_text()
    lock.write_text(f"{former}# changed\n")
    uv.does("exit 1")
    assert build(copy, "snakemake", uv.path).returncode == 1
    lock.write_text(former)
    uv.does("")
    assert steps_of(copy, uv) == ALL_STEPS


def test_a_moved_checkout_gets_its_environments_anew(copy, uv):
    assert steps_of(copy, uv) == ALL_STEPS
    moved = copy.rename(copy.with_name("moved"))
    assert steps_of(moved, uv) == ALL_STEPS
    assert steps_of(moved, uv) == []


def test_a_linked_environment_is_current_as_long_as_the_checkout_that_built_it_is_there(
    copy, uv, tmp_path
):
    second = copy_checkout(tmp_path / "second")
    elsewhere = tmp_path / "elsewhere"
    elsewhere.mkdir()
    for checkout in (copy, second):
        (checkout / ".venv").symlink_to(elsewhere)
    assert steps_of(copy, uv) == ALL_STEPS
    assert steps_of(second, uv) == []
    shutil.rmtree(copy)
    assert steps_of(second, uv) == ["pip sync", "pip install"]


def test_an_environment_can_be_built_outside_the_checkout(copy, uv, tmp_path):
    done = build(copy, "snakemake", uv.path, options=["--into", "../elsewhere"])
    assert done.returncode == 0, done.stderr
    elsewhere = copy / "elsewhere"
    assert next(line.split()[-1] for line in uv.lines()) == str(elsewhere / "snakemake")
    assert (elsewhere / "snakemake/built.json").exists()
    assert not (copy / ".venv").exists()


def test_an_environment_that_may_not_be_built_there_is_one_sentence_with_the_remedy(copy, uv):
    (copy / ".venv").touch()
    done = build(copy, "snakemake", uv.path)
    assert done.returncode == 1
    assert done.stderr == (
        f"discern: {copy}/.venv/snakemake is missing or not built from the current lock file, and "
        f"can't be built: {copy}/.venv: File exists; build it in a folder of yours "
        "(docs/elsewhere.md)\n"
    )


def test_a_file_system_that_can_not_lock_is_named_and_used(copy, uv, tmp_path):
    (tmp_path / "sitecustomize.py").write_text(
        "import errno, fcntl, os\n"
        "def refuse(file, operation):\n"
        "    raise OSError(errno.ENOSYS, os.strerror(errno.ENOSYS))\n"
        "fcntl.flock = refuse\n"
    )
    done = build(copy, "snakemake", uv.path, PYTHONPATH=str(tmp_path))
    assert done.returncode == 0, done.stderr
    assert uv.steps() == ALL_STEPS
    guard = copy / ".venv/snakemake.building"
    assert f"{guard} can't be locked (Function not implemented); start no other run" in done.stderr


def test_peers_have_an_environment_without_discern(copy, uv):
    assert steps_of(copy, uv, "peers") == ["venv", "pip sync"]


@pytest.mark.parametrize("version", ["3.8", "3.9", "3.10", "3.12", "3.13"])
def test_the_builder_runs_with_any_python_from_3_8(copy, uv, interpreter, version):
    done = build(copy, "snakemake", uv.path, interpreter(version))
    assert done.returncode == 0, done.stderr
    assert uv.steps() == ALL_STEPS


ABOUT = "some_tool-1.0.dist-info"
WHEEL = {
    "some_tool.py": "",
    f"{ABOUT}/METADATA": "Metadata-Version: 2.1\nName: some-tool\nVersion: 1.0\n",
    f"{ABOUT}/WHEEL": "Wheel-Version: 1.0\nRoot-Is-Purelib: true\nTag: py3-none-any\n",
    f"{ABOUT}/RECORD": "",
}


@pytest.fixture
def wheel(tmp_path):
    """The wheel of a package that does nothing, in a folder of its own."""
    path = tmp_path / "wheels" / "some_tool-1.0-py3-none-any.whl"
    path.parent.mkdir()
    with zipfile.ZipFile(path, "w") as archive:
        for name, text in WHEEL.items():
            archive.writestr(name, text)
    return path


def test_package_is_installed_with_its_locks_hash_alone_and_discern_beside_it(
    copy, wheel, monkeypatch
):
    own = environments.folder("uv") / "bin"
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
        assert not (copy / ".venv/snakemake/built.json").exists()
        assert not list(copy.rglob("some_tool.py"))
    right = hashlib.sha256(wheel.read_bytes()).hexdigest()
    lock.write_text(f"some-tool==1.0 --hash=sha256:{right}\n")
    before = files_of(copy)
    done = build(copy, "snakemake", path=path)
    assert done.returncode == 0, done.stderr
    environment = copy / ".venv/snakemake"
    assert list(environment.rglob("some_tool.py"))
    assert list(environment.rglob("__pycache__/some_tool.*.pyc"))  # so that no start compiles it
    assert (environment / "bin/discern").exists()
    where = "import discern; print(discern.__file__)"
    done = run_program(environment / "bin/python", "-I", "-c", where)
    assert Path(done.stdout.strip()) == copy / "workflow/discern/__init__.py"
    assert files_of(copy) == before


def files_of(checkout):
    """A checkout's files without its environments and what Python compiles."""
    paths = (path.relative_to(checkout) for path in checkout.rglob("*"))
    return {path for path in paths if not {".venv", "__pycache__"} & set(path.parts)}


@pytest.mark.slow
def test_gpu_lock_file_can_be_solved():
    uv = shutil.which("uv") or str(environments.folder("uv") / "bin/uv")
    command = [uv, "pip", "compile", "--quiet", "--python-version", "3.11", "--no-header"]
    files = ["--constraint", ENVS / "training-gpu.txt", ENVS / "training-gpu.in"]
    done = run_program(*command, *files)
    assert done.returncode == 0, done.stderr
    assert "nvidia-cudnn" in done.stdout
