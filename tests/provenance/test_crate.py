"""The RO-Crate says of each job what did it, from which bytes and into which.

The crate is read back by the rocrate library; what the profiles ask for is checked
here as https://www.researchobject.org/workflow-run-crate/profiles/ says it, for their validator
needs a network.
"""

import json
from urllib.parse import unquote

import pytest
from rocrate.rocrate import ROCrate

from provenance.finished import (
    ANOTHER,
    BESIDE,
    CODE,
    EMBEDDINGS,
    HISTORY,
    IMAGES,
    JOBS,
    OUTPUTS,
    PAGE,
    digest,
)

MANIFEST = "report/manifest.json"


@pytest.fixture
def crate(finished):
    """The crate as the library reads it, which warns of nothing."""
    return ROCrate(finished.folder)


@pytest.fixture
def actions(crate):
    """What was done, by its name."""
    return {action["name"]: action for action in crate.get_by_type("CreateAction")}


def names(entities):
    return sorted(entity["name"] for entity in as_list(entities))


def as_list(value):
    return value if isinstance(value, list) else [value]


def test_every_file_is_a_part_with_the_hash_of_its_content(crate, finished):
    parts = {unquote(entity.id): entity for entity in crate.data_entities}
    expected = {*OUTPUTS, *JOBS, *BESIDE, MANIFEST} - {"ro-crate-metadata.json"}
    assert set(parts) == expected
    for name, entity in parts.items():
        path = finished.folder / name
        assert entity.source == path  # a name that is no address is escaped
        if name != MANIFEST:
            assert entity["sha256"] == digest(path)
            assert int(entity["contentSize"]) == path.stat().st_size


def test_the_manifest_is_described_without_its_hash_which_depends_on_the_crates(crate):
    assert "sha256" not in crate.get(MANIFEST).properties()


def test_the_root_is_a_run_of_a_workflow_by_three_profiles(crate):
    root = crate.root_dataset
    profiles = {entity.id for entity in root["conformsTo"]}
    for kind in ("process", "workflow", "provenance"):
        assert f"https://w3id.org/ro/wfrun/{kind}/0.5" in profiles
    assert "results/full" in root["name"]
    assert "MIT" in root["license"]


def test_the_workflow_is_the_snakefile_with_its_steps_and_tools(crate, actions):
    workflow = crate.mainEntity
    assert workflow.id == f"report/workflow/{CODE[0]}"
    assert {"File", "SoftwareSourceCode", "ComputationalWorkflow", "HowTo"} == set(workflow.type)
    assert workflow["programmingLanguage"]["name"] == "Snakemake"
    assert names(workflow["step"]) == ["download", "embed", "report", "train"]
    tools = [tool.id for step in workflow["step"] for tool in as_list(step["workExample"])]
    assert len(tools) == len(JOBS) - 1  # two trainings were done by the same code
    assert sorted(part.id for part in workflow["hasPart"]) == sorted(tools)
    used = {as_list(action["instrument"])[0].id for action in actions.values()}
    assert used == {workflow.id, *tools}


def test_each_job_is_an_action_with_what_it_read_and_made(actions):
    jobs = {name.removesuffix("/record.json") for name in JOBS}
    assert set(actions) == {"A run of discern", *jobs}
    training = actions[ANOTHER]
    assert names(training["object"]) == sorted([IMAGES, "parameters", "seed"])
    assert names(training["result"]) == [f"{ANOTHER}/history.csv", f"{ANOTHER}/record.json"]
    assert training["instrument"]["softwareVersion"] == "d" * 64
    assert names(training["instrument"]["softwareRequirements"]) == ["Python", "numpy"]
    used = {entity["name"]: entity["value"] for entity in training["resourceUsage"]}
    assert used == {"wall_seconds": "1.5", "peak_memory_mb": "100"}


def test_an_input_that_no_job_made_is_named_with_its_hash(actions):
    (outside,) = as_list(actions["download"]["object"])
    assert (outside.type, outside["sha256"]) == ("CreativeWork", "e" * 64)


def test_the_run_read_the_settings_and_made_what_no_job_reads(crate, actions):
    run = actions["A run of discern"]
    assert run["instrument"] is crate.mainEntity
    assert run["object"]["name"] == "report/config.yaml"
    assert run["object"]["exampleOfWork"] is crate.mainEntity["input"]
    histories = [HISTORY, f"{ANOTHER}/history.csv", "train/softmax/0/history.csv"]
    assert names(run["result"]) == sorted([*histories, EMBEDDINGS[1], PAGE])


def test_jobs_share_the_parameters_and_tools_that_are_alike(crate):
    values = crate.get_by_type("PropertyValue")
    seeds = [entity for entity in values if entity["name"] == "seed"]
    margins = {entity["value"] for entity in values if entity["name"] == "parameters"}
    assert len(seeds) == 1
    assert margins == {'{"margin": 0.2}', '{"margin": 0.3}'}


def test_every_reference_leads_somewhere(finished):
    graph = json.loads(finished.crate.read_text())["@graph"]
    known = [entity["@id"] for entity in graph]
    assert len(known) == len(set(known))
    values = [one for entity in graph for value in entity.values() for one in as_list(value)]
    referred = {one["@id"] for one in values if isinstance(one, dict)}
    assert [name for name in referred - set(known) if not name.startswith("https://")] == []
