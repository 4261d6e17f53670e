"""A job is the same wherever and however it is started."""

from __future__ import annotations

import json
import os
import sys
from dataclasses import replace
from pathlib import Path

import pytest

import discern
from claims import words_of
from discern.stages.command import Stage
from discern.stages.split import Split
from discern.stages.surroundings import fixed_environment
from programs import run_program

PACKAGE = Path(discern.__path__[0]).parent
# What a rule's command is filled in with: a job's own words take the place of its options.
COMMAND = Stage.shell("{stage}").partition(" --")[0]
# The old OpenBLAS of some machines does not start without them.
NEEDED = {name: os.environ[name] for name in os.environ if name.startswith("OPENBLAS_")}


@pytest.mark.parametrize(
    "name",
    [
        *("ONEDNN_MAX_CPU_ISA", "DNNL_MAX_CPU_ISA", "TF_USE_LEGACY_KERAS"),
        *("XLA_FLAGS", "TF_XLA_FLAGS", "TF_FORCE_GPU_ALLOW_GROWTH", "NVIDIA_TF32_OVERRIDE"),
        *("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "KMP_AFFINITY", "GLIBC_TUNABLES"),
        *("PYTHONHASHSEED", "PYTHONWARNINGS", "MATPLOTLIBRC", "LD_PRELOAD"),
    ],
)
def test_what_could_change_a_result_unnoticed_is_taken_away(name):
    assert name not in fixed_environment({name: "1"})


@pytest.mark.parametrize(
    "name",
    [
        *("PATH", "HOME", "TMPDIR", "LD_LIBRARY_PATH", "CUDA_VISIBLE_DEVICES", "CUDA_CACHE_PATH"),
        *("https_proxy", "HTTPS_PROXY", "no_proxy", "REQUESTS_CA_BUNDLE", "PIP_INDEX_URL"),
        *("DISCERN_DATA", "DISCERN_SOURCES", "OPENBLAS_CORETYPE", "MPLCONFIGDIR"),
    ],
)
def test_what_a_machine_or_its_network_needs_is_kept(name):
    assert fixed_environment({name: "a value"})[name] == "a value"


def test_a_fixed_environment_stays_as_it_is():
    fixed = fixed_environment(os.environ)
    assert fixed_environment(fixed) == fixed


@pytest.mark.parametrize("given", [{}, {"TF_ENABLE_ONEDNN_OPTS": "0"}])
def test_tensorflow_uses_onednn_on_every_processor_and_whatever_the_caller_says(given):
    asked = "from tensorflow.python.util._pywrap_util_port import IsMklEnabled as enabled"
    done = run_program(
        *(sys.executable, "-c", f"{asked}; print(enabled())"),
        env=fixed_environment(given | NEEDED | {"PATH": os.defpath}),
    )
    assert done.stdout == "True\n", done.stderr


def run_as_a_rule_does(job, folder, **environment):
    """Run a job by the command of its rule, in ``folder``."""
    command = COMMAND.replace("{stage}", job.stage()) + ' "$@"'
    done = run_program(
        *("bash", "-c", command, "bash", *words_of(job)),
        cwd=folder,
        env=environment | {"DISCERN_PACKAGE": str(PACKAGE), "DISCERN_PYTHON": sys.executable},
    )
    assert done.returncode == 0, done.stderr


HOSTILE = {
    "TF_ENABLE_ONEDNN_OPTS": "0",
    "ONEDNN_MAX_CPU_ISA": "SSE41",
    "DNNL_MAX_CPU_ISA": "SSE41",
    "TF_USE_LEGACY_KERAS": "1",
    "MPLBACKEND": "module://matplotlib_inline.backend_inline",
    "OMP_NUM_THREADS": "7",
    "PYTHONWARNINGS": "error",
    "PYTHONHASHSEED": "7",
    "CUDA_VISIBLE_DEVICES": "0",
}


@pytest.mark.parametrize("keras", [{"floatx": "float64"}, {"image_data_format": "channels_first"}])
def test_a_training_depends_neither_on_the_callers_settings_nor_on_the_working_directory(
    job, downloaded, tmp_path, keras
):
    job("split").run()
    clean, hostile = tmp_path / "clean", tmp_path / "hostile"
    (hostile / ".keras").mkdir(parents=True)
    (hostile / ".keras" / "keras.json").write_text(json.dumps(keras))
    for name in ("random", "json", "numpy"):
        (hostile / f"{name}.py").write_text("raise ImportError('the wrong one')")
    clean.mkdir()
    found = []
    for folder, further in ((clean, {}), (hostile, HOSTILE)):
        training = replace(
            job("train"),
            history=folder / "history.csv",
            checkpoints=folder / "checkpoints",
            unfinished=folder / ".resume",
            record=folder / "record.json",
        )
        run_as_a_rule_does(training, folder, HOME=str(folder), PATH=os.defpath, **NEEDED, **further)
        files = sorted(training.checkpoints.iterdir())
        found.append([(path.name, path.read_bytes()) for path in files])
    assert found[0]
    assert found[0] == found[1]


def test_a_job_starts_again_once_whatever_the_interpreter_sets_at_every_start(tmp_path):
    (tmp_path / "sitecustomize.py").write_text("import os; os.environ['SITE'] = 'set'")
    done = run_program(
        *(sys.executable, "-m", "discern.stages.split", "--help"),
        env=NEEDED | {"PYTHONPATH": f"{PACKAGE}:{tmp_path}", "PYTHONOPTIMIZE": "2"},
        timeout=60,
    )
    assert done.returncode == 0, done.stderr
    # without docstrings, as the caller's variable would have it, there would be no description
    assert "--train-images" in done.stdout
    assert Split.__doc__.splitlines()[0] in done.stdout


def test_a_figure_does_not_depend_on_the_callers_backend(job, drawable, tmp_path):
    figure = job("map_figure")
    run_as_a_rule_does(figure, tmp_path, HOME=str(tmp_path), PATH=os.defpath, **NEEDED, **HOSTILE)
    assert all(path.stat().st_size > 1000 for path in figure.figures)


def test_what_chooses_the_processors_routines_stands_in_the_record(job, downloaded, tmp_path):
    given = NEEDED | {"OPENBLAS_CORETYPE": "Haswell", "HOME": str(tmp_path), "PATH": os.defpath}
    split = job("split")
    run_as_a_rule_does(split, tmp_path, **given)
    assert "OPENBLAS_CORETYPE=Haswell" in json.loads(split.record.read_text())["device"]
