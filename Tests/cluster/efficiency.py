#!/usr/bin/env python3
"""Measures how a cluster's speed grows with its nodes: the same sweep on one device node of one core and on two, in turns. Prints the
seconds of each run, and the efficiency: how much of the doubled speed is there, with the spread of its runs.

Whatever two cores of the machine take from each other (memory, clock, hyper-threading), and whatever its other guests take from both,
counts too: the last row has the same for two sweeps on this machine alone, each on one core and without any cluster, beside one of them.
The second table has the account of the processors: of the time of the cores that devices have, what the device processes worked, what all
other processes took (nodes, database) and what the machine's host took. What devices work on two cores, as a part of what they work on
one, is the efficiency that the cluster itself has.

    Tests/cluster/efficiency.py [--runs 1] [--steps 1200] [--cluster-only] [--dir runs/efficiency] [--sweeps PROGRAM]
"""
import argparse
import os
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


class Account:
    """What the processors of this machine did since it was opened."""

    TICK = 1 / os.sysconf("SC_CLK_TCK")

    def __init__(self):
        # The nodes' device processes are there before a sweep is, and live as long as they.
        self.processes = self.devices()
        self.first = self.worked()
        self.begun, self.at_first, self.last = time.monotonic(), self.machine(), self.first

    @staticmethod
    def machine():
        """Seconds of all processes, and those that the host took."""
        with open("/proc/stat", encoding="ascii") as stat:
            user, nice, system, _, _, irq, soft, steal = map(int, stat.readline().split()[1:9])
        return (user + nice + system + irq + soft) * Account.TICK, steal * Account.TICK

    @staticmethod
    def devices():
        """The device processes."""
        found = []
        for folder in pathlib.Path("/proc").glob("[0-9]*"):
            try:
                words = (folder / "cmdline").read_bytes().split(b"\0")
            except OSError:
                continue  # it has ended
            if words[0].endswith(b"sweeps") and words[1:2] == [b"device"]:
                found.append(folder / "stat")
        return found

    def worked(self):
        """Seconds that they have worked."""
        fields = [stat.read_text(encoding="utf-8").rpartition(")")[2].split() for stat in self.processes]
        return sum(int(one[11]) + int(one[12]) for one in fields) * self.TICK

    def look(self):
        """Keeps what they have worked so far, which is gone when they end."""
        self.last = self.worked()

    def shares(self, cores):
        """Parts of the time of so many cores: worked by devices, by other processes, taken by the host."""
        time_of_cores = cores * (time.monotonic() - self.begun)
        busy, stolen = (now - then for now, then in zip(self.machine(), self.at_first))
        devices = self.last - self.first
        return [part / time_of_cores for part in (devices, busy - devices, stolen)]


def seconds_on(program, folder, sweep, warm_up, count):
    """How long the sweep takes on a cluster with so many device nodes, from its submission to its report, and the account of that."""
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(parents=True)
    cluster = Cluster(program, folder, HERE / "cluster.hocon", names=(ORCHESTRATORS[0], *DEVICES[:count]))
    try:
        cluster.start()
        until(cluster, lambda status: len(status["nodes"]) == count, 60)
        # Nodes live for days: what the compilation of their code takes in their first minute is not what a cluster costs.
        report_of(cluster, warm_up)
        begun, account = time.monotonic(), Account()
        report_of(cluster, sweep, account.look)
        return time.monotonic() - begun, account.shares(count)
    finally:
        cluster.close()


def report_of(cluster, sweep, look=lambda: None):
    """Submits a sweep and waits for its report."""
    name = sweep.split("name = ", 1)[1].split("\n", 1)[0]
    file = cluster.folder / f"{name}.hocon"
    file.write_text(sweep, encoding="utf-8")
    if not cluster.ask("submit", file):
        sys.exit(f"efficiency: no node took {name}; see {cluster.folder}/nodes")
    end = time.monotonic() + 1800
    # A question would be a process that takes a core from the nodes.
    while not (cluster.sweeps / name / "report.json").exists():
        if time.monotonic() > end:
            sys.exit(f"efficiency: no report of {name} after 1800 s; see {cluster.folder}/nodes")
        look()
        time.sleep(0.1)


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
    warm_up = SWEEP.replace("STEPS", "300").replace("name = efficiency", "name = warm-up")
    cluster, apart, accounts = ([], []), ([], []), ([], [])
    for _ in range(arguments.runs):
        for count in (1, 2):
            seconds, shares = seconds_on(program, folder / f"nodes-{count}", sweep, warm_up, count)
            cluster[count - 1].append(seconds)
            accounts[count - 1].append(shares)
            print(f"{count} device nodes: {cluster[count - 1][-1]:.1f} s", file=sys.stderr, flush=True)
            if not arguments.cluster_only:
                apart[count - 1].append(seconds_apart(program, folder / f"apart-{count}", sweep, count))
                print(f"{count} sweeps apart: {apart[count - 1][-1]:.1f} s", file=sys.stderr, flush=True)
    print("| | one core | two cores | efficiency |\n| --- | ---: | ---: | ---: |")
    row("a sweep on one device node, on two", *cluster, [one / two / 2 for one, two in zip(*cluster)])
    if apart[0]:
        row("one sweep alone, two at the same time", *apart, [one / two for one, two in zip(*apart)])
    print("\n| of the time of | devices worked | other processes took | the host took |\n| --- | ---: | ---: | ---: |")
    for name, shares in zip(("one core, one device node", "two cores, two device nodes"), accounts):
        print(f"| {name} | {' | '.join(f'{statistics.median(part):.1%}' for part in zip(*shares))} |")
    ratios = [two[0] / one[0] for one, two in zip(*accounts)]
    print(f"\nefficiency by the account: {statistics.median(ratios):.1%} ({min(ratios):.1%} to {max(ratios):.1%})", flush=True)


if __name__ == "__main__":
    main()
