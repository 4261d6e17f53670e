# Only in a search: the trials of all losses side by side.
rule search:
    input:
        measures=for_each(rules.measure.output.measures, trainings()),
        selections=for_each(rules.select.output.reason, trainings(is_trained)),
    output:
        csv="results/{version}/search/trials.csv",
        markdown="results/{version}/search/verdicts.md",
        record="results/{version}/search/record.json",
    log:
        "logs/{version}/search.log",
    conda:
        "../../envs/training.yaml"
    resources:
        mem_mb=growing(500),
        runtime=growing(5),
    params:
        rows=as_json([row.description() for row in ROWS.values()]),
        code=code("search"),
        environment=ENVIRONMENT,
    shell:
        "python -m discern.stages.search"
        " --measures {input.measures:q} --selections {input.selections:q}"
        " --csv {output.csv:q} --markdown {output.markdown:q} --rows {params.rows:q}"
        " --record {output.record:q} --log {log:q}"
