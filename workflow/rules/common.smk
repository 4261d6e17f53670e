import json
import os
import shlex
import sys
from collections import Counter
from contextlib import suppress
from dataclasses import asdict
from functools import lru_cache, partial

from discern.configuration import baseline, check, other_networks, snapshot
from discern.configuration.plan import Plan
from discern.configuration.row import as_json as rows_as_json
from discern.configuration.rows import class_split, described_splits, rows
from discern.configuration.tested_pairs import pairs_to_test
from discern.files import require_writable, sha256
from discern.measures import catalogue
from discern.provenance.fingerprint import code_fingerprint
from discern.provenance.record import read_record, refuse_other_accelerator
from discern.results import IDX_FILES, Version
from discern.setup import environments, image
from discern.setup.clock import end_the_future
from discern.stages.options import flag
from discern.terminal.closing import leaderboard_head
from discern.terminal.display import Display
from discern.terminal.estimate import Costs, Slots, default_costs
from discern.training.settings import imported_by_name
from snakemake.common.configfile import load_configfile
from snakemake.logging import logger
from snakemake.settings.types import DeploymentMethod, Quietness

if set("{}") & set(str(PROJECT)):
    raise WorkflowError(
        f"{PROJECT}: Snakemake would take the braces for a wildcard; move the checkout to a path "
        "without braces"
    )


def configurations():
    """The configurations that are laid over each other, the lowest first.

    They are the project's, that of the working directory or of the workflow that uses this one as a
    module, the files of the command line, and --config.
    """
    named = workflow.overwrite_configfiles
    if workflow.modifier.skip_configfile:
        given = [config]
    else:
        replaced = workflow.config_settings.replace_workflow_config
        own = [] if replaced else workflow.configfiles[len(named) :]
        given = map(load_configfile, [*own, *named])
    # Snakemake does not parse strings inside a value of --config, as in training='{epochs: 3}'.
    command_line = layers.typed(workflow.config_settings.config)
    return [load_configfile(PROJECT / "config.yaml"), *given, command_line]


try:
    layers.refuse_repeated_options(sys.argv)
    for file in workflow.configfiles:
        layers.refuse_misread(Path(file))
    # Snakemake's own result lacks an empty mapping that is laid over another value.
    config = layers.laid_over_each_other(*configurations())
    check.check(config)
    BASELINES = baseline.read_baselines(config)
    OWN = config
    config = baseline.with_baselines(OWN, BASELINES)
    ROWS = baseline.with_published(rows(config), OWN["losses"], BASELINES)
    OTHER_NETWORKS = other_networks.read_other_networks(config, ROWS.values())
    # What networks were trained on is a setting, although the configuration does not have it.
    TRAINED_ON = {"trained_on": OTHER_NETWORKS.trained_on} if OTHER_NETWORKS else {}
    baseline.refuse_incomparable(
        OWN | TRAINED_ON,
        BASELINES,
        code_fingerprint("discern.stages.measure", *catalogue.modules()),
    )
    TESTED_PAIRS = pairs_to_test(config["evaluation"]["tested_pairs"], ROWS)
except DiscernError as error:
    raise WorkflowError(str(error)) from None

if "DISCERN_PRINT_CONFIG" in os.environ:  # make config
    sys.stdout.buffer.write(layers.as_yaml(config).encode())  # UTF-8 in any locale
    sys.exit()

config |= TRAINED_ON
IS_SEARCH = "search" in config
QUERIES = config["evaluation"]["queries"]
# The files of this version, and the path patterns for any version.
RESULTS = Version(Path("results", config["version"]))
VERSION = Version(Path("results/{version}"))
TRAINING = ("{label}", "{seed}")
PLAN = Plan(
    ROWS,
    VERSION,
    QUERIES,
    IS_SEARCH,
    bool(config["corruption"]),
    config["figures"]["drawn_seeds"] == "all",
)
ROWS_AS_JSON = rows_as_json(ROWS.values())
# The version's folder, as used in commands.
FOLDER = "results/{wildcards.version}"
RESULT = RESULTS.verdicts if IS_SEARCH else RESULTS.page

