#!/usr/bin/env python3
"""Runs a sweep on a cluster of five nodes on this machine, of which one of each kind is killed, and on this machine alone: the two reports
must be the same byte for byte.

    Tests/cluster/demo.py [--sweep examples/demo.hocon] [--dir runs/cluster-demo] [--sweeps PROGRAM] [--alone FOLDER]
"""
import argparse
import pathlib
import shutil
import subprocess
import sys
import time

from nodes import DEVICES, ORCHESTRATORS, Cluster

HERE = pathlib.Path(__file__).resolve().parent
ROOT = HERE.parent.parent


def state(cluster, name):
    """How the sweep is, and who coordinates: None while nobody answers."""
    status = cluster.ask("cluster", patience=0)
    if not status:
        return None
    mine = [sweep for sweep in status["sweeps"] if sweep["name"] == name]
    return status, mine[0] if mine else None


def wait(cluster, name, until, patience, what):
    """Waits for something to be so."""
    begun = time.monotonic()
    while True:
        found = state(cluster, name)
        if found and until(*found):
            return found
        if time.monotonic() - begun > patience:
            sys.exit(f"cluster demo: {what} did not happen within {patience} s; see {cluster.folder}/nodes")
        time.sleep(0.3)


def say(begun, text):
    print(f"{time.monotonic() - begun:6.1f} s  {text}", flush=True)


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--sweep", default=ROOT / "examples" / "demo.hocon", type=pathlib.Path)
    parser.add_argument("--dir", default=ROOT / "runs" / "cluster-demo", type=pathlib.Path)
    parser.add_argument("--sweeps", default=ROOT / "Orchestrator" / "bin" / "Release" / "net10.0" / "sweeps", type=pathlib.Path)
    parser.add_argument("--alone", type=pathlib.Path, help="the folder of the same sweep, run on this machine alone; run here when missing")
    parser.add_argument("--kill-after", default=10.0, type=float, help="seconds of the sweep's run before the first node is killed")
    arguments = parser.parse_args()
    folder = arguments.dir.resolve()
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(parents=True)
    alone = arguments.alone or folder / "alone"
    if not (alone / "report.json").exists():
        print("On this machine alone …", flush=True)
        subprocess.run([arguments.sweeps, "run", arguments.sweep.resolve(), "--dir", alone], check=True, stdout=subprocess.DEVNULL)

    begun = time.monotonic()
    cluster = Cluster(arguments.sweeps, folder, HERE / "cluster.hocon")
    try:
        cluster.start()
        say(begun, f"{len(ORCHESTRATORS)} orchestrator nodes and {len(DEVICES)} device nodes are started")
        if not cluster.ask("submit", arguments.sweep.resolve()):
            sys.exit(f"cluster demo: no node took the sweep; see {folder}/nodes")
        name = next(iter(cluster.ask("cluster")["sweeps"]))["name"]
        say(begun, f"{name} is submitted")
        wait(cluster, name, lambda status, _: len(status["nodes"]) == len(DEVICES), 60, "all device nodes joining")
        say(begun, "all device nodes have joined")

        time.sleep(arguments.kill_after)
        cluster.nodes[DEVICES[1]].kill()
        say(begun, f"{DEVICES[1]} is killed")
        time.sleep(arguments.kill_after)
        status, _ = wait(cluster, name, lambda *_: True, 30, "an answer")
        leader = next(node for node in ORCHESTRATORS if status["coordinator"].startswith(f"{node} "))
        killed = time.monotonic()
        cluster.nodes[leader].kill()
        say(begun, f"{leader}, which coordinates, is killed")
        term = status["term"]
        wait(cluster, name, lambda status, _: status["term"] > term and len(status["nodes"]) == len(DEVICES) - 1, 120, "a fail-over")
        say(begun, f"another node coordinates, with all devices that are left, {time.monotonic() - killed:.1f} s after")

        _, sweep = wait(cluster, name, lambda _, sweep: sweep and sweep["end"], 3600, "the end of the sweep")
        say(begun, f"the sweep has ended: {sweep['end']}")
        if sweep["end"] != "completed":
            sys.exit(f"cluster demo: the sweep ended as {sweep}")
    finally:
        cluster.close()
    ours, theirs = (cluster.sweeps / name / "report.json").read_bytes(), (alone / "report.json").read_bytes()
    if ours != theirs:
        sys.exit(f"cluster demo: {cluster.sweeps / name / 'report.json'} differs from {alone / 'report.json'}")
    print(f"report.json has {len(ours):,} bytes, the same as of this machine alone")


if __name__ == "__main__":
    main()
