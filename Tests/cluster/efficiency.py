#!/usr/bin/env python3
"""Measures how a cluster's speed grows with its nodes: the same sweep on one device node of one core and on two, in turns. Prints the
seconds of each run, and the efficiency: how much of the doubled speed is there, with the spread of its runs.

Whatever two cores of the machine take from each other (memory, clock, hyper-threading) counts too: the last row has the same for two
sweeps on this machine alone, each on one core and without any cluster, beside one of them.

    Tests/cluster/efficiency.py [--runs 1] [--steps 1200] [--cluster-only] [--dir runs/efficiency] [--sweeps PROGRAM]
"""
import argparse
import pathlib
import shutil
import statistics
import subprocess
import sys
import time

from nodes import DEVICES, ORCHESTRATORS, Cluster

HERE = pathlib.Path(__file__).resolve().parent
ROOT = HERE.parent.parent

# Sixteen trainings of equal length: no device is without work before the end.
SWEEP = """
name = efficiency
corpus { idioms { documents = 2000, focus = [single_double_quote] } }
tokenizer { vocab_size = 512 }
model { n_layer = 2, d_model = 64, n_ctx = 64 }
training { steps = STEPS, batch_size = 8, eval_every = 300, eval_batches = 4, mean_cache_tokens = 4096 }
grid { l0 = [0.25], replicas = [0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15] }
tasks = []
"""


def seconds_on(program, folder, sweep, count):
    """How long the sweep takes on a cluster with so many device nodes, from its submission to its report."""
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(parents=True)
    (folder / "sweep.hocon").write_text(sweep, encoding="utf-8")
    cluster = Cluster(program, folder, HERE / "cluster.hocon", names=(ORCHESTRATORS[0], *DEVICES[:count]))
    try:
        cluster.start()
        until(cluster, lambda status: len(status["nodes"]) == count, 60)
        begun = time.monotonic()
        if not cluster.ask("submit", folder / "sweep.hocon"):
            sys.exit(f"efficiency: no node took the sweep; see {folder}/nodes")
        # A question would be a process that takes a core from the nodes.
        while not (cluster.sweeps / "efficiency" / "report.json").exists():
            if time.monotonic() - begun > 1800:
                sys.exit(f"efficiency: no report after 1800 s; see {folder}/nodes")
            time.sleep(0.1)
        return time.monotonic() - begun
    finally:
        cluster.close()


def until(cluster, true, patience):
    end = time.monotonic() + patience
    while not ((status := cluster.ask("cluster", patience=0)) and true(status)):
        if time.monotonic() > end:
            sys.exit(f"efficiency: {status}, after {patience} s; see {cluster.folder}/nodes")
        time.sleep(0.5)


def seconds_apart(program, folder, sweep, count):
    """How long that many sweeps take at the same time on this machine, each alone and on one core."""
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(parents=True)
    (folder / "sweep.hocon").write_text(sweep, encoding="utf-8")
    begun = time.monotonic()
    runs = [subprocess.Popen(
        [program, "run", folder / "sweep.hocon", "--dir", folder / f"alone-{number}", "--config", HERE / "cluster.hocon"],
        stdout=subprocess.DEVNULL, stdin=subprocess.DEVNULL) for number in range(count)]
    if any([run.wait() for run in runs]):
        sys.exit(f"efficiency: a sweep failed; see {folder}")
    return time.monotonic() - begun


def row(name, one, two, ratios):
    print(f"| {name} | {statistics.median(one):.1f} s | {statistics.median(two):.1f} s | {statistics.median(ratios):.1%} "
          f"({min(ratios):.1%} to {max(ratios):.1%}) |", flush=True)


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--runs", default=1, type=int, help="of each")
    parser.add_argument("--steps", default=1200, type=int, help="of each training: 600 take about 6 s")
    parser.add_argument("--cluster-only", action="store_true", help="without what the machine's cores take from each other")
    parser.add_argument("--dir", default=ROOT / "runs" / "efficiency", type=pathlib.Path)
    parser.add_argument("--sweeps", default=ROOT / "Orchestrator" / "bin" / "Release" / "net10.0" / "sweeps", type=pathlib.Path)
    arguments = parser.parse_args()
    folder, program = arguments.dir.resolve(), arguments.sweeps.resolve()
    sweep = SWEEP.replace("STEPS", str(arguments.steps))
    cluster, apart = ([], []), ([], [])
    for _ in range(arguments.runs):
        for count in (1, 2):
            cluster[count - 1].append(seconds_on(program, folder / f"nodes-{count}", sweep, count))
            print(f"{count} device nodes: {cluster[count - 1][-1]:.1f} s", file=sys.stderr, flush=True)
            if not arguments.cluster_only:
                apart[count - 1].append(seconds_apart(program, folder / f"apart-{count}", sweep, count))
                print(f"{count} sweeps apart: {apart[count - 1][-1]:.1f} s", file=sys.stderr, flush=True)
    print("| | one core | two cores | efficiency |\n| --- | ---: | ---: | ---: |")
    row("a sweep on one device node, on two", *cluster, [one / two / 2 for one, two in zip(*cluster)])
    if apart[0]:
        row("one sweep alone, two at the same time", *apart, [one / two for one, two in zip(*apart)])


if __name__ == "__main__":
    main()
