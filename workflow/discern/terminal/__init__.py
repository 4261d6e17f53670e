"""What the terminal shows while Snakemake runs the jobs."""
