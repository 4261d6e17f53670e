"""A command has a GPU for itself while it or a child of it lives; a script stands in for them."""

import errno
import fcntl
import itertools
import os
import shutil
import signal
import stat
import subprocess
import sys
import tempfile
import threading
import time
from pathlib import Path

import pytest

import nvidia_smi
from discern.setup import one_gpu
from nvidia_smi import CARDS, INSTANCES, listing
from programs import run_program, skip_except_on_ci

SHELL = Path(one_gpu.__file__)
SHOW = 'echo "${CUDA_VISIBLE_DEVICES-unset}"'
HOLD = f"{SHOW}; sleep 60; true"
ONE, TWO = listing(CARDS[0]), listing(*CARDS[:2])


class Machine:
    """A PATH of its own, with an nvidia-smi that is played or none, and a folder for the locks."""

    def __init__(self, folder):
        self.tools, self.locks, self.started = folder / "tools", folder / "locks", []
        self.tools.mkdir()
        for name in ("bash", "sh", "sleep", "mkdir", "rmdir", "mount", "umount", "unshare"):
            if path := shutil.which(name):
                (self.tools / name).symlink_to(path)
        (self.tools / "python3").symlink_to(Path(sys.executable).resolve())

    def has(self, script):
        nvidia_smi.install(self.tools, script)

    def start(self, command, visible=None, before=(), **environment):
        """Start a command in the shell; its output comes line by line."""
        known = {"PATH": str(self.tools), one_gpu.LOCKS: str(self.locks)}
        if visible is not None:
            known[one_gpu.VISIBLE] = visible
        process = subprocess.Popen(
            [*before, SHELL, "-c", command],
            env=known | environment,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
            start_new_session=True,
        )
        self.started.append(process)
        return process

    def does(self, command, visible=None, before=(), **environment):
        """Run a command to its end; returns its status, its output and what the user is told."""
        process = self.start(command, visible, before, **environment)
        output, told = process.communicate(timeout=30)
        return process.returncode, output.strip(), told

    def end(self):
        for process in self.started:
            if process.poll() is None:
                os.killpg(process.pid, signal.SIGKILL)
            process.communicate()


@pytest.fixture
def machine(tmp_path, monkeypatch):
    """A machine without nvidia-smi; what runs in this process sees its locks too."""
    machine = Machine(tmp_path)
    monkeypatch.setenv(one_gpu.LOCKS, str(machine.locks))
    monkeypatch.delenv("SLURM_JOB_ID", raising=False)
    monkeypatch.setattr(one_gpu, "DRIVER", str(tmp_path / "driver"))
    monkeypatch.setenv("PATH", str(machine.tools))
    yield machine
    machine.end()


def first_line(process, stream="stdout"):
    """The next line of a command's output; nothing if it does not come in time."""
    patience = threading.Timer(30, os.killpg, (process.pid, signal.SIGKILL))
    patience.start()
    line = getattr(process, stream).readline().strip()
    patience.cancel()
    return line


def assert_waits(process, *names):
    one = "one of the GPUs" if len(names) > 1 else "the GPU"
    assert first_line(process, "stderr") == f"discern: waiting for {one} {', '.join(names)}"
    assert process.poll() is None


def assert_is_freed(device):
    """Wait for the kernel, which takes a killed process apart in its own time."""
    deadline = time.monotonic() + 5
    while (lock := one_gpu.take(device)) is None:
        assert time.monotonic() < deadline
        time.sleep(0.01)
    os.close(lock)


# Who has a GPU, and for how long


def test_two_commands_have_a_card_each_and_the_third_waits_for_one(machine):
    machine.has(TWO)
    first, second = machine.start(HOLD), machine.start(HOLD)
    taken = [first_line(first), first_line(second)]
    assert set(taken) == set(CARDS[:2])
    third = machine.start(SHOW)
    assert_waits(third, *CARDS[:2])
    os.killpg(second.pid, signal.SIGTERM)
    output, told = third.communicate(timeout=10)
    assert (output.strip(), told) == (taken[1], "")


