"""A Grid Engine of one host on loopback: the real daemons, in a folder of their own."""

from __future__ import annotations

import getpass
import os
import shutil
import socket
import subprocess
import time
from pathlib import Path

from slurm import end, free_port

PACKAGES = "gridengine-master gridengine-exec gridengine-client"
INSTALLED = Path("/var/lib/gridengine")
SHARED = Path("/usr/share/gridengine")
PROGRAMS = Path("/usr/lib/gridengine")
# Once for each job, however many slots it has.
GPU = """\
name gpu
shortcut gpu
type INT
relop <=
requestable YES
consumable JOB
default 0
urgency 0
"""


class GridEngine:
    """The running daemons, and what they are asked."""

    def __init__(self, folder: Path):
        """Start them with all their files below ``folder``."""
        self.folder = folder
        for name in ("default/common", "qmaster", "spooldb", "execd"):
            (folder / name).mkdir(parents=True)
        for name in ("bin", "utilbin", "util", "lib"):
            (folder / name).symlink_to(INSTALLED / name)
        self.environment = {
            "SGE_ROOT": str(folder),
            "SGE_CELL": "default",
            "SGE_QMASTER_PORT": str(free_port()),
            "SGE_EXECD_PORT": str(free_port()),
        }
        self._write_defaults()
        self.daemons = [self._daemon("sge_qmaster")]
        self._await("localhost", "qconf", "-sh")
        self._must("qconf", "-as", "localhost")
        self._change("-ae", hostname="localhost", complex_values="slots=4,gpu=1")
        self._change("-ap", "smp", slots="99", allocation_rule="$pe_slots")
        self._change("-msconf", flush_submit_sec="1", flush_finish_sec="1")
        queue = {"hostlist": "localhost", "pe_list": "smp", "slots": "4"}
        self._change("-aq", "main.q", load_thresholds="NONE", **queue)
        # What runs jobs stops before what controls it.
        self.daemons.insert(0, self._daemon("sge_execd"))
        self._await("lx-", "qhost")

    def _write_defaults(self) -> None:
        """The configuration before the first start: Debian's, for any user, and quicker."""
        common = self.folder / "default/common"
        write_changed(
            SHARED / "default-bootstrap",
            common / "bootstrap",
            admin_user="none",
            spooling_params=f"{self.folder}/spooldb",
            qmaster_spool_dir=f"{self.folder}/qmaster",
        )
        write_changed(
            SHARED / "default-configuration",
            self.folder / "configuration",
            execd_spool_dir=f"{self.folder}/execd",
            min_uid="0",
            min_gid="0",
            reporting_params="accounting=true reporting=false flush_time=00:00:01 joblog=false",
        )
        host = socket.gethostname()
        (common / "host_aliases").write_text(f"localhost {host} {host.split('.')[0]}\n")
        (common / "act_qmaster").write_text("localhost\n")
        shutil.copytree(SHARED / "util/resources/centry", self.folder / "complexes")
        (self.folder / "complexes/gpu").write_text(GPU)
        self._must(
            PROGRAMS / "spoolinit", "berkeleydb", "libspoolb", self.folder / "spooldb", "init"
        )
        for kind, value in (
            ("configuration", self.folder / "configuration"),
            ("complexes", self.folder / "complexes"),
            ("usersets", SHARED / "util/resources/usersets"),
            ("managers", getpass.getuser()),
        ):
            self._must(PROGRAMS / "spooldefaults", kind, value)

    def _daemon(self, name: str) -> subprocess.Popen:
        with (self.folder / f"{name}.out").open("w") as out:
            return subprocess.Popen(
                [name],
                env=self.clean_environment() | {"SGE_ND": "true"},  # in the foreground
                stdout=out,
                stderr=subprocess.STDOUT,
                start_new_session=True,
            )

    def _change(self, *options: str, **values: str) -> None:
        """Let qconf's editor replace lines of the text that it is given."""
        script = ";".join(f"s|^{name} .*|{name} {value}|" for name, value in values.items())
        editor = self.folder / "editor"
        editor.write_text(f"#!/bin/sh\nexec sed --in-place '{script}' \"$1\"\n")
        editor.chmod(0o755)
        self._must("qconf", *options, EDITOR=str(editor))

    def _await(self, word: str, *command: str) -> None:
        """Ask until the daemon answers: a refusal names the host as well."""
        deadline = time.monotonic() + 60
        while (done := self._run(*command)).returncode or word not in done.stdout:
            if time.monotonic() > deadline:
                logs = [path.read_text()[-2000:] for path in self.folder.glob("*.out")]
                raise AssertionError("\n".join(["Grid Engine did not start:", done.stdout, *logs]))
            time.sleep(0.5)

    def clean_environment(self) -> dict[str, str]:
        """The process's environment, without what belongs to another Grid Engine."""
        kept = {k: v for k, v in os.environ.items() if not k.startswith("SGE_")}
        return kept | self.environment

    def _run(self, *words: str | Path, **variables: str) -> subprocess.CompletedProcess:
        return subprocess.run(
            words,
            env=self.clean_environment() | variables,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            check=False,
        )

    def _must(self, *words: str | Path, **variables: str) -> None:
        """Run a step of the setup, which must succeed."""
        done = self._run(*words, **variables)
        assert done.returncode == 0, (words, done.stdout)

    def call(self, *words: str | Path) -> str:
        """What a command prints, whether it succeeds or not."""
        return self._run(*words).stdout

    def stop(self) -> None:
        """End the jobs and the daemons."""
        self.call("qdel", "-u", getpass.getuser())
        for daemon in self.daemons:
            end(daemon)


def write_changed(source: Path, target: Path, **values: str) -> None:
    """Copy a file of lines that begin with a name, with other values for some names."""
    lines = [line.split(maxsplit=1) for line in source.read_text().splitlines()]
    changed = (
        f"{line[0]} {values[line[0]]}" if line and line[0] in values else " ".join(line)
        for line in lines
    )
    target.write_text("\n".join(changed) + "\n")
