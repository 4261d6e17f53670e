# A page of every seed's figures would be too large; those of the others lie in figures/.
FIRST_SEEDS = [(row.label, row.seeds[0]) for row in ROWS.values()]
FIRST_TRAINED = [(loss, seed) for loss, seed in FIRST_SEEDS if is_trained(ROWS[loss])]
TEMPLATES = sorted((PROJECT / "workflow/report/page").iterdir())


rule report:
    input:
        embedded=for_each(rules.embed.output.queries, FIRST_SEEDS[:1]),
        summary=rules.split.output.summary,
        images=(
            IDX_FILES["test_images" if QUERIES == "test" else "train_images"]
            if config["page"]["images"]
            else []
        ),
        measures=for_each(rules.measure.output.measures, trainings()),
        selections=for_each(rules.select.output.reason, trainings(is_trained)),
        comparisons=rules.compare.output.comparisons,
        points=maps_of(FIRST_SEEDS),
        outcomes=for_each(rules.measure.output.outcomes, FIRST_SEEDS),
        map=for_each(rules.map_figure.output.png, FIRST_SEEDS),
        map_data=for_each(rules.map_figure.output.data, FIRST_SEEDS),
        distances=for_each(rules.distances_figure.output.png, FIRST_SEEDS),
        distances_data=for_each(rules.distances_figure.output.data, FIRST_SEEDS),
        confusions=for_each(rules.confusions_figure.output.png, FIRST_SEEDS),
        confusions_data=for_each(rules.confusions_figure.output.data, FIRST_SEEDS),
        curves=for_each(rules.training_curves_figure.output.png, FIRST_TRAINED),
        curves_data=for_each(rules.training_curves_figure.output.data, FIRST_TRAINED),
        verification=rules.verification_figure.output.png,
        verification_data=rules.verification_figure.output.data,
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
        mem_mb=growing(1000),
        runtime=growing(5),
    params:
        rows=as_json([row.description() for row in ROWS.values()]),
        title="Which loss tells classes apart best?",
        queries=QUERIES,
        class_splits=as_json(configuration.described_splits(config)),
        class_names=as_json(CLASS_NAMES),
        templates=[sha256(template) for template in TEMPLATES],
        code=code("report"),
        environment=ENVIRONMENT,
    shell:
        "python -m discern.stages.report"
        " --embedded {input.embedded:q} --split-summary {input.summary:q} --images {input.images:q}"
        " --measures {input.measures:q} --selections {input.selections:q}"
        " --comparisons {input.comparisons:q}"
        " --points {input.points:q} --outcomes {input.outcomes:q}"
        " --map-figures {input.map:q} --map-data {input.map_data:q}"
        " --distances-figures {input.distances:q} --distances-data {input.distances_data:q}"
        " --confusions-figures {input.confusions:q} --confusions-data {input.confusions_data:q}"
        " --curves-figures {input.curves:q} --curves-data {input.curves_data:q}"
        " --verification-figure {input.verification:q}"
        " --verification-data {input.verification_data:q}"
        " --csv {output.csv:q} --markdown {output.markdown:q} --page {output.page:q}"
        " --rows {params.rows:q} --title {params.title:q} --queries {params.queries}"
        " --class-splits {params.class_splits:q} --class-names {params.class_names:q}"
        " --record {output.record:q} --log {log:q}"


# A search measures its trials and draws none of them.
SHOWN_ONCE = [
    rules.compare.output.record,
    rules.gallery_figure.output.record,
    rules.verification_figure.output.record,
    rules.report.output.record,
    *([rules.curves_figure.output.record] if trainings(is_trained) else []),
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
        configuration="results/{version}/report/config.yaml",
        workflow=directory("results/{version}/report/workflow"),
        crate="results/{version}/ro-crate-metadata.json",
    log:
        "logs/{version}/manifest.log",
    conda:
        "../../envs/training.yaml"
    resources:
        mem_mb=growing(500),
        runtime=growing(5),
    params:
        configuration=as_json(resolved.resolved(config)),
        code=code("manifest"),
        environment=ENVIRONMENT,
    shell:
        "python -m discern.stages.manifest"
        " --records {input:q}"
        " --manifest {output.manifest:q} --configuration-file {output.configuration:q}"
        " --workflow {output.workflow:q} --crate {output.crate:q}"
        " --configuration {params.configuration:q} --log {log:q}"
