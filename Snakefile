# Plain `snakemake` works here: all of it is workflow/Snakefile, whose default target is this file's.
workflow.include("workflow/Snakefile", overwrite_default_target=True)
