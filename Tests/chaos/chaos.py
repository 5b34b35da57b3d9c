#!/usr/bin/env python3
"""Runs a real sweep twice: once in peace, once while its processes are killed, stopped and starved at random moments.

Nothing may be lost, nothing may count twice, and the reports must be the same byte for byte. With --store postgresql the database is a
server of the test's own, and is killed too. Linux; as root also with a disk that is full.

    Tests/chaos/chaos.py [--store sqlite|postgresql] [--seed N] [--scale X] [--dir runs/chaos-STORE] [--sweeps PROGRAM]
"""
import argparse
import os
import pathlib
import random
import re
import resource
import shutil
import signal
import subprocess
import sys
import time

import journal
from disk import fill, small_disk
from figures import percentile
from postgres import Server
from processes import children_of, send

HERE = pathlib.Path(__file__).resolve().parent
DEVICES = 2
SILENCE = 2.0  # heartbeat_timeout of cluster.hocon
DISK = 48 << 20
ENDED_BY_THE_WORLD = 4  # exit code: the machine does not allow it; what is done is kept

# How often each is done; kills and stops of processes are 54 of them, without those of the database.
PLAN = {
    "kill the orchestrator": 15,
    "kill a device": 15,
    "stop a device": 10,
    "stop the orchestrator": 8,
    "stop a device, kill the orchestrator": 3,
    "fill the disk": 3,
    "take the file descriptors": 3,
}
OF_THE_DATABASE = {
    "kill the database": 4,
    "kill the database for seconds": 4,
    "quit the database": 3,
    "kill a process of the database": 3,
    "kill the database and the orchestrator": 3,
}
# Processes that each kills or stops; the database's count as one.
KILLS = {kind: 1 for kind in (PLAN | OF_THE_DATABASE) if kind.startswith(("kill", "stop", "quit"))}
KILLS |= {"stop a device, kill the orchestrator": 2, "kill the database and the orchestrator": 2}


class Failure(Exception):
    """The run did not go as promised."""


class World:
    """The program, and where its journals are."""

    def __init__(self, program, folder, server):
        self.program, self.server, self.config = program, server, folder / "cluster.hocon"
        text = (HERE / "cluster.hocon").read_text(encoding="utf-8")
        if server:
            text += f'sweeps.store.postgresql = "{server.connection}"\n'
        self.config.write_text(text, encoding="utf-8")

    def journal(self, folder):
        """The journal of a sweep's folder, for reading."""
        return journal.PostgreSql(folder, self.server.psql) if self.server else journal.Sqlite(folder)

    def account(self, folder):
        """What the journal of a finished sweep says."""
        store = self.journal(folder)
        try:
            return journal.Account(journal.read(store))
        except (journal.Damaged, journal.Unavailable) as e:
            raise Failure(f"the journal of {folder}: {e}") from e
        finally:
            store.close()


class Run:
    """A sweep's run, begun again as often as it is killed."""

    def __init__(self, world, folder, log):
        self.command = [world.program, "run", HERE / "sweep.hocon", "--dir", folder, "--config", world.config, "--json"]
        self.folder, self.log, self.gave_up = folder, open(log, "ab"), 0
        self.progress = journal.Progress(world.journal(folder))
        self.starved = False  # of descriptors: then .NET itself may abort, as good as a kill
        self.start()

    def start(self):
        self.starved = False
        self.process = subprocess.Popen(self.command, stdout=self.log, stderr=self.log, stdin=subprocess.DEVNULL)

    @property
    def pid(self):
        return self.process.pid

    def devices(self):
        """The process ids of the devices."""
        return children_of(self.pid)

    def finished(self):
        """Whether the sweep is complete; a run that the world ended is begun again."""
        code = self.process.poll()
        if code is None:
            return False
        if code == 0:
            return True
        if code != ENDED_BY_THE_WORLD and not (self.starved and code == -signal.SIGABRT):
            raise Failure(f"the orchestrator ended by itself with exit code {code}; see {self.log.name}")
        self.gave_up += 1
        if self.gave_up > 50:
            raise Failure(f"the orchestrator gave up {self.gave_up} times; see {self.log.name}")
        time.sleep(0.2)
        self.start()
        return False

    def kill(self):
        self.process.kill()
        self.process.wait()

    def close(self):
        for pid in self.devices():
            send(pid, signal.SIGKILL)
        if self.process.poll() is None:
            send(self.pid, signal.SIGCONT)
            self.kill()
        self.progress.store.close()
        self.log.close()


