FORMATS = config["figures"]["formats"]
RESOLUTION = config["figures"]["resolution"]
OTHER_FORMATS = [kind for kind in FORMATS if kind != "png"]
# A name per class, or None for the numbers.
CLASS_NAMES = config["data"]["class_names"]
EACH = "results/{version}/figures/{loss}/{seed}/"
SHEET = "results/{version}/figures/"


rule map_figure:
    input:
        map=lambda wildcards: maps_of([(wildcards.loss, wildcards.seed)]),
    output:
        png=report(
            f"{EACH}map.png",
            caption="../report/map.rst",
            category="Maps",
            labels={"row": "{loss}", "seed": "{seed}"},
        ),
        others=[f"{EACH}map.{kind}" for kind in OTHER_FORMATS],
        data=f"{EACH}map.csv",
        record=f"{EACH}map.record.json",
    log:
        "logs/{version}/figures/{loss}/{seed}.map.log",
    conda:
        "../../envs/training.yaml"
    resources:
        mem_mb=growing(500),
        runtime=growing(5),
    params:
        title=lambda wildcards: row_of(wildcards).title_of(wildcards.seed),
        drawn_by=lambda wildcards: row_of(wildcards).map,
        class_names=as_json(CLASS_NAMES),
        resolution=RESOLUTION,
        code=code("figures"),
        environment=ENVIRONMENT,
    shell:
        "python -m discern.stages.figures map"
        " --map {input.map:q} --title {params.title:q} --class-names {params.class_names:q}"
        " --figures {output.png:q} {output.others:q} --data {output.data:q}"
        " --resolution {params.resolution} --record {output.record:q} --log {log:q}"


rule distances_figure:
    input:
        embeddings=rules.embed.output.queries,
    output:
        png=report(
            f"{EACH}distances.png",
            caption="../report/distances.rst",
            category="Distances",
            labels={"row": "{loss}", "seed": "{seed}"},
        ),
        others=[f"{EACH}distances.{kind}" for kind in OTHER_FORMATS],
        data=f"{EACH}distances.csv",
        record=f"{EACH}distances.record.json",
    log:
        "logs/{version}/figures/{loss}/{seed}.distances.log",
    conda:
        "../../envs/training.yaml"
    resources:
        mem_mb=growing(1000),
        runtime=growing(5),
    params:
        title=lambda wildcards: row_of(wildcards).title_of(wildcards.seed),
        distance=lambda wildcards: row_of(wildcards).distance,
        resolution=RESOLUTION,
        code=code("figures"),
        environment=ENVIRONMENT,
    shell:
        "python -m discern.stages.figures distances"
        " --embeddings {input.embeddings:q} --distance {params.distance}"
        " --title {params.title:q}"
        " --figures {output.png:q} {output.others:q} --data {output.data:q}"
        " --resolution {params.resolution} --record {output.record:q} --log {log:q}"


rule confusions_figure:
    input:
        measures=rules.measure.output.measures,
    output:
        png=report(
            f"{EACH}confusions.png",
            caption="../report/confusions.rst",
            category="Confusions",
            labels={"row": "{loss}", "seed": "{seed}"},
        ),
        others=[f"{EACH}confusions.{kind}" for kind in OTHER_FORMATS],
        data=f"{EACH}confusions.csv",
        record=f"{EACH}confusions.record.json",
    log:
        "logs/{version}/figures/{loss}/{seed}.confusions.log",
    conda:
        "../../envs/training.yaml"
    resources:
        mem_mb=growing(500),
        runtime=growing(5),
    params:
        title=lambda wildcards: row_of(wildcards).title_of(wildcards.seed),
        class_names=as_json(CLASS_NAMES),
        resolution=RESOLUTION,
        code=code("figures"),
        environment=ENVIRONMENT,
    shell:
        "python -m discern.stages.figures confusions"
        " --measures {input.measures:q} --title {params.title:q}"
        " --class-names {params.class_names:q}"
        " --figures {output.png:q} {output.others:q} --data {output.data:q}"
        " --resolution {params.resolution} --record {output.record:q} --log {log:q}"


