#!/usr/bin/env python3
"""Runs a real sweep on this machine in peace, and again and again on a cluster of five nodes, each with a network of its own, while nodes,
devices and the database are killed, stopped and cut off at random moments.

Nothing may be lost, nothing may count twice, nobody who has lost the lead may store anything, and each report must be that of the run in
peace. Linux, as root: elsewhere it says so and does nothing.

    Tests/cluster/chaos.py [--seed N] [--scale X] [--only KIND] [--folders own] [--dir runs/cluster-chaos] [--sweeps PROGRAM]
"""
import argparse
import os
import pathlib
import random
import re
import shutil
import signal
import subprocess
import sys
import time

import judge
import network
from nodes import DEVICES, ORCHESTRATORS, Cluster, Node
from watch import Watch

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent.parent / "chaos"))
import journal  # noqa: E402 (the folder beside)
from disk import fill, small_disk  # noqa: E402
from figures import percentile  # noqa: E402
from postgres import Server  # noqa: E402
from processes import alive, children_of, send  # noqa: E402

HERE = pathlib.Path(__file__).resolve().parent
SWEEP = HERE.parent / "chaos" / "sweep.hocon"
NODES = (*ORCHESTRATORS, *DEVICES)
DATABASE = "database"
DISK = 1 << 30  # bytes; checkpoints pile up while no event can be stored
AT_A_TIME = 2  # sweeps
SILENCE = 10.0  # seconds that a device process bears to hear nothing of its node, with the defaults: 2 + 3 + 5
PATIENCE = 300.0  # seconds for anything: a busy machine must cost time only
RESTART = 2.0  # seconds after which a node that ended by itself is started again, as by systemd
ENDED_BY_THE_WORLD = 4  # exit code: the machine does not allow it at this moment

PLAN = {
    "kill a device node": 4,
    "kill a device process": 5,
    "kill the coordinator's node": 10,
    "kill the other orchestrator": 2,
    "kill the coordinator's node and a device node": 2,
    "stop a device node": 3,
    "stop a device node for a minute": 1,
    "stop the coordinator's node": 4,
    "kill the database": 5,
    "kill the database and the coordinator's node": 3,
    "cut the cluster in two": 3,
    "cut one direction": 3,
    "cut again and again": 2,
    "cut off a device node": 3,
    "cut the coordinator's node from the database": 3,
    "cut the coordinator's node from the database for seconds": 2,
    "delay and lose packets": 3,
    "fill the disk": 3,
}
# Another node has to take over.
FAIL_OVER = ("kill the coordinator's node", "stop the coordinator's node", "cut the coordinator's node from the database")


class Failure(Exception):
    """The cluster did not do as promised."""


class Host(Node):
    """A node on a host of its own."""

    def __init__(self, cluster, name, host, port):
        super().__init__(cluster, name, cluster.network.addresses[name], port)
        self.due = None  # when it is to be started again

    def prefix(self):
        return self.cluster.network.within(self.name)

    def devices(self):
        """The process ids of its devices."""
        return children_of(self.pid) if self.running() else []

    def said(self, begin=0):
        """Its log from a byte on."""
        with open(self.log, "rb") as log:
            log.seek(begin)
            return log.read().decode(errors="replace")


class HostedCluster(Cluster):
    """Nodes and database, each on a host of its own; the sweeps in a folder that all of them see, or the orchestrators alone."""

    def __init__(self, program, folder, sweeps, own_folders):
        self.own_folders = own_folders
        self.network = network.Network([DATABASE, *NODES])
        try:
            server = Server(folder / "postgresql.log", self.network.addresses[DATABASE], self.network.within(DATABASE), 200)
            super().__init__(program, folder, HERE / "chaos.hocon", Host, sweeps, server)
        except BaseException:
            self.network.close()
            raise

    def close(self):
        try:
            for node in self.nodes.values():
                if node.running():
                    send(node.pid, signal.SIGCONT)
            super().close()
        finally:
            self.network.close()


