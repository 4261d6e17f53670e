"""A Slurm on loopback: the real daemons, one for each node, without accounting or systemd."""

from __future__ import annotations

import contextlib
import getpass
import os
import shutil
import signal
import socket
import subprocess
import time
from pathlib import Path

PACKAGE = "slurm-wlm"
SLURM_CONF = """\
ClusterName=toy
SlurmctldHost={host}(127.0.0.1)
SlurmctldPort={controller_port}
SlurmUser={user}
SlurmdUser={user}
AuthType=auth/munge
CredType=cred/munge
AuthInfo=socket={folder}/munge.sock,cred_expire=5
StateSaveLocation={folder}/state
SlurmdSpoolDir={folder}/spool.%n
SlurmctldPidFile={folder}/slurmctld.pid
SlurmdPidFile={folder}/slurmd.%n.pid
SlurmctldLogFile={folder}/slurmctld.log
SlurmdLogFile={folder}/slurmd.%n.log
SlurmdTimeout=15
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
PartitionName=main Nodes=ALL Default=YES MaxTime=INFINITE State=UP
"""
NODE = """\
NodeName={name} NodeHostname={host} NodeAddr=127.0.0.1 Port={port} CPUs=4 RealMemory=9000 Gres=gpu:1
"""
# A character device stands in for the GPU, of which Slurm counts and assigns but opens none.
GRES_CONF = "Name=gpu File=/dev/null\n"


def command(name: str) -> str | None:
    """The path of a command of Slurm's, daemons included; None where it is not installed."""
    return shutil.which(name, path=f"{os.environ['PATH']}:/usr/sbin:/sbin")


