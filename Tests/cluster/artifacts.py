#!/usr/bin/env python3
"""Runs a sweep on a cluster whose device nodes have folders of their own and fetch files from each other, by TLS. One of them is killed
while it trains and has written a checkpoint, and one leaves; others go on from there. The report must be that of this machine alone, byte
for byte.

    Tests/cluster/artifacts.py [--dir runs/artifacts] [--sweeps PROGRAM]
"""
import json
import pathlib
import re
import shutil
import signal
import subprocess
import sys

import arguments
from slurm import Server, send
from tls import Node, expect, make, ports, security, wait

HERE = pathlib.Path(__file__).resolve().parent
NAME = "artifacts"
ORCHESTRATORS, DEVICES = ("orchestrator-1", "orchestrator-2"), ("device-1", "device-2", "device-3")
CACHE = 1 << 20  # bytes: less than the files of a job and those of its sweep, which has nearly four times as many
JOB = 1 << 20  # bytes, beside that: what a job may need at the moment
KEPT = 3  # checkpoints of a job at work
CHECKPOINT = 40  # steps, as artifacts.hocon says


class OwnNode(Node):
    """A node; those with devices have folders of their own, which have nothing in them."""

    def __init__(self, program, folder, connection, name, port, artifact_port, secured):
        self.secured = secured
        role = "orchestrator" if name in ORCHESTRATORS else "device"
        self.folder = folder / "sweeps" if name in ORCHESTRATORS else folder / "own" / name
        self.folder.mkdir(parents=True, exist_ok=True)
        super().__init__(program, folder, connection, name, role, port, f"""
            {secured}
            shared = false
            folder = "{self.folder}"
            artifact_port = {artifact_port}
            cache_bytes = {CACHE}
            """)

    def ask(self, *words):
        """What a command says as JSON, a list of its lines; None where it fails."""
        done = subprocess.run(
            [*self.program, *words, "--config", self.config, "--json"], capture_output=True, text=True, check=False)
        return [json.loads(line) for line in done.stdout.splitlines()] if done.returncode == 0 else None


def write_sweep(folder):
    """The sweep's file, with a corpus that has something of everything."""
    corpus = folder / "corpus"
    (corpus / "deep").mkdir(parents=True)
    for number in range(40):
        text = "".join(f'name_{number} = "{word}"\n' for word in ("quoted", "words", "of", "a", "file"))
        (corpus / f"module_{number}.py").write_text(text, encoding="ascii")
    (corpus / "deep" / "empty.py").write_text("", encoding="ascii")
    (corpus / "notes.txt").write_text("not read", encoding="ascii")
    (corpus / "link.py").symlink_to("module_0.py")
    (corpus / "other.py").symlink_to("notes.txt")
    (corpus / "broken.py").symlink_to("nowhere")
    (corpus / "again").symlink_to("deep")
    file = folder / "artifacts.hocon"
    file.write_text((HERE / "artifacts.hocon").read_text(encoding="utf-8").replace("CORPUS", f'"{corpus}"'), encoding="utf-8")
    return file


def training(sweep, names):
    """A training on one of these nodes, of which two checkpoints are in the orchestrators' folder, as (its name, its node); or None."""
    for model in sorted(sweep.glob("models/*")):
        trial = f"models/{model.name}"
        if len(list((model / "checkpoints").glob("step-*"))) > 1:
            node = re.findall(r"running on ([^ :]+):", log_of(sweep, trial))[-1]
            if node in names:
                return trial, node
    return None


def log_of(sweep, trial):
    return (sweep / "logs" / f"{trial}.log").read_text(encoding="utf-8")


