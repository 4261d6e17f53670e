from discern.stages.download import Download
from discern.stages.split import Split

IDX = {file: VERSION.idx(file) for file in IDX_FILES}


rule download:
    output:
        **IDX,
        sources=VERSION.sources,
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
