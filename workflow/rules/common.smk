import json
import os
import shlex
import sys
from pathlib import Path

import snakemake
from packaging.version import Version

PROJECT = Path(workflow.basedir)
sys.path.insert(0, str(PROJECT / "workflow"))

from discern import configuration, environment, resolved
from discern.errors import DiscernError
from discern.file_times import end_the_future
from discern.files import require_writable, sha256
from discern.fingerprint import code_fingerprint
from snakemake.exceptions import WorkflowError
from snakemake.settings.types import DeploymentMethod
from snakemake.utils import update_config

# Snakemake leaves text what stands within a value of --config, as in training='{epochs: 3}'.
update_config(config, configuration.typed(workflow.config_settings.config))
try:
    configuration.check(config)
except DiscernError as error:
    raise WorkflowError(str(error)) from None

ROWS = configuration.rows(config)
RESULTS = f"results/{config['version']}"
IS_SEARCH = "search" in config
RESULT = f"{RESULTS}/{'search/verdicts.md' if IS_SEARCH else 'report/index.html'}"
LOCK = environment.lock_file("training", config["environment"]["accelerator"])
ENVIRONMENT = environment.digest(LOCK)
IN_CONDA = DeploymentMethod.CONDA in workflow.deployment_settings.deployment_method

# Between-workflow caching (--cache) knows rules with several outputs since Snakemake 9.20. The lock
# file's hash among the params stands for the software.
CACHEABLE = (
    "omit-software" if Version(snakemake.__version__) >= Version("9.20") else False
)
# It keeps its files here unless it is told another place.
CACHE = os.environ.setdefault("SNAKEMAKE_OUTPUT_CACHE", str(PROJECT / ".cache"))
# The shell that gives its command one of several GPUs. It is a resource and not part of a command,
# whose text Snakemake compares to find out what to do again.
ONE_GPU = str(PROJECT / "workflow/discern/devices.py")
# Where the data comes from and how its classes are called does not change what it is: these settings
# reach the download by the process's environment and not as params, so that another source does not
# redo everything.
os.environ.update(
    DISCERN_SOURCES=json.dumps(
        {k: v for k, v in config["data"].items() if k != "sha256"}
    )
)


def prepare():
    """Before the first job: no other finished results, writable folders, sane times, environment.

    The environment is built where the rules need it and it is missing or out of date.
    """
    try:
        resolved.refuse_another(Path(RESULTS), config)
        for folder in (RESULTS, f"logs/{config['version']}", CACHE):
            require_writable(Path(folder))
        if count := end_the_future(Path(RESULTS)):
            print(
                f"{count} files in {RESULTS} were of the future, as after a clock is set back; "
                "they have the present time now",
                file=sys.stderr,
            )
        if not IN_CONDA and not config["environment"]["python"]:
            environment.build("training", LOCK)
    except (DiscernError, environment.BuildError) as error:
        raise WorkflowError(str(error)) from None


def interpreter_folder():
    """The folder of the rules' interpreter, or None where conda provides it."""
    if IN_CONDA:
        return None
    named = config["environment"]["python"]
    if named and not Path(named).is_file():
        raise WorkflowError(
            f"environment.python is {named}, which does not exist; name an interpreter or null"
        )
    return Path(named).parent if named else environment.folder("training") / "bin"


def shell_prefix():
    """What precedes every rule's command: it finds the package and the interpreter."""
    python_path = f"export PYTHONPATH={shlex.quote(str(PROJECT / 'workflow'))}; "
    folder = interpreter_folder()
    return python_path + (
        f"export PATH={shlex.quote(str(folder))}:$PATH; " if folder else ""
    )


# In a prefix, too, Snakemake takes what stands between braces for a variable.
shell.prefix(shell_prefix().replace("{", "{{").replace("}", "}}"))


def code(stage, row=None):
    """The fingerprint of a stage's code, and of a row's loss where the stage uses it."""
    losses = [f"discern.losses.{row.loss}"] if row else []
    return code_fingerprint(f"discern.stages.{stage}", *losses)


def or_none(value):
    """``value``, or the word that the stages' options have for None."""
    return "none" if value is None else value


def as_json(value):
    """``value`` as JSON, behind a function, as Snakemake takes braces in a text for wildcards."""
    text = json.dumps(value)
    return lambda wildcards: text


def row_of(wildcards):
    """The row that a job belongs to."""
    return ROWS[wildcards.loss]


def classes_of(wildcards):
    """The classes that a job's training sees and those that it is judged by."""
    return configuration.class_split(config, int(wildcards.seed))


def trainings(wanted=lambda row: True):
    """Label and seed of every training of the rows that are ``wanted``, the baseline included."""
    return [
        (row.label, seed) for row in ROWS.values() if wanted(row) for seed in row.seeds
    ]


def is_trained(row):
    """Whether a row has a network."""
    return row.record.trained


def growing(amount):
    """Memory (MB) or run time (minutes) that a job asks for: as much again at each further attempt.

    The amounts are at least one and a half times what the whole of MNIST took on two busy cores.
    """
    return lambda wildcards, attempt: attempt * amount


def measuring_threads(wildcards):
    """Two for raw pixels, which are six times as wide as embeddings and take as much longer."""
    return 1 if is_trained(row_of(wildcards)) else 2


def for_each(pattern, chosen):
    """``pattern`` (or several) with {loss} and {seed} of each label and seed of ``chosen``."""
    losses, seeds = zip(*chosen) if chosen else ((), ())
    return expand(pattern, zip, loss=losses, seed=seeds, allow_missing=True)


def maps_of(chosen):
    """The map's file of each label and seed of ``chosen`` that has one."""
    sources = {
        "tsne": [rules.tsne.output.map],
        "embedding": [rules.embed.output.queries],
        "none": [],
    }
    return [
        file
        for loss, seed in chosen
        for file in for_each(sources[ROWS[loss].map], [(loss, seed)])
    ]