def test_four_commands_use_a_single_card_one_after_the_other(machine, tmp_path):
    machine.has(ONE)
    use = f"mkdir {tmp_path}/in_use && sleep 0.7 && rmdir {tmp_path}/in_use && {SHOW}"
    commands = [machine.start(use) for _ in range(4)]
    ended = [command.communicate(timeout=30) for command in commands]
    assert [command.returncode for command in commands] == [0] * 4, ended
    assert [output.strip() for output, _ in ended] == CARDS[:1] * 4
    told = f"discern: waiting for the GPU {CARDS[0]}\n"
    assert sorted(told for _, told in ended) == ["", told, told, told]


@pytest.mark.parametrize(
    ("first", "second"),
    list(itertools.permutations([None, "0", " 00 ", CARDS[0], CARDS[0][:9]], 2)),
)
def test_a_cards_number_and_its_uuid_exclude_each_other(machine, first, second):
    machine.has(listing(CARDS[0], CARDS[2]) if first and second else ONE)
    assert first_line(machine.start(HOLD, first)) == CARDS[0]
    assert_waits(machine.start(HOLD, second), CARDS[0])


def test_a_killed_holders_card_is_free_at_once(machine):
    machine.has(ONE)
    holder = machine.start(HOLD)
    assert first_line(holder) == CARDS[0]
    assert one_gpu.take(CARDS[0]) is None
    os.killpg(holder.pid, signal.SIGKILL)
    assert_is_freed(CARDS[0])


def test_a_card_stays_taken_while_a_child_of_a_killed_command_lives(machine):
    machine.has(ONE)
    holder = machine.start(f"{SHOW}; sleep 60 & echo $!; wait")
    assert first_line(holder) == CARDS[0]
    child = int(first_line(holder))
    holder.kill()
    holder.wait()
    assert one_gpu.take(CARDS[0]) is None
    os.kill(child, signal.SIGKILL)
    assert_is_freed(CARDS[0])


def test_a_card_is_locked_across_network_namespaces(machine):
    apart = ["unshare", "--net"]
    if not shutil.which("unshare") or run_program(*apart, "bash", "-c", "true").returncode:
        skip_except_on_ci("only root may make network namespaces, with util-linux's unshare")
    machine.has(ONE)
    assert first_line(machine.start(HOLD, before=apart)) == CARDS[0]
    assert_waits(machine.start(HOLD, before=apart), CARDS[0])


def test_a_wait_that_is_interrupted_ends_without_a_traceback(machine):
    machine.has(ONE)
    first_line(machine.start(HOLD))
    waiting = machine.start(HOLD)
    assert_waits(waiting, CARDS[0])
    waiting.send_signal(signal.SIGINT)
    assert waiting.communicate(timeout=10) == ("", "")
    assert waiting.returncode == 128 + signal.SIGINT


# What the command sees


def test_command_sees_its_card_counted_as_nvidia_smi_counts_and_its_status_is_kept(machine):
    machine.has(TWO)
    show = f'{SHOW}; echo "$CUDA_DEVICE_ORDER"; exit 3'
    told = machine.does(show, "1", CUDA_DEVICE_ORDER="FASTEST_FIRST")
    assert told == (3, f"{CARDS[1]}\nPCI_BUS_ID", "")


@pytest.mark.parametrize("visible", [None, "", "-1", "NoDevFiles"])
def test_nothing_changes_without_a_gpu(machine, visible):
    show = 'echo "sees ${CUDA_VISIBLE_DEVICES-None} ${CUDA_DEVICE_ORDER-None}"; exit 3'
    assert machine.does(show, visible) == (3, f"sees {visible} None", "")
    assert not machine.locks.exists()


