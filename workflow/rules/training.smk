from discern.stages.select import Select
from discern.stages.train import Train

# A training's state is beside the outputs, where Snakemake does not delete it, until rule select.
UNFINISHED = Version(Path(FOLDER)).unfinished_training(
    "{wildcards.label}", "{wildcards.seed}"
)
# The shell that gives its command one of several GPUs. It is a resource, not part of the command:
# Snakemake redoes jobs whose command has changed. In an image, Snakemake looks for it by its name.
ONE_GPU = "bash" if IN_APPTAINER else str(PROJECT / "workflow/discern/setup/one_gpu.py")


rule train:
    input:
        images=VERSION.idx("train_images"),
        labels=VERSION.idx("train_labels"),
        split=VERSION.split,
        corruption=VERSION.corruption if CORRUPTION else [],
    output:
        history=VERSION.history(*TRAINING),
        checkpoints=directory(VERSION.checkpoints(*TRAINING)),
        record=VERSION.record("train", *TRAINING),
    log:
        "logs/{version}/train/{label}/{seed}.log",
    cache: "omit-software"
    priority: 1
    conda:
        CONDA
    threads: config["training"]["threads"]
    resources:
        gpu=1,
        shell_exec=ONE_GPU,
        mem_mb=memory_of_training,
        runtime=120,
    params:
        loss=lambda wildcards: row_of(wildcards).loss,
        parameters=row_as_json("parameters"),
        seed=lambda wildcards: int(wildcards.seed),
        classes=classes_as_json("train"),
        batches=as_json(config["batches"]),
        network=network_as_json,
        learning_rate=learning_rate,
        epochs=config["training"]["epochs"],
        patience=or_none(config["training"]["early_stopping_patience"]),
        threads=config["training"]["threads"],
        accelerator=ACCELERATOR,
        tensor_float_32=as_json(config["training"]["tensor_float_32"]),
        code=code_of_row("train"),
        environment=ENVIRONMENT_OF_TRAINING,
    shell:
        Train.shell(unfinished=UNFINISHED)


rule select:
    input:
        history=rules.train.output.history,
        checkpoints=rules.train.output.checkpoints,
    output:
        weights=VERSION.weights(*TRAINING),
        selection=VERSION.selection(*TRAINING),
        record=VERSION.record_beside(VERSION.selection(*TRAINING)),
    log:
        "logs/{version}/select/{label}/{seed}.log",
    conda:
        CONDA
    params:
        code=code("select"),
        environment=ENVIRONMENT,
    shell:
        Select.shell(unfinished=UNFINISHED)
