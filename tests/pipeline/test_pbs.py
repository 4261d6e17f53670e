"""The profile for PBS, through the real plugin, with stand-ins for its commands.

A stand-in records its arguments and runs the script on this machine.
"""

from __future__ import annotations

import json
import sys

import pytest

from programs import run_program
from project import CHECKOUT, Project, merge

pytestmark = pytest.mark.slow

OTHERS = ("cosface", "contrastive", "intra_triplet", "triplet_softmax", "sphereface")

QSUB = """\
#!{python}
import json, pathlib, subprocess, sys
*options, script = sys.argv[1:]
number = len(list(pathlib.Path({notes!r}).glob("*.json")))
pathlib.Path({notes!r}, f"{{number}}.json").write_text(json.dumps(options))
end = f'sh "$0"; echo $? > {notes}/{{number}}.server.ended'
with open({notes!r} + f"/{{number}}.out", "w") as out:
    subprocess.Popen(["sh", "-c", end, script], stdout=out, stderr=out, start_new_session=True)
print(f"{{number}}.server")
"""

# As OpenPBS answers about a job that it remembers.
QSTAT = """\
#!/bin/sh
ended={notes}/$3.ended
echo "Job Id: $3"
if [ -e "$ended" ]; then
  echo "    job_state = F"
  echo "    Exit_status = $(cat "$ended")"
else
  echo "    job_state = R"
fi
"""


@pytest.fixture
def project(fresh: Project) -> Project:
    """Two losses of which one asks for raw pixels; what is submitted is written down in notes/."""
    (fresh.folder / "tools").mkdir()
    (fresh.folder / "notes").mkdir()
    fresh.environment["PATH"] = f"{fresh.folder / 'tools'}:/usr/local/bin:/usr/bin:/bin"
    fresh.overlay = merge(
        fresh.overlay,
        {"losses": dict.fromkeys((*OTHERS, "softmax", "pixels"), False), "training": {"epochs": 2}},
    )
    return fresh


def stand_in(project: Project, name: str, text: str) -> None:
    tool = project.folder / "tools" / name
    tool.write_text(text.format(python=sys.executable, notes=str(project.folder / "notes")))
    tool.chmod(0o755)


def run(project: Project, profile: str, *arguments: str):
    options = ("--profile", f"profiles/{profile}", "--until", "select", *arguments)
    return project.snakemake(*options, "--seconds-between-status-checks", "1")


def test_pbs_profile_submits_each_group_with_what_it_needs(project):
    stand_in(project, "qsub", QSUB)
    stand_in(project, "qstat", QSTAT)
    done = run(project, "pbs")
    assert done.returncode == 0, done.stdout[-4000:]
    assert "Submitted job" in done.stdout
    assert (project.folder / "results/digits/select/triplet_semihard/0.npz").exists()
    notes = sorted((project.folder / "notes").glob("*.json"), key=lambda path: int(path.stem))
    asked = [[o for o in json.loads(path.read_text()) if "=" in o] for path in notes]
    assert asked == [
        ["select=1:ncpus=1:mem=1500mb:ngpus=0", "walltime=65:00"],  # download and split
        ["select=1:ncpus=1:mem=2000mb:ngpus=1", "walltime=120:00"],  # train
        ["select=1:ncpus=1:mem=500mb:ngpus=0", "walltime=5:00"],  # select
    ]


def test_a_job_that_pbs_kills_fails_the_run(project):
    stand_in(project, "qsub", QSUB.replace('sh "$0"; echo $?', "echo 271"))
    stand_in(project, "qstat", QSTAT)
    done = run(project, "pbs", "--retries", "0")
    assert done.returncode == 1
    assert "Error in group data" in done.stdout
    assert "A job without a message was ended by the scheduler" in done.stdout


@pytest.mark.parametrize(
    ("answer", "status"),
    [
        ("    job_state = Q", "running"),
        ("    job_state = E\n    Exit_status = 0", "running"),
        ("    job_state = F\n    Exit_status = 0", "success"),
        ("    job_state = F\n    Exit_status = 1", "failed"),
        ("    job_state = F\n    Exit_status = -29", "failed"),
        ("    job_state = F", "failed"),  # deleted before it ran
        ("qstat: Unknown Job Id 7.server", "failed"),
        ("qstat: cannot connect to server", "running"),
    ],
)
def test_the_status_of_a_pbs_job_follows_from_its_record(tmp_path, answer, status):
    (tmp_path / "qstat").write_text(f"#!/bin/sh\ncat <<'END'\n{answer}\nEND\n")
    (tmp_path / "qstat").chmod(0o755)
    environment = {"PATH": f"{tmp_path}:/usr/bin:/bin"}
    done = run_program(CHECKOUT / "profiles/pbs/status", "7.server", env=environment)
    assert done.stdout == f"{status}\n"
    assert ("job_history_enable" in done.stderr) is ("Unknown" in answer)
