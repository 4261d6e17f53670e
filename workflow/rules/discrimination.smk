QUERIES = config["evaluation"]["queries"]


rule embed:
    input:
        **IDX_FILES,
        split="results/{version}/split/split.npz",
        weights=lambda wildcards: (
            rules.select.output.weights if is_trained(row_of(wildcards)) else []
        ),
    output:
        gallery="results/{version}/embed/{loss}/{seed}/train.npz",
        queries=f"results/{{version}}/embed/{{loss}}/{{seed}}/{QUERIES}.npz",
        record="results/{version}/embed/{loss}/{seed}/record.json",
    log:
        "logs/{version}/embed/{loss}/{seed}.log",
    cache: CACHEABLE
    conda:
        "../../envs/training.yaml"
    resources:
        mem_mb=growing(2000),
        runtime=growing(10),
    params:
        loss=lambda wildcards: row_of(wildcards).loss,
        parameters=lambda wildcards: json.dumps(row_of(wildcards).parameters),
        network=as_json(config["network"]),
        queries=QUERIES,
        classes=lambda wildcards: json.dumps(classes_of(wildcards).train),
        unseen=lambda wildcards: json.dumps(classes_of(wildcards).unseen),
        code=lambda wildcards: code("embed", row_of(wildcards)),
        environment=ENVIRONMENT,
    shell:
        "python -m discern.stages.embed"
        " --train-images {input.train_images:q} --train-labels {input.train_labels:q}"
        " --test-images {input.test_images:q} --test-labels {input.test_labels:q}"
        " --split {input.split:q} --weights {input.weights:q}"
        " --gallery {output.gallery:q} --queries {output.queries:q}"
        " --loss {params.loss} --parameters {params.parameters:q} --network {params.network:q}"
        " --queries-from {params.queries} --classes {params.classes:q} --unseen {params.unseen:q}"
        " --record {output.record:q} --log {log:q}"


rule tsne:
    input:
        embeddings=rules.embed.output.queries,
    output:
        map="results/{version}/tsne/{loss}/{seed}.npz",
        record="results/{version}/tsne/{loss}/{seed}.record.json",
    log:
        "logs/{version}/tsne/{loss}/{seed}.log",
    cache: CACHEABLE
    conda:
        "../../envs/training.yaml"
    resources:
        mem_mb=growing(1000),
        runtime=growing(15),
    params:
        distance=lambda wildcards: row_of(wildcards).distance,
        settings=as_json(config["tsne"]),
        code=code("tsne"),
        environment=ENVIRONMENT,
    shell:
        "python -m discern.stages.tsne"
        " --embeddings {input.embeddings:q} --map {output.map:q}"
        " --distance {params.distance} --settings {params.settings:q}"
        " --record {output.record:q} --log {log:q}"


rule measure:
    input:
        gallery=rules.embed.output.gallery,
        queries=rules.embed.output.queries,
        map=lambda wildcards: maps_of([(wildcards.loss, wildcards.seed)]),
    output:
        measures="results/{version}/measure/{loss}/{seed}.json",
        outcomes="results/{version}/measure/{loss}/{seed}.npz",
        record="results/{version}/measure/{loss}/{seed}.record.json",
    log:
        "logs/{version}/measure/{loss}/{seed}.log",
    cache: CACHEABLE
    conda:
        "../../envs/training.yaml"
    threads: measuring_threads
    resources:
        mem_mb=growing(2000),
        runtime=growing(10),
    params:
        distance=lambda wildcards: row_of(wildcards).distance,
        neighbours=config["evaluation"]["neighbours"],
        threads=measuring_threads,
        code=code("measure"),
        environment=ENVIRONMENT,
    shell:
        "python -m discern.stages.measure"
        " --gallery {input.gallery:q} --queries {input.queries:q} --map {input.map:q}"
        " --measures {output.measures:q} --outcomes {output.outcomes:q}"
        " --distance {params.distance} --neighbours {params.neighbours}"
        " --threads {params.threads} --record {output.record:q} --log {log:q}"
