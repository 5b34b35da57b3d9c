#!/usr/bin/env python3
"""Metrics of real processes, by the judgement of a real Prometheus: a sweep on this machine and a cluster of two nodes are scraped, every
query of every dashboard has an answer, and what is done to the processes raises the alert that is meant for it, and no other.

    Tests/metrics/metrics.py --sweeps PROGRAM [--dir FOLDER]
"""
import argparse
import contextlib
import json
import pathlib
import re
import shlex
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import time
import urllib.request

HERE = pathlib.Path(__file__).resolve().parent
ROOT = HERE.parent.parent
sys.path += [str(HERE.parent / "cluster"), str(HERE.parent / "chaos")]
from disk import fill, small_disk  # noqa: E402 (folders beside)
from nodes import Cluster  # noqa: E402
from processes import children_of, send  # noqa: E402
from prometheus import Prometheus  # noqa: E402

PATIENCE = 60  # seconds: against a test that hangs, not against a slow machine
DISK = 400 << 20

SETTINGS = """
sweeps {{
  devices = ["cpu=1"]
  threads_per_device = 1
  retry_backoff = 100 ms
  restart_backoff = 100 ms
  restart_backoff_max = 200 ms
  max_world_failures = 1000
  max_failed_starts = 1000
  http {{ address = "127.0.0.1:0", discovery_folder = "{targets}" }}
}}
"""

SWEEP = """
name = {name}
corpus {{ idioms {{ documents = 200, focus = [single_double_quote] }} }}
tokenizer {{ vocab_size = 280 }}
model {{ n_layer = 1, d_model = 16, n_ctx = 32 }}
training {{ steps = {steps}, batch_size = 2, eval_every = 100, eval_batches = 1, checkpoint_every = 50, mean_cache_tokens = 128 }}
# A gauge of a sweep is there until its end: the first circuit is validated while others are searched, not between two scrapes.
grid {{ l0 = [1, 0.5], replicas = [0, 1] }}
tasks = [single_double_quote]
skip_unlearned = false
edge_pruning = true
pruning {{ steps = 5, batch_pairs = 2, train_pairs = 8, validation_pairs = 4, test_pairs = 4 }}
# A series tells a rate only when it rises after its first scrape: the rounds of a search last longer than one interval between two.
search {{ rounds = 8, batch_size = 2 }}
"""

# What stands for the choices that a person makes on a dashboard.
CHOICES = {"__rate_interval": "15s"}
# No machine that runs these tests has to have a GPU.
ABSENT = "sweeps_gpu_"


def expect(condition, text):
    if not condition:
        raise AssertionError(text)


def say(begun, text):
    print(f"{time.monotonic() - begun:6.1f} s  {text}", flush=True)


def free_port():
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        return taken.getsockname()[1]


class TwoNodes(Cluster):
    """A node that coordinates, and one with devices."""

    def __init__(self, program, folder, settings):
        super().__init__(program, folder, settings)
        self.nodes = {name: self.nodes[name] for name in ("orchestrator-1", "device-1")}
        for node in self.nodes.values():
            # Other clusters of this machine have the usual ports.
            node.port = free_port()


def read(url, kind):
    """The metrics of a process in one of the two forms."""
    with urllib.request.urlopen(urllib.request.Request(url, headers={"Accept": kind}), timeout=10) as answer:
        return answer.headers["Content-Type"], answer.read().decode()


def check_forms(prometheus, instance):
    """Both forms of what a process tells, by the judgement of Prometheus."""
    kind, text = read(f"http://{instance}/metrics", "text/plain;version=0.0.4")
    expect(kind.startswith("text/plain"), f"asked for text, it answers {kind}")
    lint = subprocess.run([shutil.which("promtool"), "check", "metrics"], input=text, capture_output=True, text=True, check=False)
    expect(lint.returncode == 0 and not lint.stdout and not lint.stderr, f"promtool: {lint.stdout}{lint.stderr}")
    kind, text = read(f"http://{instance}/metrics", "application/openmetrics-text;version=1.0.0")
    expect(kind.startswith("application/openmetrics-text"), f"asked for OpenMetrics, it answers {kind}")
    expect(text.endswith("# EOF\n"), f"OpenMetrics without an end: {text[-200:]}")
    samples = sum(1 for line in text.splitlines() if line and not line.startswith("#"))

    def scraped():
        # Prometheus asks for OpenMetrics first. Between its scrape and ours a series may have come.
        return [value for _, value in prometheus.now(f'scrape_samples_scraped{{instance="{instance}"}}') if abs(value - samples) <= 25]
    prometheus.wait(f"a scrape of about {samples} samples", scraped, 15)
    return samples


