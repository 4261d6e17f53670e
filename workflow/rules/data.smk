from discern.stages.corrupt import Corrupt
from discern.stages.download import Download
from discern.stages.split import Split

IDX = {file: VERSION.idx(file) for file in IDX_FILES}
EVALUATED_LABELS = IDX["test_labels" if QUERIES == "test" else "train_labels"]


rule download:
    output:
        **IDX,
        sources=VERSION.sources,
        original_labels=VERSION.original_labels,
        record=VERSION.record("download"),
    log:
        "logs/{version}/download.log",
    cache: "omit-software"
    conda:
        CONDA
    resources:
        mem_mb=1500,
        runtime=60,
    params:
        sha256=as_json(config["data"]["sha256"]),
        code=code("download"),
        environment=ENVIRONMENT,
    shell:
        Download.shell(unfinished=Version(Path(FOLDER)).unfinished_download)


rule split:
    input:
        **IDX,
    output:
        split=VERSION.split,
        summary=VERSION.split_summary,
        record=VERSION.record("split"),
    log:
        "logs/{version}/split.log",
    conda:
        CONDA
    resources:
        mem_mb=1000,
        runtime=5,
    params:
        validation=config["split"]["validation"],
        train=or_none(config["split"]["train"]),
        test=or_none(config["split"]["test"]),
        seed=config["split"]["seed"],
        code=code("split"),
        environment=ENVIRONMENT,
    shell:
        Split.shell()


rule corrupt:
    input:
        labels=VERSION.idx("train_labels"),
        split=VERSION.split,
    output:
        corruption=VERSION.corruption,
        summary=VERSION.corruption_summary,
        record=VERSION.record("corrupt"),
    log:
        "logs/{version}/corrupt.log",
    conda:
        CONDA
    resources:
        mem_mb=1000,
        runtime=5,
    params:
        label_noise=or_none(CORRUPTION.get("label_noise")),
        imbalance=or_none(CORRUPTION.get("imbalance")),
        seed=config["split"]["seed"],
        code=code("corrupt"),
        environment=ENVIRONMENT,
    shell:
        Corrupt.shell()
