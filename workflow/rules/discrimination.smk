from discern.stages.embed import Embed
from discern.stages.measure import Measure
from discern.stages.tsne import Tsne


rule embed:
    input:
        **IDX,
        split=VERSION.split,
        weights=own_weights,
        given_train=given_file("train"),
        given_test=given_file("test"),
    output:
        gallery=VERSION.embeddings(*TRAINING, "train"),
        queries=PLAN.embedded(*TRAINING),
        record=VERSION.record("embed", *TRAINING),
    log:
        "logs/{version}/embed/{label}/{seed}.log",
    # The record of a cached job would name the networks of another version than this one's.
    cache: False if OTHER_NETWORKS else "omit-software"
    # Files from elsewhere are checked before the first training.
    priority: 2
    conda:
        CONDA
    resources:
        mem_mb=2000,
        runtime=10,
    params:
        loss=lambda wildcards: row_of(wildcards).loss,
        parameters=row_as_json("parameters"),
        network=network_as_json,
        part=QUERIES,
        classes=classes_as_json("train"),
        unseen=classes_as_json("unseen"),
        trained_shape=shape_of_trained_images,
        threads=1,
        code=code_of_row("embed"),
        environment=ENVIRONMENT,
    shell:
        Embed.shell()


rule tsne:
    input:
        embeddings=rules.embed.output.queries,
    output:
        map=VERSION.map(*TRAINING),
        record=VERSION.record_beside(VERSION.map(*TRAINING)),
    log:
        "logs/{version}/tsne/{label}/{seed}.log",
    cache: "omit-software"
    conda:
        CONDA
    resources:
        mem_mb=1000,
        runtime=15,
    params:
        distance=lambda wildcards: row_of(wildcards).distance,
        settings=as_json(
            {k: v for k, v in config["tsne"].items() if k != "mapped_seeds"}
        ),
        code=code("tsne"),
        environment=ENVIRONMENT,
    shell:
        Tsne.shell()


rule measure:
    input:
        gallery=rules.embed.output.gallery,
        queries=rules.embed.output.queries,
        map=own_map,
    output:
        measures=VERSION.measures(*TRAINING),
        outcomes=VERSION.outcomes(*TRAINING),
        record=VERSION.record_beside(VERSION.measures(*TRAINING)),
    log:
        "logs/{version}/measure/{label}/{seed}.log",
    cache: "omit-software"
    conda:
        CONDA
    threads: measuring_threads
    resources:
        mem_mb=2000,
        runtime=10,
    params:
        distance=lambda wildcards: row_of(wildcards).distance,
        neighbours=config["evaluation"]["neighbours"],
        threads=measuring_threads,
        code=code("measure", *catalogue.modules()),
        environment=ENVIRONMENT,
    shell:
        Measure.shell()
