"""The profiles for PBS and Kubernetes, through the real plugin, with stand-ins for their commands.

A stand-in records its arguments and runs the script on this machine.
"""

from __future__ import annotations

import json
import re
import shutil
import sys

import pytest
import yaml

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

KUBECTL = """\
#!{python}
import pathlib, subprocess, sys, yaml
notes = pathlib.Path({notes!r})
if sys.argv[1] == "create":
    manifest = yaml.safe_load(sys.stdin)
    name = manifest["metadata"]["generateName"] + str(len(list(notes.glob("*.yaml"))))
    (notes / f"{{name}}.yaml").write_text(yaml.safe_dump(manifest))
    command = manifest["spec"]["template"]["spec"]["containers"][0]["command"]
    (notes / f"{{name}}.sh").write_text(pathlib.Path(command[-1]).read_text())
    end = f'"$@"; echo $? > {{notes}}/{{name}}.ended'
    with (notes / f"{{name}}.out").open("w") as out:
        subprocess.Popen(
            ["sh", "-c", end, "sh", *command], stdout=out, stderr=out, start_new_session=True
        )
    print(name, end="")
elif sys.argv[1:3] == ["get", "job"]:
    ended = notes / f"{{sys.argv[3]}}.ended"
    status = ended.read_text().strip() if ended.exists() else ""
    succeeded, failed = ("1" if status == "0" else ""), ("1" if status not in ("", "0") else "")
    print(f"succeeded={{succeeded}} failed={{failed}}.", end="")
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


def test_kubernetes_profile_makes_a_job_of_each_with_a_gpu_for_trainings(project):
    stand_in(project, "kubectl", KUBECTL)
    names = {"IMAGE": "registry.example/discern:1", "CLAIM": "work", "MOUNT": str(project.folder)}
    project.environment.update({f"DISCERN_{name}": value for name, value in names.items()})
    done = run(project, "kubernetes")
    assert done.returncode == 0, done.stdout[-4000:]
    assert (project.folder / "results/digits/select/triplet_semihard/0.npz").exists()
    manifests = [
        yaml.safe_load((project.folder / f"notes/discern-{number}.yaml").read_text())
        for number in range(4)
    ]
    pods = [manifest["spec"]["template"]["spec"] for manifest in manifests]
    limits = [pod["containers"][0]["resources"]["limits"] for pod in pods]
    assert [limit["nvidia.com/gpu"] for limit in limits] == [0, 0, 1, 0]
    assert [limit["memory"] for limit in limits] == ["1500M", "1000M", "2000M", "500M"]
    assert [pod["activeDeadlineSeconds"] for pod in pods] == [3600, 300, 7200, 300]
    # a pod does not have Snakemake's environment
    scripts = [(project.folder / f"notes/discern-{n}.sh").read_text() for n in range(4)]
    assert all("export DISCERN_ACCELERATOR=" in script for script in scripts)
    for manifest, pod in zip(manifests, pods, strict=True):
        assert manifest["spec"]["backoffLimit"] == 0
        (container,) = pod["containers"]
        assert container["image"] == names["IMAGE"]
        assert container["workingDir"] == str(project.folder)
        assert container["volumeMounts"][0]["mountPath"] == names["MOUNT"]
        assert pod["volumes"][0]["persistentVolumeClaim"] == {"claimName": "work"}


def submitted(tmp_path, **variables) -> dict:
    """The Job that the profile's command submits from a folder whose name needs quotes."""
    folder = tmp_path / 'a "quoted\\" path'
    profile = folder / "profiles/kubernetes"
    shutil.copytree(CHECKOUT / "profiles/kubernetes", profile)
    pod = profile / "pod.yaml"
    pod.write_text(re.sub(r"^# (?=\w+: [{\[])", "", pod.read_text(), flags=re.MULTILINE))
    (tmp_path / "kubectl").write_text("#!/bin/sh\nexec cat\n")
    (tmp_path / "kubectl").chmod(0o755)
    names = {"IMAGE": "discern", "CLAIM": "work", "MOUNT": str(folder), **variables}
    environment = {f"DISCERN_{name}": value for name, value in names.items()}
    done = run_program(
        *(profile / "submit", "2", "500", "1", "5", f"{folder}/job.sh"),
        cwd=folder,
        env=environment | {"PATH": f"{tmp_path}:/usr/bin:/bin"},
    )
    job: dict = yaml.safe_load(done.stdout)
    return job["spec"]


def test_a_pod_finds_the_data_and_its_script_whatever_their_paths(tmp_path):
    job = submitted(tmp_path, DATA='/work/"my"\\data')
    (container,) = job["template"]["spec"]["containers"]
    folder = f'{tmp_path}/a "quoted\\" path'
    assert container["command"] == ["bash", f"{folder}/job.sh"]
    assert container["workingDir"] == container["volumeMounts"][0]["mountPath"] == folder
    assert container["env"] == [{"name": "DISCERN_DATA", "value": '/work/"my"\\data'}]


def test_a_pod_has_the_further_fields_of_the_profile(tmp_path):
    pod = submitted(tmp_path)["template"]["spec"]
    assert pod["securityContext"]["fsGroup"] == 1000
    assert pod["imagePullSecrets"] == [{"name": "registry"}]
    assert pod["nodeSelector"] == {"gpu": "a100"}


def test_a_job_on_kubernetes_waits_a_day_at_most_and_is_removed_a_day_after_its_end(tmp_path):
    job, day = submitted(tmp_path), 24 * 60 * 60
    minutes = job["template"]["spec"]["activeDeadlineSeconds"] / 60
    assert minutes == 5
    assert job["activeDeadlineSeconds"] == minutes * 60 + day
    assert job["ttlSecondsAfterFinished"] == day


def test_kubernetes_profile_says_what_it_needs(project):
    stand_in(project, "kubectl", KUBECTL)
    done = run(project, "kubernetes", "--retries", "0")
    assert done.returncode == 1
    assert "discern: set DISCERN_IMAGE (docs/cluster.md, Kubernetes)" in done.stdout


def test_failed_pod_fails_the_run(project):
    stand_in(project, "kubectl", KUBECTL.replace('"$@"; echo', "false; echo"))
    for name in ("IMAGE", "CLAIM", "MOUNT"):
        project.environment[f"DISCERN_{name}"] = "x"
    done = run(project, "kubernetes", "--retries", "0")
    assert done.returncode == 1
    assert "Error in rule download" in done.stdout
