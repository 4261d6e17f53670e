from discern.stages.search import Search


# Only in a search: a table of the trials of all losses, and the price of tuning them.
rule search:
    input:
        measures=PLAN.each(Version.measures),
        outcomes=PLAN.each(Version.outcomes),
        selections=PLAN.each(Version.selection, PLAN.trained),
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


use rule contact_sheet as tuning_figure with:
    input:
        measures=PLAN.each(Version.measures),
        outcomes=PLAN.each(Version.outcomes),
    output:
        **of_all_rows("tuning", "tuning", "1 The price of tuning"),
    log:
        "logs/{version}/figures/tuning.log",
    params:
        stage="tuning_figure",
        rows=as_json(ROWS_AS_JSON),
        options=options(headline=config["evaluation"]["headline"]),
        resolution=RESOLUTION,
        code=code("tuning_figure", *catalogue.modules()),
        environment=ENVIRONMENT,