def test_accelerator_cpu_hides_all_gpus_and_asks_for_none(machine, tmp_path):
    machine.has(f"echo > {tmp_path}/asked")
    assert machine.does(f"{SHOW}; exit 3", "0", DISCERN_ACCELERATOR="cpu") == (3, "-1", "")
    assert not (tmp_path / "asked").exists()
    assert not machine.locks.exists()


@pytest.mark.parametrize("accelerator", ["gpu", ""])
def test_any_other_accelerator_takes_a_gpu(machine, accelerator):
    machine.has(ONE)
    assert machine.does(SHOW, DISCERN_ACCELERATOR=accelerator) == (0, CARDS[0], "")


@pytest.mark.parametrize("version", ["3.8", "3.9", "3.10", "3.12", "3.13"])
def test_the_shell_runs_with_any_python_from_3_8(machine, interpreter, monkeypatch, version):
    monkeypatch.undo()
    python = interpreter(version)
    machine.has(ONE)
    done = machine.does(SHOW, before=[python, "-W", "error", "-I"])
    assert done == (0, CARDS[0], "")


# Which GPUs there are

FAILURES = {
    "text with status 0": ("echo No devices were found", "no list of cards: No devices were found"),
    "text with status 6": ("echo No devices were found; exit 6", "status 6: No devices were found"),
    "no driver": (
        "echo 'NVIDIA-SMI has failed because it'; echo \"couldn't communicate.\"; exit 9",
        "status 9: NVIDIA-SMI has failed because it couldn't communicate.",
    ),
    "complaint": ("echo 'cannot open shared object' >&2; exit 127", "status 127: cannot open shar"),
    "silence": ("exit 0", "no list of cards: it prints nothing"),
    "silent failure": ("exit 15", "status 15: it prints nothing"),
    "signal": ("kill -9 $$", "status -9: "),
    "cards and a failure": (f"{ONE}\nexit 14", f"status 14: 0, {CARDS[0]}"),
    "a card and text": (
        f"{ONE}\necho 'Unable to determine the device handle'",
        f"no list of cards: 0, {CARDS[0]} Unable",
    ),
    "numbers alone": ("echo 0; echo 1", "no list of cards: 0 1"),
    "no uuid": ("echo '0, [N/A]'", "no list of cards: 0, [N/A]"),
    "half a uuid": ("echo '0, GPU-5d5ba0d6'", "no list of cards: 0, GPU-5d5ba0d6"),
    "one number twice": (f"echo '0, {CARDS[0]}'; echo '0, {CARDS[1]}'", "no list of cards: 0"),
    "one card twice": (f"echo '0, {CARDS[0]}'; echo '1, {CARDS[0]}'", "no list of cards: 0"),
    "noise": ("printf '\\377\\376\\0'", "no list of cards: "),
}
failures = pytest.mark.parametrize(("script", "reason"), FAILURES.values(), ids=FAILURES)


@failures
def test_an_answer_that_is_not_a_list_of_cards_is_none_and_the_reason_is_told(
    machine, script, reason
):
    machine.has(script)
    assert one_gpu.cards()[0] == {}
    assert one_gpu.cards()[1].startswith(f"nvidia-smi failed ({reason}")
    status, seen, told = machine.does(f"{SHOW}; exit 3")
    assert (status, seen) == (3, "unset")
    assert told == f"discern: {one_gpu.cards()[1]}; no GPU is assigned\n"
    assert not machine.locks.exists()


@pytest.mark.parametrize("script", [None, "exit 9"])
def test_where_a_gpu_is_meant_and_none_is_listed_the_first_one_is_locked(machine, script):
    if script:
        machine.has(script)
    first = machine.start(HOLD, DISCERN_ACCELERATOR="gpu")
    assert first_line(first) == "0"
    second = machine.start(HOLD, DISCERN_ACCELERATOR="gpu")
    told = [first_line(second, "stderr") for _ in range(2 if script else 1)]
    assert told[-1] == "discern: waiting for the GPU 0"
    assert not script or told[0].endswith("; the first GPU is assigned")


