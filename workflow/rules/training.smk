# A training's state lies beside the outputs, where Snakemake does not delete it, until they are used.
rule train:
    input:
        images=IDX_FILES["train_images"],
        labels=IDX_FILES["train_labels"],
        split="results/{version}/split/split.npz",
    output:
        history="results/{version}/train/{loss}/{seed}/history.csv",
        checkpoints=directory("results/{version}/train/{loss}/{seed}/checkpoints"),
        record="results/{version}/train/{loss}/{seed}/record.json",
    log:
        "logs/{version}/train/{loss}/{seed}.log",
    cache: CACHEABLE
    priority: 1
    conda:
        "../../envs/training.yaml"
    threads: config["training"]["threads"]
    resources:
        gpu=1,
        shell_exec=ONE_GPU,
        mem_mb=growing(2000),
        runtime=growing(120),
    params:
        loss=lambda wildcards: row_of(wildcards).loss,
        parameters=lambda wildcards: json.dumps(row_of(wildcards).parameters),
        seed=lambda wildcards: int(wildcards.seed),
        classes=lambda wildcards: json.dumps(classes_of(wildcards).train),
        batches=as_json(config["batches"]),
        network=as_json(config["network"]),
        learning_rate=lambda wildcards: json.dumps(
            config["training"]["learning_rate"]
            | {"initial": row_of(wildcards).learning_rate}
        ),
        epochs=config["training"]["epochs"],
        patience=or_none(config["training"]["early_stopping_patience"]),
        threads=config["training"]["threads"],
        code=lambda wildcards: code("train", row_of(wildcards)),
        environment=ENVIRONMENT,
    shell:
        "python -m discern.stages.train"
        " --images {input.images:q} --labels {input.labels:q} --split {input.split:q}"
        " --history {output.history:q} --checkpoints {output.checkpoints:q}"
        " --resume results/{wildcards.version}/train/{wildcards.loss}/{wildcards.seed}/.resume"
        " --loss {params.loss} --parameters {params.parameters:q} --seed {params.seed}"
        " --classes {params.classes:q} --batches {params.batches:q} --network {params.network:q}"
        " --learning-rate {params.learning_rate:q} --epochs {params.epochs}"
        " --patience {params.patience} --threads {params.threads}"
        " --record {output.record:q} --log {log:q}"


rule select:
    input:
        history="results/{version}/train/{loss}/{seed}/history.csv",
        checkpoints="results/{version}/train/{loss}/{seed}/checkpoints",
    output:
        weights="results/{version}/select/{loss}/{seed}.npz",
        reason="results/{version}/select/{loss}/{seed}.json",
        record="results/{version}/select/{loss}/{seed}.record.json",
    log:
        "logs/{version}/select/{loss}/{seed}.log",
    conda:
        "../../envs/training.yaml"
    resources:
        mem_mb=growing(500),
        runtime=growing(5),
    params:
        code=code("select"),
        environment=ENVIRONMENT,
    shell:
        "python -m discern.stages.select"
        " --history {input.history:q} --checkpoints {input.checkpoints:q}"
        " --weights {output.weights:q} --reason {output.reason:q}"
        " --resume results/{wildcards.version}/train/{wildcards.loss}/{wildcards.seed}/.resume"
        " --record {output.record:q} --log {log:q}"
