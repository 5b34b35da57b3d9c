"""Reads a sweep's journal with nothing of the product's: plain SQL, SHA-256 and JSON. Counts what must be there once."""
import collections
import csv
import hashlib
import json
import sqlite3
import subprocess

# What a sweep has gained for good when it is stored. A checkpoint counts: what was done up to it is not done again.
PROGRESS = ("checkpoint-reached", "trial-succeeded", "probe-recorded", "observation-recorded", "bisection-completed",
            "trial-result-recorded", "search-result-recorded")
REST = len('{"checksum":"') + 32 + len('"')  # the checksum covers the bytes of a record from here on


class Damaged(Exception):
    """The journal is not what was written."""


class Unavailable(Exception):
    """It cannot be read at this moment."""


class Sqlite:
    """A journal in a file."""

    hex = "hex(message)"

    def __init__(self, folder):
        self.path = folder / "journal.db"

    @property
    def prefix(self):
        """What comes before a stream's name."""
        return ""

    def query(self, sql):
        """The rows, each a list of texts."""
        try:
            db = sqlite3.connect(f"file:{self.path}?mode=ro", uri=True, timeout=2)
            try:
                return [[str(cell) for cell in row] for row in db.execute(sql)]
            finally:
                db.close()
        except sqlite3.OperationalError as e:
            raise Unavailable(str(e)) from e

    def close(self):
        """Nothing is kept open."""


class PostgreSql:
    """A run's journal in a database, read by psql, which stays until the server ends."""

    hex = "encode(message, 'hex')"
    END = "-- end"

    def __init__(self, folder, psql):
        self.name, self.command, self.process, self._prefix = folder and folder / "journal.run", psql, None, None

    @classmethod
    def of(cls, run, psql):
        """A run's by its name; all runs' where that is empty."""
        store = cls(None, psql)
        store._prefix = run and run + "/"
        return store

    @property
    def prefix(self):
        """What comes before a stream's name: the run's."""
        if self._prefix is None:
            try:
                self._prefix = self.name.read_text(encoding="utf-8").strip() + "/"
            except FileNotFoundError as e:
                raise Unavailable(str(e)) from e
        return self._prefix

    def query(self, sql):
        """The rows, each a list of texts."""
        if self.process is None:
            self.process = subprocess.Popen(
                [*self.command, "--no-psqlrc", "--quiet", "--set", "ON_ERROR_STOP=1"],
                stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True, encoding="utf-8")
        lines = []
        try:
            self.process.stdin.write(f"COPY ({sql}) TO STDOUT (FORMAT csv);\n\\echo {self.END}\n")
            self.process.stdin.flush()
            while (line := self.process.stdout.readline()) and line != f"{self.END}\n":
                lines.append(line)
        except BrokenPipeError:
            line = ""
        if not line:
            self.close()
            raise Unavailable("psql has ended")
        return list(csv.reader(lines))

    def close(self):
        """Ends psql."""
        if self.process is not None:
            self.process.kill()
            self.process.communicate()
            self.process = None


class Progress:
    """Follows a journal while it is being written."""

    def __init__(self, store):
        self.store, self.read, self.gained, self.count = store, {}, set(), 0

    def poll(self):
        """How often something was gained so far, also what had been gained before; as before when the journal cannot be read now."""
        try:
            ends = ends_of(self.store)
            for stream, end in ends.items():
                if end > self.read.get(stream, 0):
                    for number, entity, name, payload in rows_of(self.store, stream, self.read.get(stream, 0)):
                        self.read[stream] = number
                        if name in PROGRESS:
                            self.count += 1
                            # A checkpoint that is reached again is no new gain.
                            self.gained.add((entity, payload["step"]) if name == "checkpoint-reached" else self.count)
        except Unavailable:
            pass  # it is not there yet, or its writer or server was killed at this moment and has not come back
        return self.count

    @property
    def gains(self):
        """How much has been gained, each thing once."""
        return len(self.gained)


def runs_of(store):
    """The names of all runs in a database."""
    return [row[0] for row in store.query("SELECT DISTINCT split_part(persistence_id, '/', 1) FROM journal ORDER BY 1")]


def writers_of(store):
    """Who wrote each event of all runs, in the order in which they were given their places: (place, stream, writer)."""
    rows = store.query("SELECT ordering, persistence_id, convert_from(message, 'UTF8')::json->>'writer' FROM journal ORDER BY ordering")
    return [(int(place), stream, writer) for place, stream, writer in rows]


def ends_of(store):
    """The number of the last event of each stream, as it was committed with the event."""
    prefix = store.prefix
    rows = store.query(f"SELECT persistence_id, sequence_number FROM journal_end WHERE {condition(prefix)}")
    return {stream.removeprefix(prefix): int(end) for stream, end in rows}