def test_an_nvidia_smi_that_can_not_be_run_is_a_reason(machine):
    machine.has("")
    (machine.tools / "nvidia-smi").write_bytes(b"\x7fELF")
    assert one_gpu.cards() == ({}, "nvidia-smi failed (it can't be run: Exec format error)")


def test_an_nvidia_smi_that_hangs_is_ended_with_its_children(machine, tmp_path, monkeypatch):
    machine.has(f"trap '' TERM\nsleep 60 &\necho $! > {tmp_path}/child\nwait")
    monkeypatch.setattr(one_gpu, "ANSWER_SECONDS", 0.5)
    start = time.monotonic()
    assert one_gpu.cards() == ({}, "nvidia-smi failed (no answer within 0.5 s)")
    assert time.monotonic() - start < 5
    child = Path("/proc", (tmp_path / "child").read_text().strip(), "stat")
    while child.exists() and child.read_text().split()[2] != "Z":
        assert time.monotonic() - start < 10
        time.sleep(0.01)


def test_a_driver_without_nvidia_smi_is_a_reason(machine):
    assert one_gpu.cards() == ({}, "")
    Path(one_gpu.DRIVER).mkdir()
    reason = "there is an NVIDIA driver, but nvidia-smi is not on PATH"
    assert one_gpu.cards() == ({}, reason)


LISTS = [
    ("2,0", [2, 0]),
    (" 1 , 02", [1, 2]),
    ("1,1,0", [1, 0]),
    ("0,-1,1", [0]),
    ("0,3,1", [0]),  # there is no card 3
    ("0,,1", [0]),
    ("0,one,1", [0]),
    ("0,1x,2", [0]),
    ("NVIDIA-SMI,has,failed", []),
    ("No,devices,were,found", []),
    ("NoDevFiles", []),
    ("-1,0", []),
    ("", []),
    ("all", []),
    ("0 1", []),
    ("٠", []),
    ("9" * 5000, []),
    (f"{CARDS[2]},{CARDS[0]}", [2, 0]),
    (f"1,{CARDS[1]},0", [1, 0]),
    (CARDS[2][:5], [2]),
    (CARDS[1][:9], [1]),
    (f"{CARDS[2]},{CARDS[0][:8]},0", [2]),  # of two cards
    (f"{CARDS[2]},{CARDS[3]},0", [2]),  # of no card
    (CARDS[0].lower(), []),
    (f"{CARDS[0]}x", []),
    ("GPU-", []),
    ("GPU", []),
    (f"0,{INSTANCES[0]}", [0]),
]


@pytest.mark.parametrize(("visible", "numbers"), LISTS, ids=[text[:40] for text, _ in LISTS])
def test_a_list_ends_at_the_first_entry_that_names_no_card(machine, visible, numbers):
    machine.has(listing(*CARDS[:3]))
    assert one_gpu.devices({one_gpu.VISIBLE: visible}) == [CARDS[number] for number in numbers]


def test_a_number_is_not_the_beginning_of_another(machine):
    machine.has(listing(CARDS[0]).replace(f"0, {CARDS[0]}", f"10, {CARDS[0]}"))
    assert one_gpu.devices({one_gpu.VISIBLE: "1"}) == []
    assert one_gpu.devices({one_gpu.VISIBLE: "10"}) == CARDS[:1]


@pytest.mark.parametrize(
    ("visible", "names"),
    [
        (None, []),
        ("1, 00,1", ["1", "0"]),
        ("0,-1,1", ["0"]),
        ("17,No", ["17"]),
        ("Failed,0", []),
        (f"{CARDS[0]},GPU-5,{INSTANCES[0]}", [CARDS[0], "GPU-5", INSTANCES[0]]),
    ],
)
@pytest.mark.parametrize("script", [None, "exit 9"], ids=["no nvidia-smi", "failing"])
def test_names_are_taken_as_they_are_if_nvidia_smi_lists_no_card(machine, script, visible, names):
    if script:
        machine.has(script)
    environment = {} if visible is None else {one_gpu.VISIBLE: visible}
    assert one_gpu.devices(environment) == names


