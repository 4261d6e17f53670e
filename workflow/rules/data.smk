# The four files of the data set, by the names that the stages' options have.
IDX_FILES = {
    "train_images": "results/{version}/download/train-images-idx3-ubyte.gz",
    "train_labels": "results/{version}/download/train-labels-idx1-ubyte.gz",
    "test_images": "results/{version}/download/t10k-images-idx3-ubyte.gz",
    "test_labels": "results/{version}/download/t10k-labels-idx1-ubyte.gz",
}


rule download:
    output:
        **IDX_FILES,
        sources="results/{version}/download/sources.json",
        record="results/{version}/download/record.json",
    log:
        "logs/{version}/download.log",
    cache: CACHEABLE
    conda:
        "../../envs/training.yaml"
    resources:
        mem_mb=growing(1500),
        runtime=growing(60),
    params:
        sha256=as_json(config["data"]["sha256"]),
        code=code("download"),
        environment=ENVIRONMENT,
    shell:
        "python -m discern.stages.download"
        " --train-images {output.train_images:q} --train-labels {output.train_labels:q}"
        " --test-images {output.test_images:q} --test-labels {output.test_labels:q}"
        " --sources-file {output.sources:q} --resume results/{wildcards.version}/.download"
        " --sha256 {params.sha256:q} --record {output.record:q} --log {log:q}"


rule split:
    input:
        **IDX_FILES,
    output:
        split="results/{version}/split/split.npz",
        summary="results/{version}/split/split.json",
        record="results/{version}/split/record.json",
    log:
        "logs/{version}/split.log",
    conda:
        "../../envs/training.yaml"
    resources:
        mem_mb=growing(1000),
        runtime=growing(5),
    params:
        validation=config["split"]["validation"],
        train=or_none(config["split"]["train"]),
        test=or_none(config["split"]["test"]),
        seed=config["split"]["seed"],
        code=code("split"),
        environment=ENVIRONMENT,
    shell:
        "python -m discern.stages.split"
        " --train-images {input.train_images:q} --train-labels {input.train_labels:q}"
        " --test-images {input.test_images:q} --test-labels {input.test_labels:q}"
        " --split {output.split:q} --summary {output.summary:q}"
        " --validation {params.validation} --train {params.train} --test {params.test}"
        " --seed {params.seed} --record {output.record:q} --log {log:q}"
