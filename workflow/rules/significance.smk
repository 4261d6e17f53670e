from discern.stages.significance import Significance


rule significance:
    input:
        measures=PLAN.each(VERSION.measures),
        outcomes=PLAN.each(VERSION.outcomes),
    output:
        comparisons=VERSION.comparisons,
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
        headline=config["evaluation"]["headline"],
        code=code("significance", *catalogue.modules()),
        environment=ENVIRONMENT,
    shell:
        Significance.shell(version=FOLDER)
