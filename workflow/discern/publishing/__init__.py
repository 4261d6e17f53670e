"""The files of a version under version control, and the numbers that texts quote."""
