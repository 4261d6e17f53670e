"""The RO-Crate says of each job what did it, from which bytes and into which.

The crate is read back by the rocrate library; what the profiles ask for is checked
here as https://www.researchobject.org/workflow-run-crate/profiles/ says it, for their validator
needs a network.
"""

from __future__ import annotations

import hashlib
import json
from urllib.parse import unquote

import pytest
from rocrate.rocrate import ROCrate

from discern import crate

SNAKEFILE, RULES = "report/workflow/Snakefile", "report/workflow/workflow/rules/data.smk"
FILES = {
    "download/images.gz": b"images",
    "train/cosface/0/history.csv": b"history",
    "train/a row #1/0/history.csv": b"another",
    "report/index.html": b"page",
    "report/config.yaml": b"seeds: [0]",
    SNAKEFILE: b"include: ...",
    RULES: b"rule download: ...",
}


def digest(name):
    return hashlib.sha256(FILES[name]).hexdigest()


def record(stage, inputs, outputs, parameters, code="c" * 64):
    return {
        "stage": stage,
        "parameters": parameters,
        "inputs": {name: digest(name) if name in FILES else "e" * 64 for name in inputs},
        "outputs": {name: digest(name) for name in outputs},
        "code": code,
        "python": "3.11.7",
        "packages": {"numpy": "1.26.4"} if stage != "download" else {},
        "device": "x86_64",
        "wall_seconds": 1.5,
        "peak_memory_mb": 100,
    }


IMAGES, COSFACE, OTHER, PAGE, *_ = FILES
RECORDS = {
    "download/record.json": record("download", ["../data/local.gz"], [IMAGES], {}),
    "train/cosface/0/record.json": record(
        "train", [IMAGES], [COSFACE], {"seed": 0, "parameters": {"margin": 0.2}}
    ),
    "train/a row #1/0/record.json": record(
        "train", [IMAGES], [OTHER], {"seed": 0, "parameters": {"margin": 0.3}}, "d" * 64
    ),
    "report/record.json": record("report", [COSFACE, OTHER], [PAGE], {"title": "Which?"}),
}


def made(folder):
    for name, content in FILES.items():
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_bytes(content)
    hashes = {name: digest(name) for name in FILES}
    for name, content in RECORDS.items():
        (folder / name).write_text(json.dumps(content))
        hashes[name] = hashlib.sha256((folder / name).read_bytes()).hexdigest()
    code = [SNAKEFILE, RULES]
    return crate.metadata(
        folder,
        RECORDS,
        hashes,
        code=code,
        configuration="report/config.yaml",
        others=["report/manifest.json"],
        published="2026-01-02",
    )


@pytest.fixture
def folder(tmp_path):
    version = tmp_path / "full"
    (version / "report").mkdir(parents=True)
    (version / "report/manifest.json").write_text("{}")
    (version / crate.NAME).write_text(json.dumps(made(version)))
    return version


@pytest.fixture
def read(folder):
    """The crate as the library reads it, which warns of nothing."""
    return ROCrate(folder)


def names(entities):
    return sorted(entity["name"] for entity in as_list(entities))


def as_list(value):
    return value if isinstance(value, list) else [value]


def test_the_same_records_give_the_same_bytes(folder, tmp_path):
    again = made(tmp_path / "copy" / "full")
    assert json.dumps(again) == (folder / crate.NAME).read_text()


def test_every_file_is_a_part_with_the_hash_of_its_content(read, folder):
    found = {unquote(entity.id): entity for entity in read.data_entities}
    assert set(found) == {*FILES, *RECORDS, "report/manifest.json"}
    for name, entity in found.items():
        content = (folder / name).read_bytes()
        if name != "report/manifest.json":  # its hash depends on the crate's
            assert entity["sha256"] == hashlib.sha256(content).hexdigest()
            assert int(entity["contentSize"]) == len(content)
        assert entity.source == folder / name  # a name that is no address is escaped


def test_the_root_is_a_run_of_a_workflow_by_three_profiles(read):
    root = read.root_dataset
    profiles = {entity.id for entity in root["conformsTo"]}
    for kind in ("process", "workflow", "provenance"):
        assert f"https://w3id.org/ro/wfrun/{kind}/0.5" in profiles
    assert "results/full" in root["name"]
    assert json.loads(json.dumps(root.properties()))["datePublished"] == "2026-01-02"
    assert "MIT" in root["license"]


def test_the_workflow_is_the_snakefile_with_its_steps_and_tools(read):
    workflow = read.mainEntity
    assert workflow.id == SNAKEFILE
    assert {"File", "SoftwareSourceCode", "ComputationalWorkflow", "HowTo"} == set(workflow.type)
    assert workflow["programmingLanguage"]["name"] == "Snakemake"
    assert names(workflow["step"]) == ["download", "report", "train"]
    tools = [tool for step in workflow["step"] for tool in as_list(step["workExample"])]
    parts = {part.id for part in workflow["hasPart"]}
    assert parts == {tool.id for tool in tools}
    used = {as_list(action["instrument"])[0].id for action in read.get_by_type("CreateAction")}
    assert used == {workflow.id, *(tool.id for tool in tools)}


def test_each_job_is_an_action_with_what_it_read_and_made(read):
    actions = {action["name"]: action for action in read.get_by_type("CreateAction")}
    assert set(actions) == {
        "A run of discern",
        "download",
        "report",
        "train/cosface/0",
        "train/a row #1/0",
    }
    training = actions["train/a row #1/0"]
    assert names(training["object"]) == sorted([IMAGES, "parameters", "seed"])
    assert names(training["result"]) == [OTHER, "train/a row #1/0/record.json"]
    assert training["instrument"]["softwareVersion"] == "d" * 64
    assert names(training["instrument"]["softwareRequirements"]) == ["Python", "numpy"]
    used = {entity["name"]: entity["value"] for entity in training["resourceUsage"]}
    assert used == {"wall_seconds": "1.5", "peak_memory_mb": "100"}
    (outside,) = as_list(actions["download"]["object"])
    assert (outside.type, outside["sha256"]) == ("CreativeWork", "e" * 64)


def test_the_run_read_the_settings_and_made_what_no_job_reads(read):
    (run,) = (a for a in read.get_by_type("CreateAction") if a["instrument"] is read.mainEntity)
    assert run["object"]["name"] == "report/config.yaml"
    assert run["object"]["exampleOfWork"] is read.mainEntity["input"]
    assert names(run["result"]) == [PAGE]


def test_jobs_share_the_parameters_and_tools_that_are_alike(read):
    values = read.get_by_type("PropertyValue")
    seeds = [entity for entity in values if entity["name"] == "seed"]
    margins = {entity["value"] for entity in values if entity["name"] == "parameters"}
    assert len(seeds) == 1
    assert margins == {'{"margin": 0.2}', '{"margin": 0.3}'}


def test_every_reference_leads_somewhere(folder):
    graph = json.loads((folder / crate.NAME).read_text())["@graph"]
    known = [entity["@id"] for entity in graph]
    assert len(known) == len(set(known))
    referred = {
        one["@id"]
        for entity in graph
        for value in entity.values()
        for one in as_list(value)
        if isinstance(one, dict)
    }
    assert {name for name in referred - set(known) if not name.startswith("https://")} == set()
