from discern.data.known import data_set_name
from discern.stages.manifest import Manifest
from discern.stages.report import Report

TEMPLATES = sorted((PROJECT / "workflow/discern/page/templates").iterdir())


rule report:
    input:
        embedded=PLAN.page_embeddings if config["page"]["images"] else [],
        split=VERSION.split,
        image_labels=EVALUATED_LABELS,
        original_labels=VERSION.original_labels,
        summary=VERSION.split_summary,
        images=(
            IDX["test_images" if QUERIES == "test" else "train_images"]
            if config["page"]["images"]
            else []
        ),
        measures=PLAN.each(Version.measures),
        selections=PLAN.each(Version.selection, PLAN.trained),
        histories=PLAN.each(Version.history, PLAN.trained),
        comparisons=VERSION.comparisons,
        maps=PLAN.maps(PLAN.firsts),
        outcomes=PLAN.each(Version.outcomes, PLAN.firsts),
        figures=PLAN.page_figures(),
    output:
        csv=VERSION.leaderboard("csv"),
        markdown=VERSION.leaderboard("md"),
        page=report(
            VERSION.page,
            caption="../report/page.rst",
            category="All rows",
            labels={"figure": "5 Page with everything"},
        ),
        record=VERSION.record("report"),
    log:
        "logs/{version}/report.log",
    conda:
        CONDA
    resources:
        mem_mb=1000,
        runtime=5,
    params:
        rows=as_json(ROWS_AS_JSON),
        title="Which loss separates classes best?",
        queries=QUERIES,
        data_set=data_set_name(config["data"]["sha256"]["t10k-images"]),
        epochs=config["training"]["epochs"],
        patience=or_none(config["training"]["early_stopping_patience"]),
        class_splits=as_json(described_splits(config)),
        class_names=as_json(CLASS_NAMES),
        templates=[sha256(template) for template in TEMPLATES],
        code=code("report", *catalogue.modules()),
        environment=ENVIRONMENT,
    shell:
        Report.shell(version=FOLDER)


rule manifest:
    input:
        PLAN.records(),
    output:
        manifest=VERSION.manifest,
        configuration=VERSION.configuration,
        workflow=directory(VERSION.workflow),
        crate=VERSION.crate,
    log:
        "logs/{version}/manifest.log",
    conda:
        CONDA
    params:
        settings=as_json(snapshot.snapshot(config)),
        code=code("manifest"),
        environment=ENVIRONMENT,
    shell:
        Manifest.shell(version=FOLDER, record="")
