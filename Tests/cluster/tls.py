#!/usr/bin/env python3
"""Nodes with the certificates of ops/certificates.sh form a cluster; a node without one, with one of another authority, or with one that
does not open, is no member of it.

    Tests/cluster/tls.py [--dir runs/tls] [--sweeps PROGRAM]
"""
import json
import signal
import socket
import subprocess
import sys
import time

import arguments
from arguments import ROOT
from slurm import Server

PATIENCE = 120  # seconds: against a test that hangs, not against a slow machine
TRIES = 2  # to join, after which it is taken that none succeeds


class Node:
    """A node with the role device and no device process at work, or one that coordinates."""

    def __init__(self, program, folder, connection, name, role, port, security):
        self.program, self.name = program, name
        self.state = folder / name
        self.state.mkdir(exist_ok=True)
        self.config, self.log = self.state / "cluster.hocon", self.state / "node.log"
        self.config.write_text(
            f"""
            sweeps {{
              devices = ["cpu=1"]
              store.postgresql = "{connection}"
              cluster {{
                name = "{name}"
                roles = [{role}]
                port = {port}
                folder = "{folder / 'sweeps'}"
                state = "{self.state}"
                {security}
              }}
            }}
            """, encoding="utf-8")
        with open(self.log, "ab") as log:
            self.process = subprocess.Popen(
                [*program, "node", "--config", self.config], stdout=log, stderr=log, stdin=subprocess.DEVNULL, start_new_session=True)

    def said(self):
        return self.log.read_text(encoding="utf-8")

    def status(self):
        done = subprocess.run(
            [*self.program, "cluster", "--config", self.config, "--json"], capture_output=True, text=True, check=False)
        return json.loads(done.stdout.splitlines()[-1]) if done.returncode == 0 else None

    def close(self):
        if self.process.poll() is None:
            self.process.send_signal(signal.SIGTERM)
            try:
                self.process.wait(30)
            except subprocess.TimeoutExpired:
                self.process.kill()
                self.process.wait()


def wait(until, what):
    begun = time.monotonic()
    while True:
        found = until()
        if found:
            return found
        if time.monotonic() - begun > PATIENCE:
            raise AssertionError(f"{what} did not happen within {PATIENCE} s")
        time.sleep(0.2)


def expect(condition, text):
    if not condition:
        raise AssertionError(text)


def make(folder, *names):
    """Certificates of one authority."""
    subprocess.run(["bash", ROOT / "ops" / "certificates.sh", folder, *names], check=True, capture_output=True)
    return (folder / "password").read_text(encoding="ascii").strip()


def security(path, password):
    return f'certificate = "{path}"\ncertificate_password = "{password}"'


def ports(count):
    """Free ones."""
    sockets = [socket.socket() for _ in range(count)]
    for each in sockets:
        each.bind(("127.0.0.1", 0))
    found = [each.getsockname()[1] for each in sockets]
    for each in sockets:
        each.close()
    return found


def run(program, folder):
    ours, theirs = folder / "ours", folder / "theirs"
    (folder / "sweeps").mkdir()
    password, foreign = make(ours, "first", "second"), make(theirs, "foreign")
    server, nodes = Server(folder / "postgresql.log"), {}

    def start(name, role, port, secured):
        nodes[name] = Node(program, folder, server.connection, name, role, port, secured)
        return nodes[name]

    try:
        free = ports(5)
        first = start("first", "orchestrator", free[0], security(ours / "first.p12", password))
        second = start("second", "device", free[1], security(ours / "second.p12", password))
        members = wait(lambda: first.status() or None, "an answer")
        members = wait(lambda: [node["name"] for node in (first.status() or {"nodes": []})["nodes"]], "the second node's joining")
        expect(members == ["second"], f"the nodes are {members}")

        # Each finds the members in the database, and tries for as long as it lives.
        stranger = start("foreign", "device", free[2], security(theirs / "foreign.p12", foreign))
        plain = start("plain", "device", free[3], "")
        closed = start("closed", "device", free[4], security(ours / "second.p12", "wrong"))
        wait(lambda: first.said().count("is not one of this cluster's") > TRIES, "refusals of the foreign certificate")
        wait(lambda: first.said().count("not an SSL/TLS record") > TRIES, "refusals of the node without one")
        wait(lambda: stranger.said().count("is not one of this cluster's") > TRIES, "refusals by the foreign node")
        wait(lambda: closed.process.poll() is not None, "the end of the node whose certificate does not open")
        expect(closed.process.returncode == 2 and "expected a PKCS #12 file that certificate_password opens" in closed.said(),
               f"it ended with {closed.process.returncode}: {closed.said()}")
        expect("wrong" not in closed.said(), "the password is in the log")
        members = [node["name"] for node in first.status()["nodes"]]
        expect(members == ["second"], f"the nodes are {members}")
        for node in (stranger, plain):
            expect(node.process.poll() is None and "welcomed" not in node.said(), f"{node.name}: {node.said()}")
        expect("welcomed" in second.said(), second.said())
    except AssertionError:
        for name, node in nodes.items():
            print(f"--- {name}\n{node.said()}", file=sys.stderr)
        raise
    finally:
        for node in nodes.values():
            node.close()
        server.close()


def main():
    program, folder = arguments.read("tls", __doc__)
    try:
        run(program, folder)
    except AssertionError as problem:
        sys.exit(f"tls: {problem}")
    print("the nodes of one authority are a cluster, and the others are not in it")


if __name__ == "__main__":
    main()