CORRUPTION = config["corruption"] or {}
CLASS_NAMES = config["data"]["class_names"]
CONDA = "../../envs/training.yaml"
IN_CONDA = DeploymentMethod.CONDA in workflow.deployment_settings.deployment_method
IN_APPTAINER = (
    DeploymentMethod.APPTAINER in workflow.deployment_settings.deployment_method
)


def cache():
    """The cache between versions: the checkout's, or the working directory's if that is read-only."""
    shared = PROJECT / ".cache"
    writable = os.access(shared if shared.exists() else PROJECT, os.W_OK)
    return str(shared if writable else Path(".cache").absolute())


# Between-workflow caching stores its files here by default.
CACHE = os.environ.setdefault("SNAKEMAKE_OUTPUT_CACHE", cache())


def accelerator():
    """Where trainings run: cpu or gpu. A job on another machine is told what was decided here."""
    setting = config["environment"]["accelerator"]
    if not PLAN.trained_here:
        return "cpu"
    if IN_CONDA and setting == "gpu":
        raise WorkflowError(
            "with --sdm conda the rules' environment has no CUDA libraries; set "
            "environment.accelerator to cpu, or leave out --sdm conda"
        )
    if setting == "auto" and not workflow.is_main_process:
        setting = os.environ.get("DISCERN_ACCELERATOR", setting)
    return "cpu" if IN_CONDA else environments.accelerator(setting)


ACCELERATOR = accelerator()
LOCK = environments.lock_file("training", ACCELERATOR)
# Only trainings use a GPU. The other jobs' packages are the same in both lock files.
ENVIRONMENT = environments.digest(environments.lock_file("training", "cpu"))
ENVIRONMENT_OF_TRAINING = environments.digest(LOCK)


def prepare():
    """Before the first job: check settings, folders and file times, and build the environment.

    The environment is built if the rules need it and it is missing or out of date.
    """
    try:
        snapshot.refuse_another(RESULTS, config)
        for folder in (RESULTS.folder, f"logs/{config['version']}", CACHE):
            require_writable(Path(folder))
        if count := end_the_future(RESULTS.folder):
            print(
                f"{count} files in {RESULTS.folder} had times in the future, as after a clock is "
                "set back; their times are set to now",
                file=sys.stderr,
            )
        if config["environment"]["accelerator"] == "auto" and PLAN.trained_here:
            if reason := environments.why_no_gpu():
                print(
                    f"accelerator auto: {reason}: trainings use the CPU",
                    file=sys.stderr,
                )
            trained = [
                RESULTS.record("train", row.label, seed)
                for row, seed in PLAN.trained_here
            ]
            refuse_other_accelerator(trained, ACCELERATOR)
        if not (IN_CONDA or IN_APPTAINER or config["environment"]["python"]):
            environments.build("training", LOCK)
    except (DiscernError, environments.BuildError) as error:
        raise WorkflowError(str(error)) from None


def show_progress():
    """Show a line when a job begins and ends, and the time left, instead of Snakemake's messages.

    Snakemake's stay where it was asked for more of them or for none, or logs in another way.
    """
    asked = workflow.output_settings
    quiet = set(asked.quiet or ()) - {Quietness.HOST}
    terminal = [each for each in logger.handlers if each.name == "DefaultStreamHandler"]
    if (
        quiet
        or asked.verbose
        or asked.printshellcmds
        or asked.debug_dag
        or not terminal
    ):
        return
    costs = Costs(default_costs(config))
    for path in filter(Path.is_file, PLAN.records()):
        with suppress(DiscernError):  # a damaged one, which only its job can replace
            record = read_record(path)
            costs.add(record["stage"], record["wall_seconds"])
    gpus = workflow.scheduler.global_resources.get("gpu")
    slots = Slots(workflow.cores, config["training"]["threads"], gpus)
    display = Display(
        terminal[0],
        Counter(job.rule.name for job in workflow.dag.needrun_jobs() if job.log),
        costs,
        slots if workflow.local_exec else None,
    )
    printed = shlex.quote(str(display.printed))
    shell.prefix(f"set -euo pipefail; exec 2>> {printed}; ")
    logger.removeHandler(terminal[0])
    logger.addHandler(display)
    display.watch()