def test_cards_are_locked_by_name_and_the_reason_told_if_nvidia_smi_fails(machine):
    machine.has("exit 9")
    why = "discern: nvidia-smi failed (status 9: it prints nothing); CUDA_VISIBLE_DEVICES is taken"
    for device in "01":
        command = machine.start(HOLD, "0,1")
        assert first_line(command, "stderr") == f"{why} as it is"
        assert first_line(command) == device
    third = machine.start(HOLD, "0,1")
    assert first_line(third, "stderr") == f"{why} as it is"
    assert_waits(third, "0", "1")


# MIG instances


def test_a_split_card_counts_as_its_instances(machine):
    machine.has(listing(*CARDS[:2], split=CARDS[0]))
    assert one_gpu.devices({}) == [*INSTANCES, CARDS[1]]


@pytest.mark.parametrize("name", ["0", CARDS[0], CARDS[0][:9], INSTANCES[0], INSTANCES[0][:6]])
def test_a_split_cards_own_name_means_its_first_instance(machine, name):
    machine.has(listing(*CARDS[:2], split=CARDS[0]))
    assert one_gpu.devices({one_gpu.VISIBLE: f"{name},1"}) == [INSTANCES[0], CARDS[1]]


def test_two_commands_have_an_instance_each(machine):
    machine.has(listing(CARDS[0], split=CARDS[0]))
    assert [first_line(machine.start(HOLD)) for _ in range(2)] == INSTANCES
    assert_waits(machine.start(HOLD), *INSTANCES)
    assert_waits(machine.start(HOLD, "0"), INSTANCES[0])


def test_instances_of_an_old_driver_are_locked_too(machine):
    old = f"MIG-{CARDS[0]}/7/0"
    machine.has(listing(CARDS[0], split=CARDS[0]).replace(INSTANCES[0], old))
    assert first_line(machine.start(HOLD, old)) == old
    assert_waits(machine.start(HOLD, "0"), old)


# Slurm


def test_two_slurm_allocations_may_both_count_from_zero_without_nvidia_smi(machine):
    seen = [first_line(machine.start(HOLD, "0,1", SLURM_JOB_ID=job)) for job in "12"]
    assert seen == ["0", "0"]
    assert_waits(machine.start(HOLD, "0", SLURM_JOB_ID="2"), "0")


def test_two_slurm_allocations_never_share_a_card_that_nvidia_smi_lists(machine):
    machine.has(ONE)
    assert first_line(machine.start(HOLD, "0", SLURM_JOB_ID="1")) == CARDS[0]
    assert_waits(machine.start(HOLD, "0", SLURM_JOB_ID="2"), CARDS[0])


def test_a_job_of_any_name_locks_a_file_in_the_folder(machine, monkeypatch):
    monkeypatch.setenv("SLURM_JOB_ID", "../../1")
    os.close(one_gpu.take("0"))
    assert [path.name for path in machine.locks.iterdir()] == ["______1-0"]


# The files


def test_the_folder_and_its_files_are_for_all_users_whatever_the_umask(machine):
    before = os.umask(0o077)
    try:
        os.close(one_gpu.take("0"))
        assert os.umask(0o077) == 0o077
    finally:
        os.umask(before)
    (file,) = machine.locks.iterdir()
    assert stat.S_IMODE(machine.locks.stat().st_mode) == 0o1777
    assert stat.S_IMODE(file.stat().st_mode) == 0o666
    assert file.stat().st_size == 0


