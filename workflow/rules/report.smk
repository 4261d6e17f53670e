# A configuration with the baseline alone has no training to show.
CURVES = rules.curves_figure.output.png if trainings(is_trained) else []


rule report:
    input:
        split=rules.split.output.summary,
        measures=for_each(rules.measure.output.measures, trainings()),
        selections=for_each(rules.select.output.reason, trainings(is_trained)),
        comparisons=rules.compare.output.comparisons,
        maps=for_each(rules.map_figure.output.png, trainings()),
        distances=for_each(rules.distances_figure.output.png, trainings()),
        gallery=rules.gallery_figure.output.png,
        curves=CURVES,
    output:
        csv="results/{version}/report/leaderboard.csv",
        markdown="results/{version}/report/leaderboard.md",
        page=report(
            "results/{version}/report/index.html",
            caption="../report/page.rst",
            category="All rows",
            labels={"figure": "page"},
        ),
        record="results/{version}/report/record.json",
    log:
        "logs/{version}/report.log",
    conda:
        "../../envs/training.yaml"
    resources:
        mem_mb=growing(500),
        runtime=growing(5),
    params:
        rows=as_json([row.description() for row in ROWS.values()]),
        title="Which loss tells classes apart best?",
        queries=QUERIES,
        template=sha256(PROJECT / "workflow/report/page.html.j2"),
        code=code("report"),
        environment=ENVIRONMENT,
    shell:
        "python -m discern.stages.report"
        " --split-summary {input.split:q} --measures {input.measures:q}"
        " --selections {input.selections:q} --comparisons {input.comparisons:q}"
        " --maps {input.maps:q} --distances {input.distances:q} --gallery {input.gallery:q} --curves {input.curves:q}"
        " --csv {output.csv:q} --markdown {output.markdown:q} --page {output.page:q}"
        " --rows {params.rows:q} --title {params.title:q} --queries {params.queries}"
        " --record {output.record:q} --log {log:q}"


# A search measures its trials and draws none of them.
SHOWN_ONCE = [
    rules.compare.output.record,
    rules.gallery_figure.output.record,
    rules.verification_figure.output.record,
    rules.report.output.record,
    *([rules.curves_figure.output.record] if CURVES else []),
]
SHOWN_EACH = [
    rules.map_figure.output.record,
    rules.distances_figure.output.record,
    rules.confusions_figure.output.record,
]
SHOWN_TRAINED = [rules.training_curves_figure.output.record]


rule manifest:
    input:
        once=[
            rules.download.output.record,
            rules.split.output.record,
            *([rules.search.output.record] if IS_SEARCH else SHOWN_ONCE),
        ],
        networks=for_each(
            [
                rules.train.output.record,
                rules.select.output.record,
                *([] if IS_SEARCH else SHOWN_TRAINED),
            ],
            trainings(is_trained),
        ),
        maps=for_each(
            rules.tsne.output.record, trainings(lambda row: row.map == "tsne")
        ),
        each=for_each(
            [
                rules.embed.output.record,
                rules.measure.output.record,
                *([] if IS_SEARCH else SHOWN_EACH),
            ],
            trainings(),
        ),
    output:
        manifest="results/{version}/report/manifest.json",
    log:
        "logs/{version}/manifest.log",
    conda:
        "../../envs/training.yaml"
    resources:
        mem_mb=growing(500),
        runtime=growing(5),
    params:
        code=code("manifest"),
        environment=ENVIRONMENT,
    shell:
        "python -m discern.stages.manifest"
        " --records {input:q} --manifest {output.manifest:q} --log {log:q}"