def rows_of(store, stream, after=0):
    """The events of a stream behind one, in order: (number, entity, name, payload)."""
    for number, manifest, message in stored(store, stream, after):
        record = json.loads(message)
        yield number, record["entity"], manifest.partition("/")[0], record["event"]


def stored(store, stream, after=0):
    """The rows of a stream behind one, in order: (number, manifest, bytes)."""
    rows = store.query(
        f"SELECT sequence_number, manifest, {store.hex} FROM journal WHERE persistence_id = {quoted(store.prefix + stream)} "
        f"AND sequence_number > {after} ORDER BY sequence_number")
    return [(int(number), manifest, bytes.fromhex(message)) for number, manifest, message in rows]


def condition(prefix):
    return f"substr(persistence_id, 1, {len(prefix)}) = {quoted(prefix)}"


def quoted(text):
    return "'" + text.replace("'", "''") + "'"


def read(store):
    """All events of a finished journal, stream by stream, in order in each: (entity, name, payload). Follows every chain of checksums."""
    ends, events = ends_of(store), []
    streams = {row[0].removeprefix(store.prefix) for row in
               store.query(f"SELECT DISTINCT persistence_id FROM journal WHERE {condition(store.prefix)}")}
    if not streams:
        raise Damaged("the journal holds nothing")
    for stream in sorted(streams | ends.keys()):
        last, checksum, writers = 0, bytes(16), []
        for number, manifest, message in stored(store, stream):
            checksum = checksum_after(checksum, stream, manifest, message)
            record = json.loads(message)
            where = f"{stream}: event {number}"
            if number != last + 1 or record["number"] != number:
                raise Damaged(f"{where} comes after {last} and says that it is {record['number']}")
            if record["checksum"] != checksum.hex() or not message.startswith(f'{{"checksum":"{checksum.hex()}"'.encode()):
                raise Damaged(f"{where} has a wrong checksum")
            # A process that was followed by another writes no more.
            if record["writer"] not in writers[-1:]:
                if record["writer"] in writers:
                    raise Damaged(f"{where} is of a process that was followed by another")
                writers.append(record["writer"])
            last = number
            events.append((record["entity"], manifest.partition("/")[0], record["event"]))
        if last != ends.get(stream):
            raise Damaged(f"{stream} has {last} events and ends with {ends.get(stream)}")
    return events


def checksum_after(previous, stream, manifest, message):
    """The checksum that the next record of a stream must have."""
    named = b"".join(len(text).to_bytes(4, "little") + text for text in (stream.encode(), manifest.encode()))
    return hashlib.sha256(previous + named + message[REST:]).digest()[:16]


class Account:
    """What a finished journal says, once for each thing that must be counted once."""

    def __init__(self, events):
        self.results = collections.defaultdict(list)  # of what, by whom it was counted → what was found, each time that it was
        self.fence = []  # events of another attempt than the one that was due
        self.started = collections.Counter()  # attempts begun, by trial
        due = collections.Counter()
        for entity, name, payload in events:
            trial = entity.removeprefix("trial:")
            match name:
                case "trial-queued" | "trial-resumed" | "attempt-lost":
                    due[trial] += 1
                case "trial-started" | "checkpoint-reached" | "trial-succeeded" | "trial-failed":
                    if payload["attempt"] != due[trial]:
                        self.fence.append(f"{entity}: {name} of attempt {payload['attempt']}, due was {due[trial]}")
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
                    self.results[f"{entity}, observation {payload['index']}"].append(payload["outcome"])
                case "suggestion-forgotten":
                    self.results[f"{entity}, observation {payload['index']}"].append("forgotten")
                case "suggestions-made":
                    self.results[f"{entity}, suggestions of round {payload['round']}"].append(payload["suggestions"])
                case "probe-recorded":
                    self.results[f"{entity}, probe of {payload['probe']['k']}"].append(payload["probe"])
                case "bisection-completed" | "bisection-failed":
                    self.results[f"{entity}, end"].append(payload)
                case "stage-completed":
                    self.results[f"sweep, stage {payload['stage']}"].append(payload)
                case "search-completed" | "sweep-completed":
                    self.results[f"{entity}, end"].append(payload)

    def against(self, calm):
        """(lost, duplicated, changed), each a list of names: this account beside that of an undisturbed run."""
        lost = [what for what in calm.results if what not in self.results]
        duplicated = [what for what, found in self.results.items() if len(found) > 1]
        duplicated += [what for what in self.results if what not in calm.results]
        changed = [what for what, found in self.results.items() if what in calm.results and found[0] != calm.results[what][0]]
        return lost, duplicated, changed