def test_the_folder_is_the_same_for_all_users_and_jobs_unless_it_is_named(machine, monkeypatch):
    for name in ("TMPDIR", "TMP", "TEMP", "HOME", "XDG_RUNTIME_DIR"):
        monkeypatch.setenv(name, str(machine.tools))
    common = f"/tmp/discern-gpus/{CARDS[0]}"  # noqa: S108
    assert one_gpu.lock_path(CARDS[0]) == str(machine.locks / CARDS[0])
    monkeypatch.setenv(one_gpu.LOCKS, "")
    assert one_gpu.lock_path(CARDS[0]) == common
    monkeypatch.delenv(one_gpu.LOCKS)
    assert one_gpu.lock_path(CARDS[0]) == common


def test_a_folder_with_two_names_is_one(machine, tmp_path):
    machine.has(ONE)
    machine.locks.mkdir()
    (tmp_path / "link").symlink_to(machine.locks)
    assert first_line(machine.start(HOLD)) == CARDS[0]
    assert_waits(machine.start(HOLD, **{one_gpu.LOCKS: str(tmp_path / "link")}), CARDS[0])


def test_a_link_in_place_of_the_common_folder_is_not_followed(machine, tmp_path, monkeypatch):
    monkeypatch.delenv(one_gpu.LOCKS)
    monkeypatch.setattr(one_gpu, "FOLDER", str(tmp_path / "link"))
    (tmp_path / "victim").mkdir()
    (tmp_path / "link").symlink_to(tmp_path / "victim")
    with pytest.raises(OSError, match=r"Not a directory|Too many levels"):
        one_gpu.take("0")
    assert not list((tmp_path / "victim").iterdir())


def test_a_file_that_exists_is_opened_for_writing_and_without_o_creat(machine, monkeypatch):
    """What NFS needs, and what fs.protected_regular permits if the file is another user's."""
    os.close(one_gpu.take("0"))
    flags = {}
    opened = os.open

    def note(path, how, *arguments, **options):
        flags[path] = how
        return opened(path, how, *arguments, **options)

    monkeypatch.setattr(os, "open", note)
    os.close(one_gpu.take("0"))
    assert flags["0"] & os.O_ACCMODE == os.O_RDWR
    assert not flags["0"] & os.O_CREAT
    assert flags["0"] & os.O_NOFOLLOW


def test_two_that_make_the_file_at_the_same_time_lock_the_same(machine, monkeypatch):
    opened = os.open
    first = []

    def other_is_faster(path, how, *arguments, **options):
        if how & os.O_CREAT and not first:
            first.append(None)
            first[0] = one_gpu.take("0")
        return opened(path, how, *arguments, **options)

    monkeypatch.setattr(os, "open", other_is_faster)
    assert one_gpu.take("0") is None
    os.close(first[0])
    assert_is_freed("0")


@pytest.fixture
def open_folder():
    """A folder that other users can reach, unlike those of pytest."""
    with tempfile.TemporaryDirectory() as folder:
        Path(folder).chmod(0o755)
        yield Path(folder)


def test_another_users_lock_is_respected(machine, open_folder, monkeypatch):
    if os.geteuid():
        skip_except_on_ci("only root may act as another user")
    monkeypatch.setenv(one_gpu.LOCKS, str(open_folder / "locks"))
    held = one_gpu.take("0")
    child = os.fork()
    if not child:
        try:
            os.setgroups([])
            os.setgid(65534)
            os.setuid(65534)
            os.umask(0o077)
            refused = one_gpu.take("0") is None
            os.close(one_gpu.take("1"))
            os._exit(0 if refused else 1)
        finally:
            os._exit(2)
    assert os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) == 0
    os.close(held)
    assert_is_freed("0")
    assert_is_freed("1")


