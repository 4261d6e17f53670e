"""The stages of the pipeline: each is a command line that reads and writes files.

``python -m discern.stages.STAGE --help`` explains one. No stage depends on Snakemake.
"""