def check_documented(prometheus):
    """Every name that docs/metrics.md says is one that Prometheus knows, and the other way round."""
    rows = re.findall(r"^\| `(sweeps_\w+)` \| (\w+) \|", (ROOT / "docs" / "metrics.md").read_text(encoding="utf-8"), re.MULTILINE)
    documented = {name for name, kind in rows for name in ([name] if kind != "histogram" else [f"{name}_{end}" for end in
                                                                                              ("bucket", "sum", "count")])}
    known = {name for name in prometheus.get("label/__name__/values") if name.startswith("sweeps_")}
    expect(known <= documented, f"not in docs/metrics.md: {sorted(known - documented)}")
    missing = {name for name in documented - known if not name.startswith(ABSENT)}
    expect(not missing, f"in docs/metrics.md, and told by no process: {sorted(missing)}")
    return len(documented)


def check_dashboards(prometheus, since):
    """Every query of every panel and every variable has had an answer."""
    ran = 0
    for path in sorted((ROOT / "ops" / "grafana" / "dashboards").glob("*.json")):
        board = json.loads(path.read_text(encoding="utf-8"))
        names = {variable["name"] for variable in board["templating"]["list"]}

        def chosen(expression):
            undeclared = set(re.findall(r"\$(\w+)", expression)) - names - set(CHOICES)
            expect(not undeclared, f"{path.name}: {expression} has variables that are not there: {undeclared}")
            return re.sub(r"\$(\w+)", lambda found: CHOICES.get(found[1], ".*"), expression)

        queries = [(f"variable {variable['name']}", re.fullmatch(r"label_values\((.*), (\w+)\)", variable["query"]["query"]))
                   for variable in board["templating"]["list"] if variable["type"] == "query"]
        queries = [(what, f"count by ({found[2]}) ({found[1]})") for what, found in queries]
        queries += [(panel["title"], target["expr"]) for panel in board["panels"] for target in panel.get("targets", [])]
        for what, query in queries:
            if ABSENT not in query:
                prometheus.wait(f"{path.name}: {what}: data of {chosen(query)}", lambda: prometheus.ever(chosen(query), since), 15)
            else:
                prometheus.ever(chosen(query), since)
            ran += 1
    return ran


def raises(prometheus, alert, do, undo, begun, instance=None, also=()):
    """What is done to an instance raises an alert, which was silent before; `also` may follow."""
    before = prometheus.alerts(instance)
    expect(alert not in before, f"{alert} fires before anything is done")
    do()
    prometheus.wait(alert, lambda: alert in prometheus.alerts(instance), PATIENCE)
    others = prometheus.alerts(instance) - before - {alert, *also}
    undo()
    expect(not others, f"beside {alert}: {sorted(others)}")
    say(begun, f"{alert} fires")


def kill_devices(prometheus, process):
    """Kills the device's process again and again, as soon as it is back."""
    killed = set()
    until = time.monotonic() + PATIENCE
    while len(killed) < 9 and time.monotonic() < until:
        for pid in set(children_of(process.pid)) - killed:
            send(pid, signal.SIGKILL)
            killed.add(pid)
        time.sleep(0.2)
    expect(len(killed) == 9, f"{len(killed)} processes of devices were there to be killed")


def end(process):
    """SIGKILL, if it lives."""
    if process.poll() is None:
        send(process.pid, signal.SIGKILL)
        process.wait()


def run(program, folder, begun):
    with contextlib.ExitStack() as ends:
        check(program, folder, begun, ends)


