"""The profiles that retry first request the rules' resources, and then more."""

from __future__ import annotations

import re

import pytest
import yaml

from project import CHECKOUT

PROFILES = ("slurm", "grid-engine", "pbs", "kubernetes")
AMOUNTS = ("mem_mb", "runtime")
# What a rule asks for that states nothing.
DEFAULT = {"mem_mb": 500, "runtime": 5}


def stated() -> dict[str, dict[str, int]]:
    """The memory and run time that each rule states, or its base does."""
    found: dict[str, dict[str, int]] = {}
    for path in sorted((CHECKOUT / "workflow" / "rules").glob("*.smk")):
        rules = re.split(r"^(?=(?:use )?rule )", path.read_text(encoding="utf-8"), flags=re.M)[1:]
        for text in rules:
            names = re.match(r"(?:use )?rule (\w+)(?: as (\w+))?", text)
            assert names
            base, name = names[1], names[2] or names[1]
            amounts = {key: int(n) for key, n in re.findall(r"(mem_mb|runtime)=(\d+)", text)}
            found[name] = amounts or found.get(base, {})
    return {name: amounts for name, amounts in found.items() if amounts}


def profile(name: str) -> dict:
    found: dict = yaml.safe_load((CHECKOUT / f"profiles/{name}/config.yaml").read_text())
    return found


def test_rules_that_need_more_than_the_default_say_so():
    assert stated()["train"] == {"runtime": 120}  # and what the test below finds
    for name, amounts in stated().items():
        assert [amounts[key] >= DEFAULT[key] for key in amounts] == [True] * len(amounts), name


@pytest.mark.parametrize(("accelerator", "mem_mb"), [("cpu", 2000), ("gpu", 4000)])
def test_a_training_asks_for_more_memory_on_a_gpu(fresh, accelerator, mem_mb):
    overlay = {"environment": {"accelerator": accelerator}}
    done = fresh.snakemake("--dry-run", "--printshellcmds", overlay=overlay)
    asked = re.findall(r"^rule train:.*?^    resources: .*?mem_mb=(\d+)", done.stdout, re.M | re.S)
    assert asked == [str(mem_mb)] * 7


def test_slurm_can_be_asked_for_a_gpu_by_gres(fresh):
    told = (fresh.folder / "profiles/slurm/config.yaml").read_text()
    (line,) = re.findall(r"^# +set-resources: \{train: \{(.*gres.*)\}\}$", told, re.M)
    asked = yaml.safe_load(f"{{{line}}}")
    words = [f"train:{key}={value}" for key, value in asked.items() if key in ("gpu", "gres")]
    done = fresh.snakemake("--dry-run", "--set-resources", *words)
    of_trainings = re.findall(r"^rule train:.*?^    resources: ([^\n]*)", done.stdout, re.M | re.S)
    assert len(of_trainings) == 7
    assert all("gres=gpu:1" in each and "gpu=0" in each for each in of_trainings)


@pytest.mark.parametrize("name", ["grid-engine", "pbs"])
def test_schedulers_group_jobs_alike(name):
    slurm, other = profile("slurm"), profile(name)
    for key in ("groups", "cores", "jobs", "retries"):
        assert other[key] == slurm[key]


@pytest.mark.parametrize("name", PROFILES)
def test_each_attempt_asks_for_as_much_again(name):
    resources = profile(name)["set-resources"]
    expected = {
        rule: {key: f"attempt * {amount}" for key, amount in amounts.items()}
        for rule, amounts in stated().items()
    }
    assert resources == expected
    default = profile(name)["default-resources"]
    assert {key: default[key] for key in AMOUNTS} == {
        key: f"attempt * {DEFAULT[key]}" for key in AMOUNTS
    }


def test_slurm_groups_every_rule_but_the_trainings():
    text = "".join(path.read_text() for path in (CHECKOUT / "workflow/rules").glob("*.smk"))
    rules = re.findall(r"^rule (\w+):|^use rule \w+ as (\w+) with:", text, re.M)
    names = {name or derived for name, derived in rules}
    assert profile("slurm")["groups"].keys() == names - {"train"}
