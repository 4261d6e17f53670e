from discern.stages.search import Search


# Only in a search: a table of the trials of all losses.
rule search:
    input:
        measures=PLAN.each(VERSION.measures),
        outcomes=PLAN.each(VERSION.outcomes),
        selections=PLAN.each(VERSION.selection, PLAN.trained),
    output:
        csv=VERSION.trials,
        markdown=VERSION.verdicts,
        record=VERSION.record("search"),
    log:
        "logs/{version}/search.log",
    conda:
        CONDA
    params:
        rows=as_json(ROWS_AS_JSON),
        headline=config["evaluation"]["headline"],
        code=code("search", *catalogue.modules()),
        environment=ENVIRONMENT,
    shell:
        Search.shell(version=FOLDER)