def check(program, folder, begun, ends):
    """All of it; `ends` gets what ends what was started, also when something is not as it should be."""
    disk = small_disk(folder / "disk", DISK)
    if disk is None:
        print("no disk can be mounted here: what a full one raises is not tried", flush=True)
    else:
        ends.callback(subprocess.run, ["umount", "--lazy", disk], check=False)
    place = disk or folder
    prometheus = Prometheus(folder / "prometheus", ROOT / "ops" / "prometheus" / "rules.yml", free_port())
    ends.callback(prometheus.close)
    settings = folder / "settings.hocon"
    settings.write_text(SETTINGS.format(targets=prometheus.targets), encoding="utf-8")
    for name, steps in (("short", 400), ("long", 10_000_000)):
        (folder / f"{name}.hocon").write_text(SWEEP.format(name=name, steps=steps), encoding="utf-8")
    cluster = TwoNodes(program, folder, settings)
    ends.callback(cluster.close)
    since = time.time()
    cluster.start()
    with open(folder / "alone.log", "wb") as log:
        alone = subprocess.Popen(
            [program, "run", folder / "long.hocon", "--dir", place / "alone", "--config", settings], stdout=log, stderr=log,
            stdin=subprocess.DEVNULL, start_new_session=True)
    ends.callback(end, alone)
    expect(cluster.ask("submit", folder / "short.hocon"), f"no node took the sweep; see {folder}/nodes")
    up = prometheus.wait("three processes that are up", lambda: len(found := prometheus.now("up == 1")) == 3 and found, PATIENCE)
    say(begun, "a run and two nodes are scraped")
    prometheus.wait("training", lambda: prometheus.now('sweeps_model_loss{sweep="long"}'), PATIENCE)
    instances = sorted(metric["instance"] for metric, _ in up)
    samples = [check_forms(prometheus, instance) for instance in instances]
    say(begun, f"both forms are as Prometheus wants them: {samples} samples")

    one = next(metric["instance"] for metric, _ in prometheus.now('sweeps_sweep_progress{sweep="long"}'))
    raises(prometheus, "SweepsDeviceFlapping", lambda: kill_devices(prometheus, alone), lambda: None, begun, one,
           also=("SweepsAttemptsLost", "SweepsStalled"))
    if disk:
        raises(prometheus, "SweepsDiskFilling", lambda: fill(disk / "full"), (disk / "full").unlink, begun, one,
               also=("SweepsAttemptsLost", "SweepsStalled", "SweepsJournalSlow", "SweepsDeviceFlapping"))
    prometheus.wait("the end of the sweep on the cluster", lambda: any(
        sweep["end"] == "completed" for sweep in cluster.ask("cluster")["sweeps"]), PATIENCE)
    say(begun, "a sweep is complete")
    print(f"{check_documented(prometheus)} names are documented", flush=True)
    print(f"{check_dashboards(prometheus, since)} queries of dashboards have data", flush=True)

    expect(cluster.ask("submit", folder / "long.hocon"), "no node took the second sweep")
    prometheus.wait("a running job", lambda: prometheus.now(f'sweeps_queue_running{{instance!="{one}"}} > 0'), PATIENCE)
    leader = next(metric["instance"] for metric, _ in prometheus.now("sweeps_cluster_coordinator == 1"))
    raises(prometheus, "SweepsJournalSlow", cluster.server.quit, cluster.server.start, begun, leader,
           # The disk of this machine is as full as it is.
           also=("SweepsStalled", "SweepsAttemptsLost", "SweepsSplitMembers", "SweepsNoLeader", "SweepsDiskFilling"))

    send(alone.pid, signal.SIGKILL)
    alone.wait()
    prometheus.wait("SweepsTargetDown", lambda: "SweepsTargetDown" in prometheus.alerts(), PATIENCE)
    say(begun, "SweepsTargetDown fires")
    targets = len(list(prometheus.targets.iterdir()))
    expect(targets == 3, f"{targets} files of discovery: a process that was killed should leave its own")
    cluster.close()
    expect(len(list(prometheus.targets.iterdir())) == 1, "nodes that leave in order should take their files of discovery away")


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--sweeps", default=str(ROOT / "Orchestrator" / "bin" / "Release" / "net10.0" / "sweeps"))
    parser.add_argument("--dir", type=pathlib.Path)
    arguments = parser.parse_args()
    folder = (arguments.dir or pathlib.Path(tempfile.mkdtemp(prefix="sweeps-metrics-"))).resolve()
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(parents=True)
    begun = time.monotonic()
    # The program may be given with what runs it, as "dotnet sweeps.dll".
    words = shlex.split(arguments.sweeps)
    program = words[0]
    if len(words) > 1:
        program = folder / "program"
        program.write_text(f"#!/bin/sh\nexec {shlex.join(words)} \"$@\"\n", encoding="utf-8")
        program.chmod(0o755)
    run(program, folder, begun)
    print(f"metrics: done in {time.monotonic() - begun:.0f} s", flush=True)


if __name__ == "__main__":
    main()
