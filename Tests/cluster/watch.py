"""What a cluster says of itself, from all of its orchestrators, asked again and again through their sockets."""
import contextlib
import http.client
import json
import socket
import threading
import time

PATIENCE = 12.0  # seconds; an answer takes at most 8
PAUSE = 0.1
NEXT = 0.5  # seconds after which another question is asked beside one that nobody has answered: its answer may come sooner


class Watch:
    """The last answer of each orchestrator."""

    def __init__(self, nodes):
        self.answers, self.closed = {}, threading.Event()  # by node: (when it was asked, the status)
        self.lock = threading.Lock()
        self.threads = [threading.Thread(target=self.follow, args=(node,), daemon=True) for node in nodes]
        for thread in self.threads:
            thread.start()

    def follow(self, node):
        """Asks a node until the watch is closed."""
        while not self.closed.wait(PAUSE):
            question = threading.Thread(target=self.note, args=(node,), daemon=True)
            question.start()
            question.join(NEXT)

    def note(self, node):
        """Asks a node once, and keeps its answer unless there is a later one."""
        asked = time.monotonic()
        status = ask(node.state)
        with self.lock:
            if status and asked > self.answers.get(node.name, (0, None))[0]:
                self.answers[node.name] = (asked, status)

    def since(self, moment):
        """The answers to what was asked after a moment, by node."""
        return {name: status for name, (asked, status) in list(self.answers.items()) if asked >= moment}

    def present(self, moment):
        """Of those the one of the latest term; None when there is none."""
        return max(self.since(moment).values(), key=lambda status: status["term"], default=None)

    def close(self):
        """Asks no more."""
        self.closed.set()
        for thread in self.threads:
            thread.join()


def ask(folder):
    """The status of the cluster by the node with a folder; None when it does not say."""
    try:
        elsewhere = folder / "control.path"
        path = elsewhere.read_text(encoding="utf-8").strip() if elsewhere.exists() else str(folder / "control.sock")
        connection = http.client.HTTPConnection("localhost", timeout=PATIENCE)
        connection.sock = socket.socket(socket.AF_UNIX)
        connection.sock.settimeout(PATIENCE)
        with contextlib.closing(connection):
            connection.sock.connect(path)
            connection.request("GET", "/api/v1/cluster")
            answer = connection.getresponse()
            return json.loads(answer.read()) if answer.status == 200 else None
    except (OSError, ValueError, http.client.HTTPException):
        return None  # it does not run, or is stopped or just starting