class Chaos:
    """The disturbances, and what each of them cost."""

    def __init__(self, run, disk, server, rng):
        self.run, self.disk, self.server, self.rng = run, disk, server, rng
        self.recovery = {kind: [] for kind in PLAN | OF_THE_DATABASE}

    def disturb(self, kind):
        """False when there was nothing to disturb at this moment."""
        position = self.run.progress.poll()
        devices = self.run.devices()
        if len(devices) < DEVICES:
            return False  # they are being started; a moment later there will be more to break
        victim, gave_up = self.rng.choice(sorted(devices)), self.run.gave_up
        match kind:
            case "kill the orchestrator":
                hurt = time.monotonic()
                self.run.kill()
                position = self.run.progress.poll()
                self.run.start()
            case "kill a device":
                send(victim, signal.SIGKILL)
                hurt = time.monotonic()
            case "stop a device":
                send(victim, signal.SIGSTOP)
                hurt = time.monotonic()
                self._pass(SILENCE + self.rng.uniform(0.5, 1.5))
                send(victim, signal.SIGCONT)
            case "stop the orchestrator":
                send(self.run.pid, signal.SIGSTOP)
                time.sleep(SILENCE + self.rng.uniform(0.5, 1.5))
                position = self.run.progress.poll()
                send(self.run.pid, signal.SIGCONT)
                hurt = time.monotonic()
            case "stop a device, kill the orchestrator":
                # The device outlives its orchestrator, which must not begin while the old one may still write.
                send(victim, signal.SIGSTOP)
                hurt = time.monotonic()
                self.run.kill()
                self.run.start()
                time.sleep(self.rng.uniform(0.5, 2))
                send(victim, signal.SIGCONT)
            case "fill the disk":
                filler = self.disk / "filler"
                fill(filler)
                self._pass(self.rng.uniform(2, 4))
                filler.unlink()
                hurt, position = time.monotonic(), self.run.progress.poll()
            case "take the file descriptors":
                self._without_descriptors(victim)
                hurt, position = time.monotonic(), self.run.progress.poll()
            case "kill the database" | "quit the database":
                hurt = time.monotonic()
                (self.server.kill if kind == "kill the database" else self.server.quit)()
                self.server.start()
                position = self.run.progress.poll()
            case "kill the database for seconds":
                self.server.kill()
                self._pass(self.rng.uniform(2, 10))
                hurt = time.monotonic()
                self.server.start()
                position = self.run.progress.poll()
            case "kill a process of the database":
                hurt = time.monotonic()
                if not self.server.kill_backend(self.rng):
                    return False
                self.server.wait()
                position = self.run.progress.poll()
            case "kill the database and the orchestrator":
                # The new run finds no database at first, or ends and is begun again.
                self.server.kill()
                self.run.kill()
                self.run.start()
                self._pass(self.rng.uniform(0, 3))
                hurt = time.monotonic()
                self.server.start()
                position = self.run.progress.poll()
        self._recovered(kind, hurt, position, victim)
        if kind in OF_THE_DATABASE and "orchestrator" not in kind and self.run.gave_up > gave_up:
            raise Failure(f"{kind}: the run ended, and should have waited for the database; see {self.run.log.name}")
        return True

    def _pass(self, seconds):
        end = time.monotonic() + seconds
        while time.monotonic() < end and not self.run.finished():
            time.sleep(0.05)

    def _without_descriptors(self, victim):
        """No process can open another file; the death of a device makes the orchestrator want to."""
        limits, self.run.starved = {}, True
        for pid in [self.run.pid, *self.run.devices()]:
            try:
                limits[pid] = resource.prlimit(pid, resource.RLIMIT_NOFILE)
                resource.prlimit(pid, resource.RLIMIT_NOFILE, (3, limits[pid][1]))
            except (ProcessLookupError, PermissionError):
                pass
        send(victim, signal.SIGKILL)
        self._pass(self.rng.uniform(2, 4))
        for pid, limit in limits.items():
            try:
                resource.prlimit(pid, resource.RLIMIT_NOFILE, limit)
            except ProcessLookupError:
                pass

    def _recovered(self, kind, hurt, position, victim):
        """Waits until all devices are there again, and something new has been stored after that."""
        complete = kind in ("fill the disk", "stop the orchestrator") or (self.server and kind in OF_THE_DATABASE)
        while not self.run.finished():
            if not complete:
                devices = self.run.devices()
                # On a very busy machine the watchdog may be late, and find a stopped device awake again.
                complete = len(devices) >= DEVICES and (victim not in devices or kind == "stop a device")
                if complete and kind != "kill the orchestrator":
                    position = self.run.progress.poll()
            elif self.run.progress.poll() > position:
                break
            if time.monotonic() - hurt > 300:
                raise Failure(f"{kind}: no progress within 300 s; see {self.run.log.name}")
            time.sleep(0.02)
        self.recovery[kind].append(time.monotonic() - hurt)


