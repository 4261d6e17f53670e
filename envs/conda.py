"""Write envs/training.yaml, the conda description of the environment that training.txt locks."""

import re
from pathlib import Path

HEAD = """\
# The same environment as training.txt, for `snakemake --sdm conda`. Made by `make lock`.
channels: [conda-forge, nodefaults]
dependencies:
  - python=3.11
  - pip
  - pip:
"""

folder = Path(__file__).parent
pins = re.findall(r"^[\w.-]+==[^\s;]+", (folder / "training.txt").read_text(), re.MULTILINE)
(folder / "training.yaml").write_text(HEAD + "".join(f"      - {pin}\n" for pin in pins))
