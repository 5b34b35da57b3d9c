"""A network of the test's own: namespaces of the kernel, joined by a bridge that is in one of them too. Needs root, ip and nft.

Nothing of the machine's own network is touched: every address, interface and rule is inside of a namespace whose name begins with PREFIX.
"""
import fcntl
import os
import pathlib
import shutil
import signal
import subprocess
import sys
import time

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent.parent / "chaos"))
from processes import alive, send  # noqa: E402 (the folder beside)

HERE = pathlib.Path(__file__).resolve().parent
PREFIX = "sweeps-chaos-"
HUB = PREFIX + "hub"
LOCK = "/run/sweeps-chaos.lock"  # two networks of this name cannot be on one machine


class NotPermitted(Exception):
    """This user or this machine cannot have such a network."""


class Network:
    """Hosts by name, each in a namespace with one interface, eth0."""

    def __init__(self, names):
        self.addresses = {name: f"10.231.77.{number}" for number, name in enumerate(names, 11)}
        self.deaf = {}  # by host: of whom it hears nothing
        self.wires = {}  # by host: the process that its packets go through
        self.lock = take_lock()
        remove_leftovers()
        try:
            self.make()
        except BaseException:
            self.close()
            raise

    def make(self):
        """Makes all of it."""
        ip("netns", "add", HUB)
        ip("-n", HUB, "link", "add", "bridge", "type", "bridge")
        ip("-n", HUB, "link", "set", "bridge", "up")
        for number, (name, address) in enumerate(self.addresses.items(), 11):
            ip("netns", "add", PREFIX + name)
            ip("-n", HUB, "link", "add", f"port{number}", "type", "veth", "peer", "name", "eth0", "netns", PREFIX + name)
            ip("-n", HUB, "link", "set", f"port{number}", "master", "bridge", "up")
            ip("-n", PREFIX + name, "link", "set", "lo", "up")
            ip("-n", PREFIX + name, "link", "set", "eth0", "up")
            ip("-n", PREFIX + name, "address", "add", f"{address}/24", "dev", "eth0")
        probe = [*inside(HUB), "tc", "qdisc", "add", "dev", "lo", "root", "netem", "delay", "1ms"]
        self.netem = subprocess.run(probe, capture_output=True, check=False).returncode == 0
        for name in self.addresses:
            self.filter(name)

    def within(self, name):
        """What a command is preceded by to run on a host."""
        return inside(PREFIX + name)

    def cut(self, host, others):
        """A host hears nothing of others from now on; they hear it."""
        self.deaf.setdefault(host, set()).update(other for other in others if other != host)
        self.filter(host)

    def part(self, one, other):
        """Two groups of hosts hear nothing of each other."""
        for host in one:
            self.cut(host, other)
        for host in other:
            self.cut(host, one)

    def heal(self):
        """All hear each other again."""
        healed, self.deaf = list(self.deaf), {}
        for host in healed:
            self.filter(host)

    def filter(self, host):
        """Gives a host's kernel the present rules, all at once."""
        rules = "table inet chaos\ndelete table inet chaos\n"
        if deaf := self.deaf.get(host):
            addresses = ", ".join(self.addresses[name] for name in sorted(deaf))
            rules += ("table inet chaos {\n chain heard {\n  type filter hook input priority 0; policy accept;\n"
                      f"  ip saddr {{ {addresses} }} drop\n }}\n}}\n")
        run([*self.within(host), "nft", "-f", "-"], given=rules)

    def slow(self, host, delay, jitter, loss, seed):
        """What a host sends and hears is delayed by seconds, and a share of it is lost, until `quicken`."""
        port = self.port(host)
        if self.netem:
            words = ["netem", "delay", f"{delay * 1000:.0f}ms", f"{jitter * 1000:.0f}ms", "loss", f"{loss * 100:.1f}%"]
            for namespace, device in ((PREFIX + host, "eth0"), (HUB, port)):
                run([*inside(namespace), "tc", "qdisc", "add", "dev", device, "root", *words])
            self.wires[host] = None
            return
        # A kernel without netem: the host's cable ends at a program that does the same.
        ip("-n", HUB, "link", "add", "wire-in", "type", "veth", "peer", "name", "wire-out")
        ip("-n", HUB, "link", "set", "wire-in", "up")
        ip("-n", HUB, "link", "set", "wire-out", "master", "bridge", "up")
        ip("-n", HUB, "link", "set", port, "nomaster", "promisc", "on")
        ip("-n", HUB, "link", "set", "wire-in", "promisc", "on")
        wire = subprocess.Popen(
            [*inside(HUB), "setpriv", "--pdeathsig", "KILL", sys.executable, "-B", HERE / "wire.py", port, "wire-in",
             str(delay), str(jitter), str(loss), str(seed)], stdout=subprocess.PIPE, stdin=subprocess.DEVNULL)
        self.wires[host] = wire
        if wire.stdout.readline() != b"ready\n":
            raise RuntimeError("the wire that delays packets has not started")

    def quicken(self):
        """No packet is delayed any more."""
        for host, wire in self.wires.items():
            if wire is None:
                run([*self.within(host), "tc", "qdisc", "del", "dev", "eth0", "root"])
                run([*inside(HUB), "tc", "qdisc", "del", "dev", self.port(host), "root"])
                continue
            ended = wire.poll()
            wire.kill()
            wire.wait()
            wire.stdout.close()
            ip("-n", HUB, "link", "del", "wire-in")
            ip("-n", HUB, "link", "set", self.port(host), "master", "bridge", "promisc", "off")
            if ended is not None:
                raise RuntimeError(f"the wire that delays packets ended by itself with {ended}")
        self.wires = {}

    def port(self, host):
        """The bridge's end of a host's cable."""
        return "port" + self.addresses[host].rpartition(".")[2]

    def pids(self):
        """The processes on all hosts."""
        return {pid for name in self.addresses for pid in pids_in(PREFIX + name)}

    def close(self):
        """Removes all of it, with what runs there."""
        for wire in self.wires.values():
            if wire is not None:
                wire.kill()
                wire.wait()
        remove_leftovers()
        self.lock.close()