def steps_redone(log):
    """Training steps that were reported, and done again since the attempt was lost after its last checkpoint: (redone, all)."""
    reached, redone, needed = {}, 0, {}
    for line in log.read_text(errors="replace").splitlines():
        if match := re.search(r'"event":\s*"trialProgressed","trial":"(models/[^"/]+)".*"step":(\d+),"steps":(\d+)', line):
            trial, step, needed[match[1]] = match[1], int(match[2]), int(match[3])
            if step < reached.get(trial, 0):
                redone += reached[trial] - step
            reached[trial] = step
    return redone, sum(needed.values())


def quiet(world, folder, log):
    """How much had been gained, every twentieth of a second."""
    run, gains = Run(world, folder, log), []
    try:
        while not run.finished():
            run.progress.poll()
            gains.append(run.progress.gains)
            time.sleep(0.05)
        if run.gave_up:
            raise Failure(f"the undisturbed run did not go through; see {log}")
        return gains
    finally:
        run.close()


def disturbed(world, disk, folder, log, gains, plan, rng):
    run = Run(world, folder, log)
    chaos = Chaos(run, disk, world.server, rng)
    try:
        # Moments of the work, not of the clock: what had been gained at moments of the undisturbed run. So all of them come before the
        # end, on a slow machine as well.
        # The last part is left in peace: a disturbed run gains less on its way, as it has fewer checkpoints.
        moments = sorted(gains[int(rng.uniform(0.02, 0.6) * len(gains))] for _ in plan)
        for done, (moment, kind) in enumerate(zip(moments, plan)):
            while not run.finished():
                run.progress.poll()
                if run.progress.gains >= moment:
                    time.sleep(rng.uniform(0, 0.2))
                    if chaos.disturb(kind):
                        break
                time.sleep(0.02)
            if run.process.poll() == 0:
                raise Failure(f"the sweep ended after {done} of {len(plan)} disturbances")
            print(f"  {done + 1}/{len(plan)} {kind}: {chaos.recovery[kind][-1]:.1f} s", flush=True)
        while not run.finished():
            time.sleep(0.05)
        return chaos, run.gave_up
    finally:
        run.close()