class Campaign:
    """Sweeps one after another on the cluster, and what is done to it meanwhile."""

    def __init__(self, cluster, disk, seed):
        self.cluster, self.disk, self.seed, self.network = cluster, disk, seed, cluster.network
        self.nodes, self.server = cluster.nodes, cluster.server
        self.watch = Watch([self.nodes[name] for name in ORCHESTRATORS])
        self.everything = journal.Progress(journal.PostgreSql.of("", self.server.psql))
        self.recovery = {kind: [] for kind in PLAN}
        self.failover = {kind: [] for kind in FAIL_OVER}
        self.gave_up, self.refused, self.left_alone = 0, 0, 0
        self.sweeps, self.submission, self.feeding = [], None, True
        self.stopped = set()
        self.over = 0.0  # when the last disturbance was
        self.gone = {}  # device nodes that must register again, and where their logs ended before

    # ---- what goes on all the time

    def tend(self):
        """Starts nodes again, submits sweeps, and sees whether anything has gone wrong. To be called all the time."""
        now = time.monotonic()
        for node in self.nodes.values():
            if node.due is None and not node.running():
                code = node.process.wait()
                if code != ENDED_BY_THE_WORLD:
                    raise Failure(f"{node.name} ended by itself with exit code {code}; see {node.log}")
                self.gave_up += 1
                node.due = now + RESTART
            if node.due is not None and now >= node.due:
                node.due = None
                node.start()
        if self.server.process.poll() is None:
            self.everything.poll()
        status = self.watch.present(now - 5)
        if status:
            for sweep in status["sweeps"]:
                if sweep["end"] not in (None, "completed"):
                    raise Failure(f"the sweep {sweep['name']} ended: {sweep['end']}, {sweep['reason']}")
        self.feed(status)

    def feed(self, status):
        """Sees to it that there is work."""
        if self.submission:
            process, name = self.submission
            if process.poll() is None:
                return
            self.submission = None
            # A refusal is no answer: the cluster may be without a coordinator. Submitting again is safe.
            if process.returncode == 0:
                self.sweeps.append(name)
            return
        if not status or not self.feeding or self.running(status) >= AT_A_TIME:
            return
        name = f"chaos-{len(self.sweeps) + 1}"
        file = self.cluster.folder / f"{name}.hocon"
        file.write_text(f'include "{SWEEP}"\nname = {name}\n', encoding="utf-8")
        through = [node for node in (self.nodes[n] for n in ORCHESTRATORS) if node.running() and node.name not in self.stopped]
        if through:
            node = through[0]
            command = [*node.prefix(), self.cluster.program, "submit", file, "--config", node.config, "--json"]
            self.submission = (subprocess.Popen(
                command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, stdin=subprocess.DEVNULL), name)

    def running(self, status):
        """How many sweeps have not ended, as far as is known."""
        ended = {sweep["name"] for sweep in status["sweeps"] if sweep["end"]}
        return sum(1 for name in self.sweeps if name not in ended)

    def until(self, true, what, patience=PATIENCE):
        """Waits until something is so, and returns what it is."""
        begun = time.monotonic()
        while not (found := true()):
            self.tend()
            if time.monotonic() - begun > patience:
                raise Failure(f"{what}: not within {patience:.0f} s; see {self.cluster.folder / 'nodes'}")
            time.sleep(0.05)
        return found

    def let(self, seconds):
        """Lets some time pass."""
        end = time.monotonic() + seconds
        self.until(lambda: time.monotonic() >= end, "time")

    # ---- how the cluster is

    @staticmethod
    def complete(status):
        """Whether a coordinator has all devices."""
        return sorted(node["name"] for node in status["nodes"]) == sorted(DEVICES) and all(
            device["status"] == "ready" for node in status["nodes"] for device in node["devices"])

    def settled(self):
        """The status, where all orchestrators agree about it and everything is there."""
        # What a node said before the last disturbance is no sign that it is back.
        moment = max(time.monotonic() - 3, self.over)
        answers, present = self.watch.since(moment), self.watch.present(moment)
        terms = {status["term"] for status in answers.values()}
        alike = len(answers) == len(ORCHESTRATORS) and len(terms) == 1
        return present if alike and self.complete(present) and self.running(present) > 0 else None

    def coordinator(self, status):
        """The node that coordinates."""
        return next(node for name, node in self.nodes.items() if status["coordinator"].startswith(f"{name} "))

    def followed(self, kind, hurt, term):
        """Waits until a coordinator of a later term has all devices; notes how long that took."""
        def later():
            status = self.watch.present(hurt)
            return status and status["term"] > term and self.complete(status)
        self.until(later, f"{kind}: a coordinator of a later term than {term}, with all devices")
        self.failover[kind].append(time.monotonic() - hurt)

    def recovered(self, kind, hurt, term):
        """Waits until a coordinator of at least a term has all devices and something new is stored; notes how long that took."""
        def complete():
            status = self.watch.present(hurt)
            # Until it is welcomed again the coordinator may not have noticed.
            return status and status["term"] >= term and self.complete(status) and all(
                "welcomed by" in self.nodes[name].said(begin) for name, begin in self.gone.items())
        self.until(complete, f"{kind}: a coordinator of term {term} or later with all devices")
        position = self.everything.poll()
        self.until(lambda: self.everything.poll() > position, f"{kind}: something new in the journal")
        self.recovery[kind].append(time.monotonic() - hurt)
        self.over = time.monotonic()
        self.gone = {}

    # ---- what is done to it

    def disturb(self, number, kind):
        """Waits for a moment of the work, does it, and waits until all is well."""
        rng = random.Random(f"{self.seed}/{number}")
        status = self.until(self.settled, f"before '{kind}': all nodes and devices")
        moment = self.everything.poll() + rng.randrange(1, 15)
        self.until(lambda: self.everything.poll() >= moment, f"before '{kind}': something new in the journal")
        status = self.settled() or status
        coordinator = self.coordinator(status)
        device = self.nodes[rng.choice(DEVICES)]
        hurt, term = self.DO[kind](self, rng, coordinator, device, status["term"])
        self.recovered(kind, hurt, term)

    def kill(self, node, rng):
        """SIGKILL; it is started again some seconds later."""
        if node.name in DEVICES:
            self.gone[node.name] = node.log.stat().st_size
        node.kill()
        node.due = time.monotonic() + rng.uniform(1, 5)
        return time.monotonic()

    def kill_device_node(self, rng, coordinator, device, term):
        return self.kill(device, rng), term

    def kill_device_process(self, rng, coordinator, device, term):
        pids = self.until(device.devices, "the process of a device")
        send(rng.choice(sorted(pids)), signal.SIGKILL)
        hurt = time.monotonic()
        self.until(lambda: set(device.devices()) - set(pids), "another process for a device")
        return hurt, term

    def kill_coordinator(self, rng, coordinator, device, term):
        hurt = self.kill(coordinator, rng)
        self.followed("kill the coordinator's node", hurt, term)
        return hurt, term + 1

    def kill_other_orchestrator(self, rng, coordinator, device, term):
        other = next(self.nodes[name] for name in ORCHESTRATORS if name != coordinator.name)
        return self.kill(other, rng), term

    def kill_coordinator_and_device_node(self, rng, coordinator, device, term):
        hurt = self.kill(coordinator, rng)
        self.let(rng.uniform(0, 8))
        self.kill(device, rng)
        return hurt, term + 1

    def stop_device_node(self, rng, coordinator, device, term):
        """Its devices go on without it, and must have ended before their jobs are others'."""
        pids, begun = device.devices(), time.monotonic()
        self.gone[device.name] = device.log.stat().st_size
        send(device.pid, signal.SIGSTOP)

        def over():
            status, left = self.watch.present(begun), [pid for pid in pids if alive(pid)]
            gone = status and status["term"] == term and device.name not in [node["name"] for node in status["nodes"]]
            if gone and left:
                raise Failure(f"{device.name} is stopped and gone, and its devices {left} live; see {device.log}")
            return not left and time.monotonic() - begun > 1.5 * SILENCE
        try:
            self.until(over, f"stop a device node: the end of the devices of {device.name}")
        finally:
            send(device.pid, signal.SIGCONT)
        self.left_alone += len(pids)
        return time.monotonic(), term

    def stop_device_node_for_a_minute(self, rng, coordinator, device, term):
        """So long that it can become a cluster of its own when it wakes up."""
        self.gone[device.name] = device.log.stat().st_size
        send(device.pid, signal.SIGSTOP)
        try:
            self.let(rng.uniform(50, 60))
        finally:
            send(device.pid, signal.SIGCONT)
        return time.monotonic(), term

    def stop_coordinator(self, rng, coordinator, device, term):
        """Past the lease: another takes over, and refuses what the first one does when it wakes up."""
        begin = coordinator.log.stat().st_size
        self.stopped.add(coordinator.name)
        send(coordinator.pid, signal.SIGSTOP)
        hurt = time.monotonic()
        try:
            self.followed("stop the coordinator's node", hurt, term)
            self.let(rng.uniform(0, 3))
        finally:
            send(coordinator.pid, signal.SIGCONT)
            self.stopped.discard(coordinator.name)
        self.until(lambda: "was cut off" in coordinator.said(begin), f"{coordinator.name}, which was stopped: its end as coordinator")
        self.refused += 1
        return hurt, term + 1

    def kill_database(self, rng, coordinator, device, term):
        self.server.kill()
        self.let(rng.choice([0, rng.uniform(0, 10)]))
        hurt = time.monotonic()
        self.server.start()
        return hurt, term

    def kill_database_and_coordinator(self, rng, coordinator, device, term):
        self.server.kill()
        self.let(rng.uniform(0, 2))
        self.kill(coordinator, rng)
        self.let(rng.uniform(0, 8))
        hurt = time.monotonic()
        self.server.start()
        return hurt, term + 1

    def halves(self, rng):
        """Two halves of the cluster, an orchestrator in each, and who of them sees the database."""
        orchestrators, devices = rng.sample(ORCHESTRATORS, 2), rng.sample(DEVICES, 3)
        one, other = [orchestrators[0], devices[0]], [orchestrators[1], *devices[1:]]
        match rng.choice(["both", "one", "other"]):
            case "one":
                one.append(DATABASE)
            case "other":
                other.append(DATABASE)
        return one, other

    def cut_in_two(self, rng, coordinator, device, term):
        self.network.part(*self.halves(rng))
        self.let(rng.uniform(7, 13))
        self.network.heal()
        return time.monotonic(), term

    def cut_one_direction(self, rng, coordinator, device, term):
        one, other = self.halves(rng)
        for host in one:
            self.network.cut(host, other)
        self.let(rng.uniform(7, 13))
        self.network.heal()
        return time.monotonic(), term

    def cut_again_and_again(self, rng, coordinator, device, term):
        for _ in range(rng.randrange(3, 6)):
            self.network.part(*self.halves(rng))
            self.let(rng.uniform(0.5, 4))
            self.network.heal()
            self.let(rng.uniform(0.5, 3))
        return time.monotonic(), term

    def cut_off_device_node(self, rng, coordinator, device, term):
        self.network.part([device.name], [host for host in (*NODES, DATABASE) if host != device.name])
        self.let(rng.uniform(7, 16))
        self.network.heal()
        return time.monotonic(), term

    def cut_from_database(self, rng, coordinator, device, term):
        """Another node, which sees the database, must take over although the first one lives."""
        self.network.part([coordinator.name], [DATABASE])
        hurt = time.monotonic()
        self.followed("cut the coordinator's node from the database", hurt, term)
        self.let(rng.uniform(0, 3))
        self.network.heal()
        return hurt, term + 1

    def cut_from_database_for_seconds(self, rng, coordinator, device, term):
        self.network.part([coordinator.name], [DATABASE])
        self.let(rng.uniform(1, 8))
        self.network.heal()
        return time.monotonic(), term

    def delay_packets(self, rng, coordinator, device, term):
        host = rng.choice([*NODES, DATABASE])
        delay = rng.uniform(0.02, 0.25)
        self.network.slow(host, delay, delay * rng.uniform(0, 1), rng.uniform(0, 0.08), rng.randrange(1 << 30))
        self.let(rng.uniform(6, 12))
        self.network.quicken()
        return time.monotonic(), term

    def fill_disk(self, rng, coordinator, device, term):
        filler = self.disk / "filler"
        fill(filler)
        self.let(rng.uniform(2, 5))
        filler.unlink()
        return time.monotonic(), term

    DO = dict(zip(PLAN, (
        kill_device_node, kill_device_process, kill_coordinator, kill_other_orchestrator, kill_coordinator_and_device_node,
        stop_device_node, stop_device_node_for_a_minute, stop_coordinator, kill_database, kill_database_and_coordinator, cut_in_two,
        cut_one_direction, cut_again_and_again, cut_off_device_node, cut_from_database, cut_from_database_for_seconds, delay_packets,
        fill_disk), strict=True))

    # ---- all of it

    def begin(self):
        """Starts the cluster, and keeps the terms of its coordinators from the first one on."""
        self.cluster.start()
        tables = ["--no-psqlrc", "--tuples-only", "--no-align", "--command", "SELECT to_regclass('lease') IS NOT NULL"]
        self.until(lambda: subprocess.run(
            [*self.server.psql, *tables], capture_output=True, text=True, check=False).stdout.strip() == "t", "the tables of the cluster")
        subprocess.run(
            [*self.server.psql, "--no-psqlrc", "--set", "ON_ERROR_STOP=1"], input=judge.KEEP_TERMS, text=True, check=True,
            stdout=subprocess.DEVNULL)

    def end(self):
        """Waits for the sweeps that are at work."""
        self.feeding = False

        def over():
            status = self.watch.present(time.monotonic() - 3)
            return not self.submission and status and len(status["sweeps"]) == len(self.sweeps) and self.running(status) == 0
        self.until(over, "the end of the last sweeps", 6 * PATIENCE)

    def made_way(self):
        """How often a coordinator gave the lead up since another node reached the database and it did not."""
        return sum(node.said().count("this node does not reach the database, and ") for node in self.nodes.values())

    def close(self):
        """Ends what asks the cluster."""
        if self.submission:
            self.submission[0].kill()
            self.submission[0].wait()
        self.watch.close()
        self.everything.store.close()


