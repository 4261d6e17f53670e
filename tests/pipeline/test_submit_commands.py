"""The profiles for other schedulers, through the real plugin, with stand-ins for qsub and kubectl.

A stand-in records its arguments and runs the script on this machine.
"""

from __future__ import annotations

import json
import sys

import pytest
import yaml

from project import Project, merge

pytestmark = pytest.mark.slow

OTHERS = ("cosface", "contrastive", "intra_triplet", "triplet_softmax", "sphereface")

QSUB = """\
#!{python}
import json, pathlib, subprocess, sys
*options, script = sys.argv[1:]
number = len(list(pathlib.Path({notes!r}).glob("*.json")))
pathlib.Path({notes!r}, f"{{number}}.json").write_text(json.dumps(options))
with open({notes!r} + f"/{{number}}.out", "w") as out:
    subprocess.Popen(["sh", script], stdout=out, stderr=out, start_new_session=True)
print(f"{{number}}.server")
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


def test_generic_cluster_profile_submits_each_job_with_what_it_needs(project):
    stand_in(project, "qsub", QSUB)
    done = run(project, "cluster-generic")
    assert done.returncode == 0, done.stdout[-4000:]
    assert "Submitted job" in done.stdout
    assert (project.folder / "results/digits/select/triplet_semihard/0.npz").exists()
    notes = sorted((project.folder / "notes").glob("*.json"), key=lambda path: int(path.stem))
    asked = [[o for o in json.loads(path.read_text()) if "=" in o] for path in notes]
    assert asked == [
        ["select=1:ncpus=1:mem=1500mb:ngpus=0", "walltime=60:00"],  # download
        ["select=1:ncpus=1:mem=1000mb:ngpus=0", "walltime=5:00"],  # split
        ["select=1:ncpus=1:mem=2000mb:ngpus=1", "walltime=120:00"],  # train
        ["select=1:ncpus=1:mem=500mb:ngpus=0", "walltime=5:00"],  # select
    ]


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