class Slurm:
    """The running daemons and what they recorded."""

    def __init__(self, folder: Path, nodes: tuple[str, ...] = ("n1",)):
        """Start them with all their files below ``folder``."""
        self.folder = folder
        for name in ("state", "bin"):
            (folder / name).mkdir()
        configuration = folder / "slurm.conf"
        host = socket.gethostname().split(".")[0]
        values = {"folder": folder, "host": host, "user": getpass.getuser()}
        text = SLURM_CONF.format(controller_port=free_port(), **values)
        for name in nodes:
            text += NODE.format(name=name, host=host, port=free_port())
        configuration.write_text(text)
        (folder / "gres.conf").write_text(GRES_CONF)
        # The plugin's job step drops SLURM_CONF, as on a cluster the file lies where Slurm looks.
        # Each machine of a cluster has its own /tmp, and so its own locks of GPUs.
        srun = folder / "bin/srun"
        srun.write_text(
            f"#!/bin/sh\nexport SLURM_CONF={configuration}\n"
            f'export DISCERN_GPU_LOCKS="{self._locks("$SLURMD_NODENAME")}"\n'
            f'exec {command("srun")} "$@"\n'
        )
        srun.chmod(0o755)
        self.environment = {
            "SLURM_CONF": str(configuration),
            "PATH": f"{folder / 'bin'}:{os.environ['PATH']}:/usr/sbin:/sbin",
        }
        key = folder / "munge.key"
        key.write_bytes(os.urandom(128))
        key.chmod(0o600)
        files = {"key-file": key} | {
            f"{name}-file": folder / f"munge.{name}" for name in ("pid", "log", "seed")
        }
        options = [f"--{name}={path}" for name, path in files.items()]
        self.munged = self._daemon(
            "munged", "--foreground", "--force", f"--socket={folder}/munge.sock", *options
        )
        self.start_controller("-c")
        self.nodes: dict[str, subprocess.Popen] = {}
        for name in nodes:
            self.start_node(name)
        self.await_nodes("idle")

    def _daemon(self, name: str, *options: str, **variables: str) -> subprocess.Popen:
        with (self.folder / f"{name}.out").open("a") as out:
            return subprocess.Popen(
                [command(name) or name, *options],
                env=self.clean_environment() | variables,
                stdout=out,
                stderr=subprocess.STDOUT,
                start_new_session=True,
            )

    def start_controller(self, *options: str) -> None:
        """Start what decides which job runs where."""
        self.controller = self._daemon("slurmctld", "-i", "-D", *options)

    def restart_controller(self) -> None:
        """End the controller and start it again, with what it has saved."""
        end(self.controller)
        self.start_controller()

    def start_node(self, name: str) -> None:
        """Start what runs jobs."""
        self.nodes[name] = self._daemon("slurmd", "-D", "-N", name, SLURMD_NODENAME=name)

    def fail(self, node: str) -> None:
        """End everything on a node, as if its machine had lost power."""
        self._signal(node, signal.SIGKILL)
        self.nodes[node].wait()

    def hang(self, node: str) -> None:
        """Stop everything on a node, as if it had lost the network and its file systems."""
        self._signal(node, signal.SIGSTOP)

    def let_jobs_go_on(self, node: str) -> None:
        """Let the jobs of a hanging node go on, while all that is Slurm's still hangs."""
        self._signal(node, signal.SIGCONT, left_out=("slurm", "srun"))

    def _signal(self, node: str, number: signal.Signals, left_out: tuple[str, ...] = ()) -> None:
        """Send a signal to the processes of a node, but for commands that begin with some words."""
        for process, words in self.processes(node).items():
            if not Path(words[0]).name.startswith(left_out):
                with contextlib.suppress(ProcessLookupError):
                    os.kill(process, number)

    def processes(self, node: str) -> dict[int, list[str]]:
        """The words of the commands that run on a node, by the numbers of the processes.

        A stage starts in an environment of its own, which keeps the folder of the GPUs' locks.
        """
        marks = {f"SLURMD_NODENAME={node}", f"DISCERN_GPU_LOCKS={self._locks(node)}"}
        found = {}
        for folder in Path("/proc").glob("[0-9]*"):
            with contextlib.suppress(OSError):  # it has ended
                environment = (folder / "environ").read_text(errors="replace")
                if marks.intersection(environment.split("\0")) and str(self.folder) in environment:
                    found[int(folder.name)] = (folder / "cmdline").read_text().split("\0")
        return found

    def _locks(self, node: str) -> Path:
        """The folder of the locks of a node's GPUs."""
        return self.folder / f"gpus.{node}"

    def await_nodes(self, state: str, *names: str) -> None:
        """Wait until these nodes, or all, are in a state."""
        which = f"--nodes={','.join(names or self.nodes)}"
        deadline = time.monotonic() + 120
        while True:
            states = self.call("sinfo", "--noheader", "--Node", "--format=%T", which).split()
            if {each.rstrip("*") for each in states} == {state}:
                return
            if time.monotonic() > deadline:
                logs = [
                    path.read_text()[-2000:] for path in sorted(self.folder.glob("slurm*.[lo]*"))
                ]
                raise AssertionError(f"the nodes are not {state} but {states}:\n" + "\n".join(logs))
            time.sleep(0.5)

    def clean_environment(self) -> dict[str, str]:
        """The process's environment, without what belongs to another Slurm."""
        foreign = ("SLURM_", "SBATCH_", "SRUN_", "SQUEUE_")
        kept = {k: v for k, v in os.environ.items() if not k.startswith(foreign)}
        return kept | self.environment

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
        """End what jobs are left, and the daemons: what is controlled before what controls it."""
        self.call("scancel", "--user", getpass.getuser())
        for name in self.nodes:
            self.fail(name)
        end(self.controller)
        end(self.munged)


def missing(*programs: str) -> str:
    """Why Slurm can't be used here; empty if all of its ``programs`` are there."""
    if all(map(command, programs)):
        return ""
    return f"Slurm is not installed: apt-get install --no-install-recommends {PACKAGE}"


def end(daemon: subprocess.Popen) -> None:
    """End a daemon and wait until it has ended."""
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
