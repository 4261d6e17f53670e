"""Describe a version's folder as a Provenance Run RO-Crate: its jobs, tools, inputs and outputs.

The terms are explained at https://www.researchobject.org/workflow-run-crate/. Everything comes from
the jobs' records, without random numbers or the current time, so the same records give the same
bytes.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable, Mapping
from pathlib import Path, PurePosixPath
from typing import Any
from urllib.parse import quote

from rocrate.model.contextentity import ContextEntity
from rocrate.model.entity import Entity
from rocrate.rocrate import ROCrate

from discern.provenance.record import job_name

# The version of RO-Crate that the latest profiles build on.
_RO_CRATE = "1.1"
_PROFILES = {
    "https://w3id.org/ro/wfrun/process/0.5": "Process Run Crate",
    "https://w3id.org/ro/wfrun/workflow/0.5": "Workflow Run Crate",
    "https://w3id.org/ro/wfrun/provenance/0.5": "Provenance Run Crate",
    "https://w3id.org/workflowhub/workflow-ro-crate/1.0": "Workflow RO-Crate",
}
_BIOSCHEMAS = "https://bioschemas.org/profiles/ComputationalWorkflow/1.0-RELEASE"
_TERMS = "https://w3id.org/ro/terms/workflow-run/context"
_LICENSE = (
    "The workflow is under the MIT License. The publisher of its results chooses their licence; "
    "images of the data set keep the data set's licence."
)
_FORMATS = {
    ".csv": "text/csv",
    ".gz": "application/gzip",
    ".html": "text/html",
    ".json": "application/json",
    ".md": "text/markdown",
    ".npz": "application/zip",
    ".pdf": "application/pdf",
    ".png": "image/png",
    ".smk": "text/x-python",
    ".svg": "image/svg+xml",
    ".yaml": "application/yaml",
}
_USED = {
    # what a record measures: its property and unit
    "wall_seconds": ("https://schema.org/duration", "http://qudt.org/vocab/unit/SEC"),
    "peak_memory_mb": (
        "https://schema.org/memoryRequirements",
        "http://qudt.org/vocab/unit/MegaBYTE",
    ),
}


def metadata(
    folder: Path,
    records: Mapping[str, Mapping[str, Any]],
    hashes: Mapping[str, str],
    code: Iterable[str],
    configuration: str,
    others: Iterable[str],
    published: str,
) -> dict[str, Any]:
    """The content of ``ro-crate-metadata.json`` in ``folder``.

    Args:
        folder: the version's folder.
        records: one per job, by job name; file names are relative to ``folder``.
        hashes: SHA-256 of each file to describe, by its name relative to ``folder``.
        code: the files of the workflow, its Snakefile first.
        configuration: the file with the settings.
        others: files to describe without a hash.
        published: the date of the newest result, ISO 8601.
    """
    crate = _Crate(folder, hashes)
    snakefile, *included = code
    workflow = crate.workflow(snakefile, included)
    for name in sorted(set(hashes) - {snakefile}):
        crate.file(name)
    for name in others:
        crate.file(name)
    for name, record in records.items():
        crate.job(name, record)
    crate.run(workflow, configuration, records)
    crate.root(folder.resolve().name, published)
    found: dict[str, Any] = crate.built.metadata.generate()
    found["@graph"] = [
        {key: _compact(value) for key, value in entity.items()} for entity in found["@graph"]
    ]
    return found


class _Crate:
    """A crate under construction; each entity is made only once."""

    def __init__(self, folder: Path, hashes: Mapping[str, str]) -> None:
        self.built = ROCrate(version=_RO_CRATE)
        self.built.metadata.extra_contexts.append(_TERMS)
        self.folder = folder
        self.hashes = hashes
        self.entities: dict[str, Entity] = {}
        self.tools: dict[str, list[Entity]] = {}
        self.actions: list[Entity] = []

    def _context(self, identifier: str, kind: str | list[str], **properties: Any) -> Entity:
        """The contextual entity ``identifier``, made if it is missing."""
        if identifier not in self.entities:
            entity = ContextEntity(self.built, identifier, {"@type": kind, **properties})
            self.entities[identifier] = self.built.add(entity)
        return self.entities[identifier]

    def _described(self, name: str) -> dict[str, Any]:
        """The properties of the file ``name``."""
        path = self.folder / name
        found: dict[str, Any] = {"name": name}
        found["encodingFormat"] = _FORMATS.get(PurePosixPath(name).suffix, "text/plain")
        if digest := self.hashes.get(name):
            found |= {"sha256": digest, "contentSize": str(path.stat().st_size)}
        return found

    def file(self, name: str) -> Entity:
        """The file ``name``, relative to the folder."""
        if name not in self.entities:
            self.entities[name] = self.built.add_file(
                dest_path=name, properties=self._described(name)
            )
        return self.entities[name]

    def workflow(self, snakefile: str, included: Iterable[str]) -> Entity:
        """The main workflow with the rules that it includes; the version is their hash."""
        hashes = "".join(self.hashes[name] for name in [snakefile, *included])
        entity: Entity = self.built.add_workflow(
            dest_path=snakefile,
            main=True,
            lang="snakemake",
            properties={
                **self._described(snakefile),
                "@type": ["File", "SoftwareSourceCode", "ComputationalWorkflow", "HowTo"],
                "name": "discern",
                "description": "Which loss function separates classes best in an embedding?",
                "conformsTo": self._context(
                    _BIOSCHEMAS, "CreativeWork", name="Bioschemas workflow"
                ),
                "version": hashlib.sha256(hashes.encode()).hexdigest(),
            },
        )
        return entity

    def job(self, name: str, record: Mapping[str, Any]) -> None:
        """The action of one job, and the step of the workflow that it belongs to."""
        stage = record["stage"]
        job = f"#{quote(job_name(name))}"
        tool = self._tool(stage, record)
        action = self._context(
            job,
            "CreateAction",
            name=job_name(name),
            description=f"The stage {stage} of discern, on {record['device']}",
            instrument=tool,
            actionStatus="http://schema.org/CompletedActionStatus",
            object=[
                *(self._read(*read) for read in record["inputs"].items()),
                *self._parameters(stage, record["parameters"]),
            ],
            result=[
                *(self.file(made) for made in record["outputs"]),
                self.file(name),
            ],
            resourceUsage=[
                self._context(
                    f"{job}/{measured}",
                    "PropertyValue",
                    name=measured,
                    propertyID=meaning,
                    unitCode=unit,
                    value=str(record[measured]),
                )
                for measured, (meaning, unit) in _USED.items()
            ],
        )
        self.actions.append(action)

    def _read(self, name: str, digest: str) -> Entity:
        """An input: a file in this folder, or one from elsewhere, identified by its hash."""
        if name in self.hashes:
            return self.file(name)
        label = PurePosixPath(name).name
        return self._context(f"#input-{digest}", "CreativeWork", name=label, sha256=digest)

    def _tool(self, stage: str, record: Mapping[str, Any]) -> Entity:
        """The program of a job: a stage's code in an environment."""
        packages = {"Python": record["python"], **record["packages"]}
        digest = _digest([record["code"], packages])
        tool = self._context(
            f"#{stage}-{digest}",
            "SoftwareApplication",
            name=f"discern.stages.{stage}",
            softwareVersion=record["code"],
            softwareRequirements=[
                self._context(
                    f"#package-{quote(name)}-{version}",
                    "SoftwareApplication",
                    name=name,
                    softwareVersion=version,
                )
                for name, version in packages.items()
            ],
        )
        known = self.tools.setdefault(stage, [])
        if tool not in known:
            known.append(tool)
        return tool

    def _parameters(self, stage: str, parameters: Mapping[str, Any]) -> list[Entity]:
        """The parameter values of a job, each an example of a formal parameter of its stage."""
        found = []
        for name, value in parameters.items():
            formal = self._context(
                f"#{stage}/{name}", "FormalParameter", name=name, additionalType="PropertyValue"
            )
            text = value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)
            found.append(
                self._context(
                    f"{formal.id}/{_digest(value)}",
                    "PropertyValue",
                    name=name,
                    value=text,
                    exampleOfWork=formal,
                )
            )
        return found

    def run(
        self, workflow: Entity, configuration: str, records: Mapping[str, Mapping[str, Any]]
    ) -> None:
        """The whole run: its steps, its configuration, and the outputs that no job reads."""
        steps = [
            self._context(f"#step-{stage}", "HowToStep", name=stage, workExample=tools)
            for stage, tools in self.tools.items()
        ]
        workflow["step"] = steps
        workflow["hasPart"] = [tool for tools in self.tools.values() for tool in tools]
        read = {name for record in records.values() for name in record["inputs"]}
        made = {name for record in records.values() for name in record["outputs"]}
        formal = self._context(
            "#configuration", "FormalParameter", name="configuration", additionalType="File"
        )
        workflow["input"] = [formal]
        settings = self.file(configuration)
        settings["exampleOfWork"] = formal
        action = self._context(
            "#run",
            "CreateAction",
            name="A run of discern",
            description="All jobs whose results are in the folder, from one or several runs",
            instrument=workflow,
            actionStatus="http://schema.org/CompletedActionStatus",
            object=[settings],
            result=[self.file(name) for name in sorted(made - read)],
        )
        self.actions.append(action)

    def root(self, version: str, published: str) -> None:
        """The crate as a whole."""
        root = self.built.root_dataset
        root["name"] = f"discern: results/{version}"
        root["description"] = (
            "Loss functions for embeddings, trained, measured and drawn side by side by discern"
        )
        root["license"] = _LICENSE
        root["datePublished"] = published
        root["mentions"] = self.actions
        root["conformsTo"] = [
            self._context(profile, "CreativeWork", name=name, version=profile.rpartition("/")[2])
            for profile, name in _PROFILES.items()
        ]


def _compact(value: Any) -> Any:
    """``value``, but for a list of one element that element, as RO-Crate represents it."""
    return value[0] if isinstance(value, list) and len(value) == 1 else value


def _digest(value: Any) -> str:
    return hashlib.sha256(json.dumps(value, sort_keys=True).encode()).hexdigest()[:12]
