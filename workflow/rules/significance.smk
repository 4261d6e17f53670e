from discern.stages.significance import Significance


rule significance:
    input:
        measures=PLAN.each(Version.measures),
        outcomes=PLAN.each(Version.outcomes),
        split=VERSION.split,
        image_labels=EVALUATED_LABELS,
    output:
        comparisons=VERSION.comparisons,
        mistakes=VERSION.mistakes,
        record=VERSION.record("compare"),
    log:
        "logs/{version}/significance.log",
    conda:
        CONDA
    resources:
        mem_mb=2000,
        runtime=30,
    params:
        rows=as_json(ROWS_AS_JSON),
        queries=QUERIES,
        headline=config["evaluation"]["headline"],
        tested=as_json(TESTED_PAIRS),
        labels=config["data"]["sha256"][
            "t10k-labels" if QUERIES == "test" else "train-labels"
        ],
        code=code("significance", *catalogue.modules()),
        environment=ENVIRONMENT,
    shell:
        Significance.shell(version=FOLDER)