def check():
    """Raises NotPermitted where such a network cannot be made, and says what is missing."""
    if not sys.platform.startswith("linux") or os.getuid() != 0:
        raise NotPermitted("network namespaces need root on Linux")
    packages = {"ip": "iproute2", "tc": "iproute2", "nft": "nftables", "nsenter": "util-linux", "setpriv": "util-linux"}
    if missing := sorted({package for command, package in packages.items() if shutil.which(command) is None}):
        raise NotPermitted(f"missing: {', '.join(missing)} (Debian packages); `bash ops/setup.sh tests` installs them")
    probe = PREFIX + "probe"
    subprocess.run(["ip", "netns", "del", probe], capture_output=True, check=False)
    for words in (["ip", "netns", "add", probe], [*inside(probe), "nft", "add", "table", "inet", "chaos"]):
        done = subprocess.run(words, capture_output=True, text=True, check=False)
        if done.returncode != 0:
            raise NotPermitted(f"this machine allows no network namespaces with rules: {done.stderr.strip()}")
    ip("netns", "del", probe)


def take_lock():
    """Held until it is closed."""
    lock = open(LOCK, "ab")
    try:
        fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        lock.close()
        raise NotPermitted(f"another run has the network {PREFIX}* on this machine ({LOCK})") from None
    return lock


def remove_leftovers():
    """Ends what runs in namespaces of this name, and removes them: those of this run, or of one that was killed."""
    listed = subprocess.run(["ip", "netns", "list"], capture_output=True, text=True, check=True).stdout
    for name in [line.split()[0] for line in listed.splitlines() if line.startswith(PREFIX)]:
        until = time.monotonic() + 30
        while pids := pids_in(name):
            for pid in pids:
                send(pid, signal.SIGKILL)
            if time.monotonic() > until:
                raise RuntimeError(f"processes in {name} cannot be ended: {pids}")
            time.sleep(0.05)
        ip("netns", "del", name)


def pids_in(namespace):
    """The processes in a namespace that are alive."""
    found = subprocess.run(["ip", "netns", "pids", namespace], capture_output=True, text=True, check=False).stdout
    return [int(pid) for pid in found.split() if alive(int(pid))]


def inside(namespace):
    """What a command is preceded by to run in a namespace."""
    return ["nsenter", f"--net=/run/netns/{namespace}"]


def ip(*words):
    """Runs ip."""
    run(["ip", *words])


def run(command, given=None):
    """Runs a command that must succeed."""
    done = subprocess.run(command, input=given, capture_output=True, text=True, check=False)
    if done.returncode != 0:
        raise RuntimeError(f"`{' '.join(str(word) for word in command)}` failed: {done.stderr.strip()}")