def test_a_file_that_is_removed_and_made_anew_is_not_locked_twice(machine, monkeypatch):
    """As by what cleans /tmp, between the opening and the lock."""
    flock = fcntl.flock

    def late(descriptor, operation):
        (machine.locks / "0").unlink()
        (machine.locks / "0").touch()
        flock(descriptor, operation)

    with monkeypatch.context() as patch:
        patch.setattr(fcntl, "flock", late)
        assert one_gpu.take("0") is None
        patch.setattr(fcntl, "flock", lambda *_: (machine.locks / "0").unlink())
        assert one_gpu.take("0") is None
    assert_is_freed("0")


def test_a_lock_is_one_descriptor_and_a_refusal_none(machine):
    before = len(os.listdir("/proc/self/fd"))
    lock = one_gpu.take("0")
    assert len(os.listdir("/proc/self/fd")) == before + 1
    assert one_gpu.take("0") is None
    assert len(os.listdir("/proc/self/fd")) == before + 1
    os.close(lock)


def test_a_file_that_is_taken_is_not_old(machine):
    os.close(one_gpu.take("0"))
    os.utime(machine.locks / "0", (0, 0))
    os.close(one_gpu.take("0"))
    assert time.time() - (machine.locks / "0").stat().st_mtime < 60


# Where there are no locks


def assert_goes_on_without_a_lock(machine, why, **environment):
    """Two commands at once have the only card, and each is told so in one sentence."""
    machine.has(ONE)
    first = machine.start(HOLD, **environment)
    assert first_line(first) == CARDS[0]
    status, seen, told = machine.does(f"{SHOW}; exit 3", **environment)
    assert (status, seen) == (3, CARDS[0])
    for sentence in (told.strip(), first_line(first, "stderr")):
        assert sentence.startswith("discern: ")
        assert f"{CARDS[0]} can't be locked ({why}), so that another training may" in sentence
        assert "name another folder in DISCERN_GPU_LOCKS, or run one training at a" in sentence
        assert "\n" not in sentence


@pytest.mark.parametrize(
    ("spoil", "why"),
    [
        (lambda locks: locks.write_text(""), "Not a directory"),
        (
            lambda locks: locks.symlink_to(locks.with_name("missing") / "x"),
            "No such file or directory",
        ),
        (lambda locks: (locks / CARDS[0]).mkdir(parents=True), "Is a directory"),
        (
            lambda locks: (locks.mkdir(), (locks / CARDS[0]).symlink_to("/dev/null")),
            "Too many levels of symbolic links",
        ),
    ],
    ids=["a file", "missing", "a folder in place of the file", "a link in place of the file"],
)
def test_a_command_goes_on_where_the_file_can_not_be_made(machine, spoil, why):
    spoil(machine.locks)
    assert_goes_on_without_a_lock(machine, why)


def test_a_command_goes_on_in_a_folder_that_can_not_be_written(machine, mounted):
    with mounted(machine.locks, "ro"):
        assert_goes_on_without_a_lock(machine, "Read-only file system")


@pytest.fixture(scope="module")
def without_locks(tmp_path_factory):
    """A library that, loaded before others, is a file system without locks."""
    compiler = shutil.which("cc")
    if not compiler:
        skip_except_on_ci("no C compiler here")
    folder = tmp_path_factory.mktemp("without_locks")
    (folder / "flock.c").write_text("""
#include <errno.h>
#include <stdlib.h>
int flock(int descriptor, int operation) { errno = atoi(getenv("FLOCK_ERROR")); return -1; }
""")
    library = folder / "flock.so"
    done = run_program(compiler, "-shared", "-fPIC", "-o", library, folder / "flock.c")
    assert done.returncode == 0, done.stderr
    return str(library)


@pytest.mark.parametrize("name", ["ENOSYS", "ENOLCK", "EOPNOTSUPP", "EINVAL", "EIO"])
def test_a_command_goes_on_where_the_file_system_can_not_lock(without_locks, machine, name):
    code = getattr(errno, name)
    shim = {"LD_PRELOAD": without_locks, "FLOCK_ERROR": str(code)}
    assert_goes_on_without_a_lock(machine, os.strerror(code), **shim)
