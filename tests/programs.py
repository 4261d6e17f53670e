"""Programs that are run to their end."""

import subprocess


def run_program(*command, **options):
    """Run a command; what it prints is text, and its status is for the test to judge."""
    return subprocess.run(command, capture_output=True, text=True, check=False, **options)