rule training_curves_figure:
    input:
        history=rules.train.output.history,
    output:
        png=report(
            f"{EACH}curves.png",
            caption="../report/training_curves.rst",
            category="Trainings",
            labels={"row": "{loss}", "seed": "{seed}"},
        ),
        others=[f"{EACH}curves.{kind}" for kind in OTHER_FORMATS],
        data=f"{EACH}curves.csv",
        record=f"{EACH}curves.record.json",
    log:
        "logs/{version}/figures/{loss}/{seed}.curves.log",
    conda:
        "../../envs/training.yaml"
    resources:
        mem_mb=growing(500),
        runtime=growing(5),
    params:
        title=lambda wildcards: row_of(wildcards).title_of(wildcards.seed),
        resolution=RESOLUTION,
        code=code("figures"),
        environment=ENVIRONMENT,
    shell:
        "python -m discern.stages.figures training_curves"
        " --history {input.history:q} --title {params.title:q}"
        " --figures {output.png:q} {output.others:q} --data {output.data:q}"
        " --resolution {params.resolution} --record {output.record:q} --log {log:q}"


rule gallery_figure:
    input:
        maps=maps_of((row.label, row.seeds[0]) for row in ROWS.values()),
    output:
        png=report(
            f"{SHEET}gallery.png",
            caption="../report/gallery.rst",
            category="All rows",
            labels={"figure": "maps"},
        ),
        others=[f"{SHEET}gallery.{kind}" for kind in OTHER_FORMATS],
        data=f"{SHEET}gallery.csv",
        record=f"{SHEET}gallery.record.json",
    log:
        "logs/{version}/figures/gallery.log",
    conda:
        "../../envs/training.yaml"
    resources:
        mem_mb=growing(1000),
        runtime=growing(5),
    params:
        titles=as_json([row.title for row in ROWS.values()]),
        class_names=as_json(CLASS_NAMES),
        resolution=RESOLUTION,
        code=code("figures"),
        environment=ENVIRONMENT,
    shell:
        "python -m discern.stages.figures gallery"
        " --maps {input.maps:q} --titles {params.titles:q}"
        " --class-names {params.class_names:q}"
        " --figures {output.png:q} {output.others:q} --data {output.data:q}"
        " --resolution {params.resolution} --record {output.record:q} --log {log:q}"


rule curves_figure:
    input:
        histories=for_each(rules.train.output.history, trainings(is_trained)),
    output:
        png=report(
            f"{SHEET}curves.png",
            caption="../report/curves.rst",
            category="All rows",
            labels={"figure": "trainings"},
        ),
        others=[f"{SHEET}curves.{kind}" for kind in OTHER_FORMATS],
        data=f"{SHEET}curves.csv",
        record=f"{SHEET}curves.record.json",
    log:
        "logs/{version}/figures/curves.log",
    conda:
        "../../envs/training.yaml"
    resources:
        mem_mb=growing(500),
        runtime=growing(5),
    params:
        titles=as_json([ROWS[loss].title for loss, _ in trainings(is_trained)]),
        resolution=RESOLUTION,
        code=code("figures"),
        environment=ENVIRONMENT,
    shell:
        "python -m discern.stages.figures curves"
        " --histories {input.histories:q} --titles {params.titles:q}"
        " --figures {output.png:q} {output.others:q} --data {output.data:q}"
        " --resolution {params.resolution} --record {output.record:q} --log {log:q}"


rule verification_figure:
    input:
        measures=for_each(rules.measure.output.measures, trainings()),
    output:
        png=report(
            f"{SHEET}verification.png",
            caption="../report/verification.rst",
            category="All rows",
            labels={"figure": "verification"},
        ),
        others=[f"{SHEET}verification.{kind}" for kind in OTHER_FORMATS],
        data=f"{SHEET}verification.csv",
        record=f"{SHEET}verification.record.json",
    log:
        "logs/{version}/figures/verification.log",
    conda:
        "../../envs/training.yaml"
    resources:
        mem_mb=growing(500),
        runtime=growing(5),
    params:
        titles=as_json([ROWS[loss].title for loss, _ in trainings()]),
        resolution=RESOLUTION,
        code=code("figures"),
        environment=ENVIRONMENT,
    shell:
        "python -m discern.stages.figures verification"
        " --measures {input.measures:q} --titles {params.titles:q}"
        " --figures {output.png:q} {output.others:q} --data {output.data:q}"
        " --resolution {params.resolution} --record {output.record:q} --log {log:q}"