def show_result():
    """Show the leaderboard's first rows and where the result is, if this run has made it."""
    if not any(str(RESULT) in job.output for job in workflow.dag.finished_jobs):
        return
    if not IS_SEARCH:
        headline = config["evaluation"]["headline"]
        head = leaderboard_head(RESULTS.leaderboard("csv"), headline)
        print("", *head, "", sep="\n", file=sys.stderr)
    print(f"The result is {RESULT}", file=sys.stderr)


def interpreter():
    """The stages' Python: the configured one, conda's, the image's, or that of .venv/training."""
    named = config["environment"]["python"]
    if IN_CONDA:
        return "python"
    if IN_APPTAINER:
        return named or image.PYTHON
    if named and not Path(named).is_file():
        raise WorkflowError(
            f"environment.python is {named}, which does not exist; give an interpreter or null"
        )
    if workflow.modifier.is_main_snakefile():
        return named or str(environments.folder("training") / "bin" / "python")
    # Nothing is prepared where the workflow is a module of another.
    return named or str(PROJECT / "workflow/discern/setup/interpreter.py")


# These values reach the jobs as environment variables, because a change of params or commands would
# redo everything: the interpreter, the package (that of this checkout, whatever the interpreter has
# installed), the sources of the data and the names of its classes. So does where trainings run, for
# the choice of a GPU. A GPU's compiled kernels are kept for the next training.
os.environ.setdefault("CUDA_CACHE_PATH", str(Path(CACHE, "kernels").absolute()))
os.environ.update(
    CUDA_CACHE_MAXSIZE=str(4 * 2**30),
    DISCERN_ACCELERATOR=ACCELERATOR,
    DISCERN_PYTHON=interpreter(),
    DISCERN_PACKAGE=str(PROJECT / "workflow"),
    DISCERN_SOURCES=json.dumps(
        {k: v for k, v in config["data"].items() if k != "sha256"}
    ),
)


# Some schedulers do not hand on the environment.
envvars:
    "DISCERN_ACCELERATOR",


if IN_APPTAINER:
    try:
        IMAGE = image.named()
    except DiscernError as error:
        raise WorkflowError(str(error)) from None

    container: IMAGE


# Why a job ended that could not say why.
KILLED_HERE = "killed, usually because memory ran out: run fewer at a time"
KILLED_BY_SCHEDULER = (
    "ended by the scheduler or by somebody (CANCELLED): at its time limit (TIMEOUT), or because it "
    "used more memory than it had asked for (OUT_OF_MEMORY, or FAILED if only the scheduler's log "
    "says so; the profile names its folder). More minutes or MB for a rule: --set-resources "
    "train:runtime=480 train:mem_mb=8000, which does not grow with each attempt"
)


@lru_cache(maxsize=None)
def code(stage, *modules):
    """The fingerprint of a stage's code, and of modules that it imports by a computed name.

    Thousands of trainings ask for that of the same few losses.
    """
    return code_fingerprint(f"discern.stages.{stage}", *modules)


def code_of_row(stage):
    """The fingerprint of a stage's code and of the loss and the network of a job's row."""
    return lambda wildcards: code(
        stage, *imported_by_name(row_of(wildcards).loss, row_of(wildcards).network)
    )


def or_none(value):
    """``value``, or the word for None in the stages' options."""
    return "none" if value is None else value


def as_json(value):
    """A function that returns ``value`` as JSON; in a string, braces would be wildcards."""
    text = value if isinstance(value, str) else json.dumps(value)
    return lambda wildcards: text


