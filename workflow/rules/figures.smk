from discern.stages.figure import SheetFigure, TrainingFigure

RESOLUTION = config["figures"]["resolution"]


rule map_figure:
    input:
        source=own_map,
        labels=VERSION.original_labels,
    output:
        **of_training("map", "map", "Maps"),
    log:
        "logs/{version}/figures/{label}/{seed}.map.log",
    conda:
        CONDA
    params:
        stage="map_figure",
        title=title,
        options=options(class_names=CLASS_NAMES, labels=own_labels),
        resolution=RESOLUTION,
        code=code("map_figure"),
        environment=ENVIRONMENT,
    shell:
        TrainingFigure.shell("{params.stage}", "{params.options}")


use rule map_figure as distances_figure with:
    input:
        source=rules.embed.output.queries,
    output:
        **of_training("distances", "distances", "Distances"),
    log:
        "logs/{version}/figures/{label}/{seed}.distances.log",
    resources:
        mem_mb=1000,
        runtime=5,
    params:
        stage="distances_figure",
        title=title,
        options="",
        resolution=RESOLUTION,
        code=code("distances_figure"),
        environment=ENVIRONMENT,


use rule map_figure as confusions_figure with:
    input:
        source=rules.measure.output.measures,
        labels=VERSION.original_labels,
    output:
        **of_training("confusions", "confusions", "Confusions"),
    log:
        "logs/{version}/figures/{label}/{seed}.confusions.log",
    params:
        stage="confusions_figure",
        title=title,
        options=options(class_names=CLASS_NAMES, labels=own_labels),
        resolution=RESOLUTION,
        code=code("confusions_figure"),
        environment=ENVIRONMENT,


use rule map_figure as training_curves_figure with:
    input:
        source=rules.train.output.history,
    output:
        **of_training("curves", "training_curves", "Trainings"),
    log:
        "logs/{version}/figures/{label}/{seed}.curves.log",
    params:
        stage="training_curves_figure",
        title=title,
        options="",
        resolution=RESOLUTION,
        code=code("training_curves_figure"),
        environment=ENVIRONMENT,


rule contact_sheet:
    input:
        maps=PLAN.maps(PLAN.firsts),
        original_labels=VERSION.original_labels,
    output:
        **of_all_rows("gallery", "contact_sheet", "2 Maps side by side"),
    log:
        "logs/{version}/figures/contact_sheet.log",
    conda:
        CONDA
    resources:
        mem_mb=1000,
        runtime=5,
    params:
        stage="contact_sheet",
        rows=as_json(ROWS_AS_JSON),
        options=options(class_names=CLASS_NAMES, queries=QUERIES),
        resolution=RESOLUTION,
        code=code("contact_sheet"),
        environment=ENVIRONMENT,
    shell:
        SheetFigure.shell("{params.stage}", "{params.options}", version=FOLDER)


use rule contact_sheet as curves_figure with:
    input:
        histories=PLAN.each(Version.history, PLAN.trained),
    output:
        **of_all_rows("curves", "curves", "4 Training and validation loss"),
    log:
        "logs/{version}/figures/curves.log",
    params:
        stage="curves_figure",
        rows=as_json(ROWS_AS_JSON),
        options="",
        resolution=RESOLUTION,
        code=code("curves_figure"),
        environment=ENVIRONMENT,


use rule contact_sheet as verification_figure with:
    input:
        measures=PLAN.each(Version.measures),
    output:
        **of_all_rows("verification", "verification", "3 Verification of pairs"),
    log:
        "logs/{version}/figures/verification.log",
    params:
        stage="verification_figure",
        rows=as_json(ROWS_AS_JSON),
        options="",
        resolution=RESOLUTION,
        code=code("verification_figure", *catalogue.modules()),
        environment=ENVIRONMENT,


use rule contact_sheet as separation_figure with:
    input:
        distances=[
            row.home(VERSION, seed).figure(row.label, seed, "distances", "csv")
            for row, seed in PLAN.firsts
        ],
        measures=PLAN.each(Version.measures),
        original_labels=VERSION.original_labels,
    output:
        **of_all_rows("separation", "separation", "1 Separation of the classes"),
    log:
        "logs/{version}/figures/separation.log",
    params:
        stage="separation_figure",
        rows=as_json(ROWS_AS_JSON),
        options=options(class_names=CLASS_NAMES),
        resolution=RESOLUTION,
        code=code("separation_figure", *catalogue.modules()),
        environment=ENVIRONMENT,
