"""The stages of the pipeline: each a command line that reads files and writes files.

``python -m discern.stages.STAGE --help`` explains one. None knows anything of Snakemake.
"""