def calm_run(program, alone, log):
    """The sweep on this machine alone, in peace: its account and the bytes of its report."""
    with open(log, "ab") as said:
        done = subprocess.run(
            [program, "run", SWEEP, "--dir", alone, "--config", SWEEP.parent / "cluster.hocon", "--json"],
            stdout=said, stderr=said, stdin=subprocess.DEVNULL, check=False)
    if done.returncode != 0:
        raise Failure(f"the run in peace ended with exit code {done.returncode}; see {log}")
    store = journal.Sqlite(alone)
    return journal.Account(journal.read(store)), (alone / "report.json").read_bytes()


def same_report(ours, theirs, name):
    """Whether a report is that of the run in peace, byte for byte, but for the sweep's name, which stands in it twice."""
    return ours == re.sub(rb'("name": ?)"chaos"', rb'\1"' + name.encode() + b'"', theirs)


def table(seed, machine, calm_seconds, seconds, campaign, verdict, netem):
    """The statistics, for docs/reliability.md."""
    every = [t for times in campaign.recovery.values() for t in times]
    rows = [("disturbance", "times", "recovery p50", "p99"), ("---", "---:", "---:", "---:")]
    rows += [(kind, len(t), f"{percentile(t, 50):.1f} s", f"{percentile(t, 99):.1f} s") for kind, t in campaign.recovery.items() if t]
    rows += [("**all**", len(every), f"**{percentile(every, 50):.1f} s**", f"**{percentile(every, 99):.1f} s**")]
    yield from (f"| {' | '.join(str(cell) for cell in row)} |" for row in rows)
    yield ""
    accounts = verdict.accounts.values()
    begun_again = sum(count - 1 for account in accounts for count in account.started.values())
    first = sum(len(account.started) for account in accounts)
    rows = [("", ""), ("---", "---:")]
    rows += [(f"fail-over, {kind}: p50, p99", f"{percentile(t, 50):.1f} s, {percentile(t, 99):.1f} s")
             for kind, t in campaign.failover.items() if t]
    rows += [
        ("sweeps; terms of a coordinator", f"{len(verdict.accounts)}; {len(verdict.held)}"),
        ("results that must be there once", len(verdict.calm.results) * len(campaign.sweeps)),
        ("lost", verdict.count("lost")), ("duplicated", verdict.count("duplicated")), ("different", verdict.count("different")),
        ("events of an attempt that was over", verdict.count("of an attempt that was over")),
        ("events of a coordinator that was not the present one",
         f"{verdict.count('events of a coordinator that was not the present one')} of {verdict.events:,}"),
        ("coordinators that woke up after their lease, and were refused", campaign.refused),
        ("coordinators that made way, since the database was out of their reach alone", campaign.made_way()),
        ("device processes whose node was stopped, and that ended by themselves", campaign.left_alone),
        ("attempts begun again", f"{begun_again}, beside {first} first ones"),
        ("nodes that ended since the database was away (exit code 4), and were started again", campaign.gave_up),
        ("packets were delayed and lost by", "netem" if netem else "a program, as this kernel has no netem"),
        ("time", f"{seconds:.0f} s; the sweep in peace, alone {calm_seconds:.0f} s"),
        ("seed, machine", f"{seed}; {machine}")]
    yield from (f"| {' | '.join(str(cell) for cell in row)} |" for row in rows)