def table(seed, machine, calm_seconds, seconds, chaos, gave_up, accounts, redone, steps):
    calm, shaken = accounts
    lost, duplicated, changed = shaken.against(calm)
    kills = sum(KILLS.get(kind, 0) * len(times) for kind, times in chaos.recovery.items())
    begun_again = sum(count - 1 for count in shaken.started.values())
    every = [t for times in chaos.recovery.values() for t in times]
    rows = [("disturbance", "times", "recovery p50", "p99"), ("---", "---:", "---:", "---:")]
    rows += [(kind, len(t), f"{percentile(t, 50):.1f} s", f"{percentile(t, 99):.1f} s") for kind, t in chaos.recovery.items() if t]
    rows += [("**all**", len(every), f"**{percentile(every, 50):.1f} s**", f"**{percentile(every, 99):.1f} s**")]
    yield from (f"| {' | '.join(str(cell) for cell in row)} |" for row in rows)
    yield ""
    rows = [("", ""), ("---", "---:"),
            ("kills and stops of real processes", kills),
            ("results that must be there once", len(calm.results)),
            ("lost", len(lost)), ("duplicated", len(duplicated)), ("different", len(changed)),
            ("events of an attempt that was over", len(shaken.fence)),
            ("attempts begun again", f"{begun_again}, beside {len(shaken.started)} first ones"),
            ("training steps done again", f"{redone} of {steps} ({100 * redone / max(steps, 1):.0f}%)"),
            ("runs that the machine ended (exit code 4, or an abort for want of descriptors), and were begun again", gave_up),
            ("time", f"{seconds:.0f} s; undisturbed {calm_seconds:.0f} s"),
            ("seed, machine", f"{seed}; {machine}")]
    yield from (f"| {' | '.join(str(cell) for cell in row)} |" for row in rows)


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--store", choices=("sqlite", "postgresql"), default="sqlite", help="where the journal is")
    parser.add_argument("--seed", type=int, default=random.SystemRandom().randrange(10**6), help="of the moments and the victims; printed")
    of_files, of_database = sum(PLAN.values()), sum(OF_THE_DATABASE.values())
    parser.add_argument("--scale", type=float, default=1,
                        help=f"of the number of disturbances; 1 is {of_files}, and {of_files + of_database} with a database")
    parser.add_argument("--dir", type=pathlib.Path, help="where the two runs go; runs/chaos-STORE when it is not given")
    parser.add_argument("--sweeps", default="Orchestrator/bin/Release/net10.0/sweeps", help="the program")
    args = parser.parse_args()
    folder = (args.dir or pathlib.Path(f"runs/chaos-{args.store}")).absolute()
    if folder.exists():
        subprocess.run(["umount", folder / "disk"], capture_output=True)
        shutil.rmtree(folder)
    folder.mkdir(parents=True)
    server = Server(folder / "postgresql.log") if args.store == "postgresql" else None
    try:
        compare(args, folder, World(args.sweeps, folder, server))
    finally:
        if server:
            server.dump(folder / "journal.sql")
            server.close()


def compare(args, folder, world):
    calm, log = folder / "undisturbed", folder / "disturbed.log"
    print(f"chaos: {args.store}, seed {args.seed}; a sweep in peace", flush=True)
    begun = time.monotonic()
    gains = quiet(world, calm, folder / "undisturbed.log")
    calm_seconds = time.monotonic() - begun

    disk = small_disk(folder / "disk", DISK)
    if disk is None:
        print("chaos: SKIPPED: a full disk, since this user may not mount a small file system (root may)")
    rng = random.Random(args.seed)
    kinds = PLAN | OF_THE_DATABASE if world.server else PLAN
    plan = [kind for kind, times in kinds.items() for _ in range(max(1, round(times * args.scale))) if disk or kind != "fill the disk"]
    rng.shuffle(plan)
    print(f"chaos: {calm_seconds:.0f} s, {gains[-1]} gains; now {len(plan)} disturbances", flush=True)
    shaken = (disk or folder) / "disturbed"
    try:
        begun = time.monotonic()
        chaos, gave_up = disturbed(world, disk, shaken, log, gains, plan, rng)
        seconds = time.monotonic() - begun
        accounts = [world.account(of) for of in (calm, shaken)]
        machine = f"{os.cpu_count()} cores, load {os.getloadavg()[1]:.1f}"
        lines = list(table(args.seed, machine, calm_seconds, seconds, chaos, gave_up, accounts, *steps_redone(log)))
        (folder / "table.md").write_text("\n".join(lines) + "\n")
        print("\n".join(lines))
        lost, duplicated, changed = accounts[1].against(accounts[0])
        for what, names in (("lost", lost), ("duplicated", duplicated), ("different", changed),
                            ("of an attempt that was over", accounts[1].fence)):
            if names:
                raise Failure(f"{what}: {', '.join(names[:5])}{' …' if len(names) > 5 else ''}")
        if (calm / "report.json").read_bytes() != (shaken / "report.json").read_bytes():
            raise Failure(f"the reports differ: {calm}/report.json {shaken}/report.json")
        print("chaos: passed: nothing lost, nothing twice, report.json byte for byte the same")
    finally:
        if disk:
            shutil.copytree(shaken, folder / "disturbed", dirs_exist_ok=True)
            subprocess.run(["umount", disk], check=False)


if __name__ == "__main__":
    # So that no process and no mount is left behind.
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(128 + signal.SIGTERM))
    try:
        main()
    except Failure as e:
        sys.exit(f"chaos: FAILED: {e}")
