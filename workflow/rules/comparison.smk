rule compare:
    input:
        measures=for_each(rules.measure.output.measures, trainings()),
        outcomes=for_each(rules.measure.output.outcomes, trainings()),
    output:
        comparisons="results/{version}/compare/comparisons.json",
        record="results/{version}/compare/record.json",
    log:
        "logs/{version}/compare.log",
    conda:
        "../../envs/training.yaml"
    resources:
        mem_mb=growing(2000),
        runtime=growing(30),
    params:
        rows=as_json(
            [{"label": row.label, "seeds": row.seeds} for row in ROWS.values()]
        ),
        resamples=config["evaluation"]["resamples"],
        seed=config["evaluation"]["seed"],
        code=code("compare"),
        environment=ENVIRONMENT,
    shell:
        "python -m discern.stages.compare"
        " --measures {input.measures:q} --outcomes {input.outcomes:q}"
        " --comparisons {output.comparisons:q} --rows {params.rows:q}"
        " --resamples {params.resamples} --seed {params.seed}"
        " --record {output.record:q} --log {log:q}"
