"""Reads a sweep's journal with nothing of the product's: plain SQL and JSON. Counts what must be there once."""
import collections
import json
import sqlite3

# What a sweep has gained for good when it is stored. A checkpoint counts: what was done up to it is not done again.
PROGRESS = ("checkpoint-reached", "trial-succeeded", "probe-recorded", "observation-recorded", "bisection-completed",
            "trial-result-recorded", "search-result-recorded")


class Progress:
    """Follows a journal while it is being written."""

    def __init__(self, path):
        self.path, self.position, self.gained = path, 0, set()

    def poll(self):
        """The position of the newest gain so far; 0 before the first."""
        names = ",".join("?" * len(PROGRESS))
        try:
            with _open(self.path) as db:
                query = f"SELECT position, persistence_id, name, CAST(payload AS TEXT) FROM event WHERE position > ? AND name IN ({names}) ORDER BY position"
                for self.position, stream, name, payload in db.execute(query, (self.position, *PROGRESS)):
                    # A checkpoint that is reached again is no new gain.
                    self.gained.add((stream, json.loads(payload)["step"]) if name == "checkpoint-reached" else self.position)
        except sqlite3.OperationalError:
            pass  # it is not there yet, or its writer was killed at this moment and has not come back
        return self.position

    @property
    def count(self):
        """How much has been gained, each thing once."""
        return len(self.gained)


def read(path):
    """All events, oldest first: (stream, name, payload)."""
    with _open(path) as db:
        rows = db.execute("SELECT persistence_id, name, CAST(payload AS TEXT) FROM event ORDER BY position").fetchall()
    return [(stream, name, json.loads(payload)) for stream, name, payload in rows]


class _open:
    """A read-only connection that is closed at the end of the block."""

    def __init__(self, path):
        self.db = sqlite3.connect(f"file:{path}?mode=ro", uri=True, timeout=2)

    def __enter__(self):
        return self.db

    def __exit__(self, *_):
        self.db.close()


class Account:
    """What a finished journal says, once for each thing that must be counted once."""

    def __init__(self, events):
        self.results = collections.defaultdict(list)  # of what, by whom it was counted → what was found, each time that it was
        self.fence = []  # events of another attempt than the one that was due
        self.started = collections.Counter()  # attempts begun, by trial
        due = collections.Counter()
        for stream, name, payload in events:
            trial = stream.removeprefix("trial:")
            match name:
                case "trial-queued" | "trial-resumed" | "attempt-lost":
                    due[trial] += 1
                case "trial-started" | "checkpoint-reached" | "trial-succeeded" | "trial-failed":
                    if payload["attempt"] != due[trial]:
                        self.fence.append(f"{stream}: {name} of attempt {payload['attempt']}, due was {due[trial]}")
            match name:
                case "trial-started":
                    self.started[trial] += 1
                case "trial-succeeded":
                    self.results[f"trial {trial}"].append(payload["result"])
                case "trial-failed":
                    self.results[f"trial {trial}"].append(payload["reason"])
                case "trial-result-recorded" | "trial-failure-recorded":
                    self.results[f"sweep, {payload['trial']}"].append(payload.get("result") or payload.get("reason"))
                case "search-result-recorded":
                    self.results[f"sweep, {payload['model']}/{payload['task']}"].append([payload["best"], payload["circuit"]])
                case "observation-recorded":
                    self.results[f"{stream}, observation {payload['index']}"].append(payload["outcome"])
                case "suggestion-forgotten":
                    self.results[f"{stream}, observation {payload['index']}"].append("forgotten")
                case "suggestions-made":
                    self.results[f"{stream}, suggestions of round {payload['round']}"].append(payload["suggestions"])
                case "probe-recorded":
                    self.results[f"{stream}, probe of {payload['probe']['k']}"].append(payload["probe"])
                case "bisection-completed" | "bisection-failed":
                    self.results[f"{stream}, end"].append(payload)
                case "stage-completed":
                    self.results[f"sweep, stage {payload['stage']}"].append(payload)
                case "search-completed" | "sweep-completed":
                    self.results[f"{stream}, end"].append(payload)

    def against(self, calm):
        """(lost, duplicated, changed), each a list of names: this account beside that of an undisturbed run."""
        lost = [what for what in calm.results if what not in self.results]
        duplicated = [what for what, found in self.results.items() if len(found) > 1] + [what for what in self.results if what not in calm.results]
        changed = [what for what, found in self.results.items() if what in calm.results and found[0] != calm.results[what][0]]
        return lost, duplicated, changed