def row_of(wildcards):
    """The row that a job belongs to."""
    return ROWS[wildcards.label]


def row_as_json(attribute):
    """A row's ``attribute`` as JSON, for each of its jobs."""
    return lambda wildcards: json.dumps(getattr(row_of(wildcards), attribute))


def network_as_json(wildcards):
    """The network's settings of a job's row as JSON; null for the baseline."""
    network = row_of(wildcards).network
    return json.dumps(network and asdict(network))


def classes_as_json(attribute):
    """The classes that a job's training uses (``train``) or is evaluated on (``unseen``)."""

    def of_seed(wildcards):
        seed = int(wildcards.seed)
        if row_of(wildcards).trained_in and attribute == "train":
            return json.dumps(OTHER_NETWORKS.classes[seed])
        return json.dumps(getattr(class_split(config, seed), attribute))

    return of_seed


def shape_of_trained_images(wildcards):
    """The shape of the images that a network of another version was trained on; else null."""
    elsewhere = row_of(wildcards).trained_in
    return json.dumps(OTHER_NETWORKS.image_shape if elsewhere else None)


def own_weights(wildcards):
    """The weights of a job's training, here or in another version; none without a network."""
    version = Version(Path("results", wildcards.version))
    return row_of(wildcards).weights_file(version, wildcards.seed) or []


def given_file(part):
    """The file of a job's row with embeddings from elsewhere; none if they are made here."""
    return lambda wildcards: row_of(wildcards).given_file(part, wildcards.seed) or []


def own_map(wildcards):
    """The file of a job's map; empty if the row has no map."""
    return PLAN.maps([(row_of(wildcards), wildcards.seed)])


def own_labels(wildcards):
    """The file of the data set's own labels."""
    return str(Version(Path("results", wildcards.version)).original_labels)


def title(wildcards):
    """The title of a job's training."""
    return row_of(wildcards).title_of(wildcards.seed)


def memory_of_training(wildcards, attempt):
    """In MB; on a GPU the CUDA libraries take about half of it."""
    return attempt * (4000 if ACCELERATOR == "gpu" else 2000)


def learning_rate(wildcards):
    """The schedule of the learning rate; a row may have its own initial value."""
    own = {"initial": row_of(wildcards).learning_rate}
    return json.dumps(config["training"]["learning_rate"] | own)


def measuring_threads(wildcards):
    """Two for embeddings that are not a network's: pixels take six times as long to measure."""
    return 1 if row_of(wildcards).has_network else 2


def drawn(file, caption, category, labels):
    """The outputs of a figure: ``file`` gives the path of each ending."""
    formats = [ending for ending in config["figures"]["formats"] if ending != "png"]
    png = report(
        file("png"),
        caption=f"../report/{caption}.rst",
        category=category,
        labels=labels,
    )
    return {
        "figures": [png, *map(file, formats)],
        "data": file("csv"),
        "record": VERSION.record_beside(file("png")),
    }


def of_training(kind, caption, category):
    """The outputs of a figure of one training."""
    file = partial(VERSION.figure, *TRAINING, kind)

    def labels(wildcards):
        return {"row": row_of(wildcards).title, "seed": wildcards.seed}

    return drawn(file, caption, category, labels)


def of_all_rows(kind, caption, heading):
    """The outputs of a figure of all rows.

    Snakemake's report sorts them by their ``heading``.
    """
    return drawn(partial(VERSION.sheet, kind), caption, "All rows", {"figure": heading})


def options(**values):
    """The options of some figures only; a value may be a function of the wildcards."""

    def given(wildcards):
        known = {k: v(wildcards) if callable(v) else v for k, v in values.items()}
        words = {
            k: v if isinstance(v, str) else json.dumps(v) for k, v in known.items()
        }
        return " ".join(f"{flag(k)} {shlex.quote(v)}" for k, v in words.items())

    return given
