"""A Slurm of one machine: runs job files with the environment that Slurm gives them, signals and requeues them as Slurm does."""
import os
import pathlib
import re
import shutil
import signal
import subprocess
import sys
import time

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent.parent / "chaos"))
from postgres import Server  # noqa: E402, F401 (the folder beside)
from processes import children_of, send  # noqa: E402

SCONTROL = """#!/usr/bin/env bash
# What jobs ask of Slurm's controller.
spool={spool}
case "$1 $2" in
  "show node") echo "NodeName=$3 Arch=x86_64 NodeAddr=127.0.0.1 NodeHostName=$3 State=MIXED" ;;
  "show job") echo "JobId=$3 JobName=job JobState=$(cat "$spool/$3/state") Reason=None Requeue=1" ;;
  "requeue "*)
    [ "$(cat "$spool/$2/state")" = RUNNING ] || {{ echo "slurm_requeue error: Job/step already completing or completed" >&2; exit 1; }}
    touch "$spool/$2/requeued" ;;
  *) echo "scontrol: unknown: $*" >&2; exit 1 ;;
esac
"""


def options_of(text):
    """The options that a job file names for itself."""
    found = {}
    for line in text.splitlines():
        if line.startswith("#SBATCH "):
            name, _, value = line.removeprefix("#SBATCH --").partition("=")
            found[name] = value
        elif line and not line.startswith("#"):
            break  # Slurm reads no further
    return found


def mebibytes(text):
    """A size as sbatch takes it."""
    number, unit = re.fullmatch(r"(\d+)([KMGT]?)", text).groups()
    return int(number) * {"K": 1 / 1024, "": 1, "M": 1, "G": 1024, "T": 1024 * 1024}[unit]


class Job:
    """A job, or a task of an array."""

    def __init__(self, slurm, number, file, options, array, environment):
        self.slurm, self.number, self.options = slurm, number, options
        self.folder = slurm.spool / str(number)
        self.folder.mkdir()
        self.script = self.folder / "slurm_script"
        shutil.copyfile(file, self.script)  # as Slurm does: the file may change while the job waits
        self.log = slurm.folder / f"{options['job-name']}-{number}.log"
        self.temporary = self.folder / "tmp"
        self.restarts, self.process, self.code = 0, None, None
        cpus = options.get("cpus-per-task", "1")
        self.environment = {
            **os.environ, **environment, "PATH": f"{slurm.bin}:{os.environ['PATH']}", "SLURM_JOB_ID": str(number),
            "SLURM_CPUS_PER_TASK": cpus, "SLURM_SUBMIT_DIR": str(pathlib.Path(file).parent), "SLURMD_NODENAME": "node1",
            "TMPDIR": str(self.temporary)}
        if "mem" in options:
            self.environment["SLURM_MEM_PER_NODE"] = str(int(mebibytes(options["mem"])))
        if "mem-per-cpu" in options:
            self.environment["SLURM_MEM_PER_CPU"] = str(int(mebibytes(options["mem-per-cpu"])))
        if array:
            self.environment["SLURM_ARRAY_JOB_ID"], self.environment["SLURM_ARRAY_TASK_ID"] = (str(part) for part in array)
        self.start()

    @property
    def state(self):
        return (self.folder / "state").read_text(encoding="ascii")

    @state.setter
    def state(self, value):
        (self.folder / "state").write_text(value, encoding="ascii")

    def start(self):
        self.state = "RUNNING"
        self.temporary.mkdir(exist_ok=True)
        environment = dict(self.environment)
        if self.restarts:
            environment["SLURM_RESTART_COUNT"] = str(self.restarts)
        with open(self.log, "ab") as log:
            self.process = subprocess.Popen(
                ["bash", self.script], stdin=subprocess.DEVNULL, stdout=log, stderr=log, env=environment, start_new_session=True)

    def preempt(self, everybody):
        """Warns it, as before its time is over or when it is preempted: its script alone, as --signal=B: asks for, or all of its
        processes, as Slurm does when it ends a job."""
        assert self.options["signal"].startswith("B:TERM@"), self.options["signal"]
        processes = [self.process.pid]
        for pid in processes if everybody else ():
            processes += children_of(pid)
        for pid in processes:
            send(pid, signal.SIGCONT)
            send(pid, signal.SIGTERM)

    def poll(self):
        """Notes that it has ended, and starts it again where that was asked for."""
        if self.code is not None or self.process.poll() is None:
            return
        mark = self.folder / "requeued"
        if mark.exists():
            assert "requeue" in self.options
            mark.unlink()
            self.restarts += 1
            self.start()
            return
        self.code = self.process.returncode
        self.state = "COMPLETED" if self.code == 0 else "FAILED"

    def kill(self):
        processes = [self.process.pid]
        for pid in processes:
            processes += children_of(pid)
        for pid in processes:
            send(pid, signal.SIGKILL)
        self.process.wait()


class Slurm:
    """Its controller and its one node."""

    def __init__(self, folder):
        self.folder, self.spool, self.bin = folder, folder / "spool", folder / "bin"
        self.spool.mkdir(parents=True)
        self.bin.mkdir()
        scontrol = self.bin / "scontrol"
        scontrol.write_text(SCONTROL.format(spool=self.spool), encoding="utf-8")
        scontrol.chmod(0o755)
        self.jobs, self.next = [], 4000

    def sbatch(self, file, environment, **options):
        """Submits a job file; options win over those in it. Returns the job, or the tasks of the array."""
        given = {name.replace("_", "-"): str(value) for name, value in options.items()}
        options = {**options_of(file.read_text(encoding="utf-8")), **given}
        first, array = self.next, options.get("array")
        tasks = [None]
        if array:
            low, high = map(int, array.split("-"))
            tasks = range(low, high + 1)
        jobs = []
        for task in tasks:
            jobs.append(Job(self, self.next, file, options, task and (first, task), environment))
            self.next += 1
        self.jobs += jobs
        return jobs

    def wait(self, until, patience, what):
        """Waits for something, and runs the queue meanwhile. Returns what it returned."""
        begun = time.monotonic()
        while True:
            for job in self.jobs:
                job.poll()
            found = until()
            if found:
                return found
            if time.monotonic() - begun > patience:
                raise TimeoutError(f"{what} did not happen within {patience} s; see {self.folder}")
            time.sleep(0.1)

    def close(self):
        for job in self.jobs:
            if job.process.poll() is None:
                job.kill()
