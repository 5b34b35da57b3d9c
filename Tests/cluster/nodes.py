"""Nodes of a cluster as processes of this machine, and the database that they share."""
import json
import pathlib
import signal
import subprocess
import sys
import time

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent.parent / "chaos"))
from postgres import Server  # noqa: E402 (the folder beside)
from processes import send  # noqa: E402

ORCHESTRATORS = ("orchestrator-1", "orchestrator-2")
DEVICES = ("device-1", "device-2", "device-3")
FIRST_PORT = 4060


class Node:
    """A node: its configuration, and the process that it is for the moment."""

    def __init__(self, cluster, name, host, port):
        self.cluster, self.name, self.host, self.port = cluster, name, host, port
        self.state = cluster.folder / "nodes" / name
        self.config = self.state / "cluster.hocon"
        self.log = self.state / "node.log"
        self.process = None

    @property
    def address(self):
        return f"{self.host}:{self.port}"

    def prefix(self):
        """What the program is started with: on a machine of its own, how to get there."""
        return []

    def write(self):
        self.state.mkdir(parents=True, exist_ok=True)
        role = "orchestrator" if self.name in ORCHESTRATORS else "device"
        own = self.cluster.own_folders
        self.config.write_text(
            f"""
            include "{self.cluster.settings}"
            sweeps {{
              store.postgresql = "{self.cluster.connection}"
              cluster {{
                name = "{self.name}"
                roles = [{role}]
                host = "{self.host}"
                port = {self.port}
                folder = "{self.cluster.folder / "own" / self.name if own and role == "device" else self.cluster.sweeps}"
                shared = {"false" if own else "true"}
                artifact_port = {self.port + 1000}
                cache_bytes = 4 MiB
                state = "{self.state}"
                trust_network = true
              }}
            }}
            """, encoding="utf-8")

    def start(self):
        with open(self.log, "ab") as log:
            self.process = subprocess.Popen(
                [*self.prefix(), self.cluster.program, "node", "--config", self.config], stdout=log, stderr=log,
                stdin=subprocess.DEVNULL, start_new_session=True)

    @property
    def pid(self):
        return self.process.pid

    def kill(self):
        """SIGKILL; its devices see the end of their input and end by themselves."""
        send(self.pid, signal.SIGKILL)
        self.process.wait()

    def running(self):
        return self.process is not None and self.process.poll() is None


class Cluster:
    """The nodes, and a database of their own."""

    own_folders = False  # whether device nodes have folders of their own, and do not see that of all sweeps

    def __init__(self, program, folder, settings, node=Node, sweeps=None, server=None, names=(*ORCHESTRATORS, *DEVICES)):
        """`node` makes a node, `sweeps` is the folder of all sweeps, `server` the database, `names` are those of the nodes."""
        self.program, self.folder, self.settings = program, folder, settings
        self.sweeps = sweeps or folder / "sweeps"
        self.sweeps.mkdir(parents=True, exist_ok=True)
        self.server = server or Server(folder / "postgresql.log")
        self.nodes = {}
        for number, name in enumerate(names):
            self.nodes[name] = node(self, name, "127.0.0.1", FIRST_PORT + number)

    @property
    def connection(self):
        return self.server.connection

    def start(self):
        for node in self.nodes.values():
            node.write()
        for node in self.nodes.values():
            node.start()

    def ask(self, *words, patience=60):
        """What a command to the cluster says as JSON, through whichever orchestrator answers first; None while none does."""
        until = time.monotonic() + patience
        while True:
            for node in (self.nodes[name] for name in ORCHESTRATORS if name in self.nodes):
                if not node.running():
                    continue
                done = subprocess.run(
                    [*node.prefix(), self.program, *words, "--config", node.config, "--json"], capture_output=True, text=True, check=False)
                if done.returncode == 0:
                    return json.loads(done.stdout.splitlines()[-1])
            if time.monotonic() > until:
                return None
            time.sleep(0.2)

    def close(self):
        """Ends everything."""
        for node in self.nodes.values():
            if node.running():
                send(node.pid, signal.SIGTERM)
        for node in self.nodes.values():
            if node.process is None:
                continue
            try:
                node.process.wait(30)
            except subprocess.TimeoutExpired:
                node.kill()
        self.server.close()