def planned(scale, only, rng):
    """The disturbances in their order."""
    kinds = [kind for kind in PLAN if not only or any(word in kind for word in only)]
    if not kinds:
        sys.exit(f"cluster-chaos: --only {' '.join(only)}: expected a part of one of {', '.join(PLAN)}")
    plan = [kind for kind in kinds for _ in range(round(PLAN[kind] * scale))]
    plan = plan or rng.sample(kinds, 1)
    rng.shuffle(plan)
    return plan


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--seed", type=int, default=random.SystemRandom().randrange(10**6), help="of the moments and the victims; printed")
    parser.add_argument("--scale", type=float, default=1, help=f"of the number of disturbances; 1 is {sum(PLAN.values())}")
    parser.add_argument("--only", action="append", help="only kinds of disturbances with this in their names; more than once for several")
    parser.add_argument("--dir", type=pathlib.Path, default=pathlib.Path("runs/cluster-chaos"), help="where everything goes")
    parser.add_argument("--sweeps", type=pathlib.Path, default=pathlib.Path("Orchestrator/bin/Release/net10.0/sweeps"), help="the program")
    parser.add_argument(
        "--folders", choices=("shared", "own"), default="shared", help="whether device nodes see the sweeps' folder or have their own")
    args = parser.parse_args()
    if not args.sweeps.is_file():
        sys.exit(f"cluster-chaos: --sweeps {args.sweeps}: expected the program; `make build` makes it")
    network.check()
    folder, program = args.dir.absolute(), args.sweeps.absolute()
    if folder.exists():
        subprocess.run(["umount", folder / "disk"], capture_output=True, check=False)
        shutil.rmtree(folder)
    folder.mkdir(parents=True)
    plan = planned(args.scale, args.only, random.Random(args.seed))
    print(f"cluster-chaos: seed {args.seed}; a sweep in peace", flush=True)
    begun = time.monotonic()
    calm, report = calm_run(program, folder / "alone", folder / "alone.log")
    calm_seconds = time.monotonic() - begun
    print(f"cluster-chaos: {calm_seconds:.0f} s; now {len(plan)} disturbances of a cluster", flush=True)

    disk = small_disk(folder / "disk", DISK)
    if disk is None:
        raise network.NotPermitted("no file system can be mounted")
    campaign = cluster = None
    try:
        begun = time.monotonic()
        cluster = HostedCluster(program, folder, disk, args.folders == "own")
        campaign = Campaign(cluster, disk, args.seed)
        campaign.begin()
        for number, kind in enumerate(plan, 1):
            campaign.disturb(number, kind)
            print(f"  {time.monotonic() - begun:6.1f} s  {number}/{len(plan)} {kind}: {campaign.recovery[kind][-1]:.1f} s", flush=True)
        campaign.end()
        seconds = time.monotonic() - begun
        verdict = judge.Verdict(calm, cluster.server.psql, campaign.sweeps)
        verdict.note("reports that differ", [
            name for name in campaign.sweeps if not same_report((disk / name / "report.json").read_bytes(), report, name)])
        machine = f"{os.cpu_count()} cores, load {os.getloadavg()[1]:.1f}"
        lines = list(table(args.seed, machine, calm_seconds, seconds, campaign, verdict, cluster.network.netem))
        (folder / "table.md").write_text("\n".join(lines) + "\n", encoding="utf-8")
        print("\n".join(lines))
        if verdict.wrong:
            raise Failure("; ".join(f"{what}: {which}" for what, which in verdict.wrong[:5]))
    finally:
        if campaign:
            campaign.close()
        if cluster:
            if cluster.server.process.poll() is None:
                cluster.server.dump(folder / "journal.sql")
            cluster.close()
        shutil.copytree(disk, folder / "sweeps", dirs_exist_ok=True, ignore=shutil.ignore_patterns("filler"))
        subprocess.run(["umount", disk], check=False)
    print("cluster-chaos: passed: nothing lost, nothing twice, nobody late, every report byte for byte that of the run in peace")


if __name__ == "__main__":
    # So that no process, namespace or mount is left behind.
    for each in (signal.SIGTERM, signal.SIGHUP, signal.SIGINT):
        if signal.getsignal(each) != signal.SIG_IGN:  # as under nohup
            signal.signal(each, lambda number, _: sys.exit(128 + number))
    try:
        main()
    except network.NotPermitted as e:
        print(f"cluster-chaos: SKIPPED: {e}")
    except Failure as e:
        sys.exit(f"cluster-chaos: FAILED: {e}")