def run(program, folder):
    file = write_sweep(folder)
    alone = folder / "alone"
    done = subprocess.run([*program, "run", file, "--dir", alone], capture_output=True, text=True, check=False)
    expect(done.returncode == 0, f"the run on this machine alone ended with {done.returncode}: {done.stdout}{done.stderr}")
    password = make(folder / "certificates", *ORCHESTRATORS, *DEVICES)
    server, nodes, free = Server(folder / "postgresql.log"), {}, ports(12)
    try:
        for name in (*ORCHESTRATORS, *DEVICES):
            nodes[name] = OwnNode(program, folder, server.connection, name, free.pop(), free.pop(), security(
                folder / "certificates" / f"{name}.p12", password))
        leader = nodes[ORCHESTRATORS[0]]
        wait(lambda: leader.ask("submit", file), "a node's taking the sweep")
        sweep = leader.folder / NAME
        lost, name = wait(lambda: training(sweep, DEVICES), "a checkpoint of a training")
        killed = nodes[name]
        send(killed.process.pid, signal.SIGKILL)
        killed.process.wait()
        # Nothing of it is left, whatever it has written; its device ends a moment later.
        wait(lambda: shutil.rmtree(killed.folder, ignore_errors=True) or not killed.folder.exists(), "the end of its folder")
        print(f"{name} is killed, which trains {lost}", flush=True)
        left, name = wait(lambda: training(sweep, set(DEVICES) - {name}), "a checkpoint of another training")
        send(nodes[name].process.pid, signal.SIGTERM)
        print(f"{name} leaves, which trains {left}", flush=True)
        nodes[f"{killed.name}, again"] = OwnNode(
            program, folder, server.connection, killed.name, free.pop(), free.pop(), killed.secured)
        ended = wait(lambda: [s for s in (leader.status() or {"sweeps": []})["sweeps"] if s["end"]], "the end of the sweep")
        expect(ended[0]["end"] == "completed", f"the sweep ended: {ended[0]}")

        ours, theirs = (sweep / "report.json").read_bytes(), (alone / "report.json").read_bytes()
        expect(ours == theirs, f"{sweep / 'report.json'} differs from {alone / 'report.json'}")
        for trial in (lost, left):
            check_trial(leader, sweep, trial)
        expect(nodes[name].process.wait() == 128 + signal.SIGTERM, f"{name} ended with {nodes[name].process.returncode}")
        checked = leader.ask("verify", sweep)
        expect(checked is not None, "the sweep's folder is not sound")
        for each in DEVICES:
            check_folder(nodes[each].folder)
    except AssertionError:
        for name, node in nodes.items():
            print(f"--- {name}\n{node.said()}", file=sys.stderr)
        raise
    finally:
        for node in nodes.values():
            node.close()
        server.close()


def check_trial(leader, sweep, trial):
    """Whether it was begun twice, the second time from a checkpoint."""
    account = next(t for t in leader.ask("trials", sweep, "--under", trial) if t["id"] == trial)
    expect(account["attempts"] == 2, f"{trial} took {account['attempts']} attempts")
    again = log_of(sweep, trial).split("attempt 2: running", 1)[1]
    first = int(re.search(r"step (\d+)/", again)[1])
    expect(first > CHECKPOINT, f"{trial} went on at step {first}: {again}")
    print(f"it went on elsewhere at step {first}", flush=True)


def check_folder(own):
    """Whether a device node keeps no more than it may, and what its last job needed."""
    sizes = {path.relative_to(own): path.stat().st_size for path in own.rglob("*") if path.is_file()}
    checkpoints = [path for path in sizes if path.parent.name == "checkpoints"]
    kept = sum(size for path, size in sizes.items() if path not in checkpoints)
    expect(kept < CACHE + JOB, f"{own} has {kept} bytes beside checkpoints: {sizes}")
    expect(len(checkpoints) <= KEPT, f"{own} has the checkpoints {checkpoints}")


def main():
    program, folder = arguments.read("artifacts", __doc__)
    try:
        run(program, folder)
    except AssertionError as problem:
        sys.exit(f"artifacts: {problem}")
    print("the sweep went on from the checkpoint of a node that is gone, and its report is that of this machine alone")


if __name__ == "__main__":
    main()
