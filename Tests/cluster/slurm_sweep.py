#!/usr/bin/env python3
"""Runs a small sweep by the job files of ops/slurm, on a Slurm of one machine that preempts both device jobs while they train: the
sweep goes on from the checkpoints, and its report is the same byte for byte as that of this machine alone.

    Tests/cluster/slurm_sweep.py [--dir runs/slurm] [--sweeps PROGRAM]
"""
import re
import socket
import subprocess
import sys

import arguments
from arguments import ROOT
from slurm import Server, Slurm

JOBS = ROOT / "ops" / "slurm"
PATIENCE = 300  # seconds: against a test that hangs, not against a slow machine

SWEEP = """
name = small
corpus { idioms { documents = 200, focus = [single_double_quote] } }
tokenizer { vocab_size = 280 }
model { n_layer = 1, d_model = 16, n_ctx = 32 }
training { steps = 3000, batch_size = 2, eval_every = 1000, eval_batches = 1, checkpoint_every = 50, mean_cache_tokens = 128 }
grid.l0 = [1, 0.5]
tasks = [single_double_quote]
skip_unlearned = false
pruning { steps = 5, batch_pairs = 2, train_pairs = 8, validation_pairs = 4, test_pairs = 4 }
search { rounds = 1, batch_size = 2 }
"""

SETTINGS = """
sweeps {
  threads_per_device = 1
  retry_backoff = 100 ms
  restart_backoff = 100 ms
}
"""


def expect(condition, text):
    if not condition:
        raise AssertionError(text)


def steps(folder):
    """By the name of a model, the steps of its training that are in its log, and where each was done."""
    found = {}
    for log in (folder / "sweeps" / "small" / "logs" / "models").glob("*-r0.log"):
        lines = re.findall(r" on (device-[0-9]+-[0-9]+):cpu-0: step ([0-9]+)/", log.read_text(encoding="utf-8"))
        found[log.stem] = [(node, int(step)) for node, step in lines]
    return found


def run(program, folder):
    sweep = folder / "small.hocon"
    sweep.write_text(SWEEP, encoding="utf-8")
    settings = folder / "settings.hocon"
    settings.write_text(SETTINGS, encoding="utf-8")
    alone = folder / "alone"
    subprocess.run(
        [*program, "run", sweep, "--dir", alone, "--devices", "cpu", "--config", settings], check=True, stdout=subprocess.DEVNULL)

    # One word, as the job files take it.
    start = folder / "sweeps-program"
    start.write_text("#!/bin/sh\nexec " + " ".join(f"'{word}'" for word in program) + ' "$@"\n', encoding="utf-8")
    start.chmod(0o755)
    server, slurm = Server(folder / "postgresql.log"), Slurm(folder / "slurm")
    try:
        environment = {
            "SWEEPS_FOLDER": str(folder / "sweeps"), "SWEEPS_POSTGRESQL": server.connection, "SWEEPS_PROGRAM": str(start),
            "SWEEPS_CONFIG": str(settings), "SWEEPS_TRUST_NETWORK": "true", "SWEEPS_SLURM": str(JOBS)}
        slurm.next += free_ports()
        [orchestrator] = slurm.sbatch(JOBS / "orchestrator.sbatch", {**environment, "SWEEPS_SUBMIT": str(sweep)})
        devices = slurm.sbatch(JOBS / "devices.sbatch", environment, array="1-2", cpus_per_task=1)
        nodes = {f"device-{devices[0].number}-{task}" for task in (1, 2)}
        slurm.wait(
            lambda: nodes == {node for trained in steps(folder).values() for node, _ in trained}, PATIENCE, "training on both nodes")
        for job, everybody in zip(devices, (False, True)):
            job.preempt(everybody)
        slurm.wait(lambda: all(job.restarts == 1 for job in devices), PATIENCE, "the requeue of both jobs")
        before = {model: len(trained) for model, trained in steps(folder).items()}
        slurm.wait(lambda: all(job.code is not None for job in slurm.jobs), PATIENCE, "the end of all jobs")
        for job in slurm.jobs:
            expect((job.state, job.code) == ("COMPLETED", 0), f"{job.log}: the job ended with {job.code}")
            expect(not any(job.temporary.iterdir()), f"{job.temporary} is not empty")
            log, lives = job.log.read_text(encoding="utf-8"), 1 if job is orchestrator else 2
            expect(log.count("goes back to the queue") == lives - 1, f"{job.log}: it was requeued not once, or too often")
            # In order, each time: a signal that comes twice has not ended it at once.
            expect(log.count("has left the cluster") == lives, f"{job.log}: it has not left in order")
        for model, trained in steps(folder).items():
            after = trained[before[model]:]
            # Its first step is said at once, and the others every ten seconds.
            expect(after and after[0][1] > 1, f"{model} was trained anew and not from its checkpoint: {trained}")
        ours, theirs = folder / "sweeps" / "small" / "report.json", alone / "report.json"
        expect(ours.read_bytes() == theirs.read_bytes(), f"{ours} differs from {theirs}")
        return ours.stat().st_size
    finally:
        slurm.close()
        server.close()


def free_ports():
    """What to add to the number of the first job so that its port, and those of the two after it, are free."""
    for step in range(0, 10000, 10):
        with socket.socket() as one, socket.socket() as two, socket.socket() as three:
            try:
                for number, each in enumerate((one, two, three)):
                    each.bind(("127.0.0.1", 10000 + (4000 + step + number) % 20000))
                return step
            except OSError:
                pass
    raise RuntimeError("no three ports in a row are free")


def main():
    program, folder = arguments.read("slurm", __doc__)
    try:
        size = run(program, folder)
    except (AssertionError, TimeoutError) as problem:
        for log in sorted(folder.glob("slurm/*.log")):
            print(f"--- {log}\n{log.read_text(encoding='utf-8')[-4000:]}", file=sys.stderr)
        sys.exit(f"slurm: {problem}")
    print(f"report.json has {size:,} bytes, the same as of this machine alone")


if __name__ == "__main__":
    main()
