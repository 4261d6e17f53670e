"""A Slurm of one node on loopback: the real daemons, without accounting, munge or systemd."""

from __future__ import annotations

import getpass
import os
import shutil
import socket
import subprocess
import time
from pathlib import Path

PACKAGE = "slurm-wlm"
SLURM_CONF = """\
ClusterName=toy
SlurmctldHost={host}(127.0.0.1)
SlurmctldPort={controller_port}
SlurmdPort={node_port}
SlurmUser={user}
SlurmdUser={user}
AuthType=auth/none
CredType=cred/none
StateSaveLocation={folder}/state
SlurmdSpoolDir={folder}/spool
SlurmctldPidFile={folder}/slurmctld.pid
SlurmdPidFile={folder}/slurmd.pid
SlurmctldLogFile={folder}/slurmctld.log
SlurmdLogFile={folder}/slurmd.log
ProctrackType=proctrack/linuxproc
TaskPlugin=task/none
SwitchType=switch/none
MpiDefault=none
JobAcctGatherType=jobacct_gather/none
AccountingStorageType=accounting_storage/none
MailProg=/bin/true
ReturnToService=2
SlurmdParameters=config_overrides
PropagateResourceLimits=NONE
SelectType=select/cons_tres
SelectTypeParameters=CR_Core_Memory
SchedulerType=sched/backfill
SchedulerParameters=sched_min_interval=0,bf_interval=1
GresTypes=gpu
MinJobAge=900
KillWait=5
NodeName={host} NodeAddr=127.0.0.1 CPUs=4 RealMemory=16000 Gres=gpu:1 State=UNKNOWN
PartitionName=main Nodes={host} Default=YES MaxTime=INFINITE State=UP
"""
# A character device stands in for the GPU, of which Slurm counts and assigns but opens none.
GRES_CONF = "NodeName={host} Name=gpu File=/dev/null\n"


def command(name: str) -> str | None:
    """The path of a command of Slurm's, daemons included; None where it is not installed."""
    return shutil.which(name, path=f"{os.environ['PATH']}:/usr/sbin:/sbin")


class Slurm:
    """The running daemons and what they recorded."""

    def __init__(self, folder: Path):
        """Start them with all their files below ``folder``."""
        names = ("state", "spool", "bin")
        for name in names:
            (folder / name).mkdir()
        values = {
            "folder": folder,
            "host": socket.gethostname().split(".")[0],
            "user": getpass.getuser(),
            "controller_port": free_port(),
            "node_port": free_port(),
        }
        configuration = folder / "slurm.conf"
        configuration.write_text(SLURM_CONF.format(**values))
        (folder / "gres.conf").write_text(GRES_CONF.format(**values))
        # The plugin's job step drops SLURM_CONF, as on a cluster the file lies where Slurm looks.
        srun = folder / "bin/srun"
        srun.write_text(f'#!/bin/sh\nSLURM_CONF={configuration} exec {command("srun")} "$@"\n')
        srun.chmod(0o755)
        self.environment = {
            "SLURM_CONF": str(configuration),
            "PATH": f"{folder / 'bin'}:{os.environ['PATH']}:/usr/sbin:/sbin",
        }
        self.folder = folder
        # The node stops before what controls it.
        self.daemons = [
            self._daemon("slurmctld", "-D", "-i", "-c"),
            self._daemon("slurmd", "-D"),
        ][::-1]
        self._await_idle_node()

    def _daemon(self, name: str, *options: str) -> subprocess.Popen:
        with (self.folder / f"{name}.out").open("w") as out:
            return subprocess.Popen(
                [command(name) or name, *options],
                env=self.clean_environment(),
                stdout=out,
                stderr=subprocess.STDOUT,
                start_new_session=True,
            )

    def clean_environment(self) -> dict[str, str]:
        """The process's environment, without what belongs to another Slurm."""
        foreign = ("SLURM_", "SBATCH_", "SRUN_", "SQUEUE_")
        kept = {k: v for k, v in os.environ.items() if not k.startswith(foreign)}
        return kept | self.environment

    def _await_idle_node(self) -> None:
        deadline = time.monotonic() + 30
        while time.monotonic() < deadline:
            if "idle" in self.call("sinfo", "--noheader", "--format=%t"):
                return
            time.sleep(0.5)
        logs = [path.read_text()[-2000:] for path in sorted(self.folder.glob("slurm*.[lo]*"))]
        raise AssertionError("Slurm's node did not become idle:\n" + "\n".join(logs))

    def call(self, *words: str) -> str:
        """What a command of Slurm's prints."""
        done = subprocess.run(
            words, env=self.clean_environment(), capture_output=True, text=True, check=False
        )
        return done.stdout

    def jobs(self) -> list[dict[str, str]]:
        """Slurm's record of each job, in the order of submission."""
        lines = self.call("scontrol", "show", "job", "--oneliner").splitlines()
        found = [dict(f.split("=", 1) for f in line.split() if "=" in f) for line in lines]
        return sorted((job for job in found if "JobId" in job), key=lambda job: int(job["JobId"]))

    def stop(self) -> None:
        """End the daemons, and what jobs are left."""
        self.call("scancel", "--user", getpass.getuser())
        for daemon in self.daemons:
            daemon.terminate()
            try:
                daemon.wait(10)
            except subprocess.TimeoutExpired:
                daemon.kill()
                daemon.wait()


def free_port() -> int:
    """A port that nobody listens to."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]
