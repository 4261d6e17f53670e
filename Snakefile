from snakemake.utils import min_version

min_version("9.14")


configfile: "config.yaml"


include: "workflow/rules/common.smk"
include: "workflow/rules/data.smk"
include: "workflow/rules/training.smk"
include: "workflow/rules/discrimination.smk"
include: "workflow/rules/comparison.smk"
include: "workflow/rules/figures.smk"
include: "workflow/rules/search.smk"
include: "workflow/rules/report.smk"


wildcard_constraints:
    version=r"[A-Za-z0-9][A-Za-z0-9_.-]*",
    loss="|".join(ROWS),
    seed=r"\d+",


rule all:
    default_target: True
    input:
        f"{RESULTS}/report/manifest.json",
        f"{RESULTS}/ro-crate-metadata.json",


onstart:
    prepare()


onsuccess:
    if Path(RESULT).exists():
        print(f"The result is {RESULT}", file=sys.stderr)


onerror:
    print(
        "A job that failed says why in one sentence, above and in its log. One that says nothing "
        "was killed, mostly because memory ran out: run fewer at a time. The same command goes "
        "on from here.",
        file=sys.stderr,
    )
