"""Judges what a cluster has left in its database, by SQL, SHA-256 and JSON alone."""
import collections
import pathlib
import sys

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent.parent / "chaos"))
import journal  # noqa: E402 (the folder beside)

CLUSTER = "cluster"  # the run of the cluster's own stream, and the lease of who coordinates

# Keeps every term of the coordinator's lease, however short it was.
KEEP_TERMS = f"""
BEGIN;
LOCK TABLE lease;
CREATE TABLE chaos_term AS SELECT fence, owner, clock_timestamp() AS taken FROM lease WHERE name = '{CLUSTER}' AND owner IS NOT NULL;
CREATE FUNCTION chaos_keep_term() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    INSERT INTO chaos_term VALUES (NEW.fence, NEW.owner, clock_timestamp());
    RETURN NULL;
END $$;
CREATE TRIGGER chaos_keep_new_term AFTER INSERT ON lease FOR EACH ROW
    WHEN (NEW.name = '{CLUSTER}') EXECUTE FUNCTION chaos_keep_term();
CREATE TRIGGER chaos_keep_next_term AFTER UPDATE ON lease FOR EACH ROW
    WHEN (NEW.name = '{CLUSTER}' AND NEW.owner IS NOT NULL AND (NEW.fence, NEW.owner) IS DISTINCT FROM (OLD.fence, OLD.owner))
    EXECUTE FUNCTION chaos_keep_term();
COMMIT;
"""


def terms(psql):
    """Every term of the coordinator's lease, in order: (number, who had it)."""
    store = journal.PostgreSql.of("", psql)
    try:
        return [(int(fence), owner) for fence, owner in store.query("SELECT fence, owner FROM chaos_term ORDER BY taken, fence")]
    finally:
        store.close()


def late_events(events, held):
    """What is wrong with who wrote the events of all runs: each must be of the one who had the lease.

    `events` are (place, stream, writer) in the order of their places; `held` are (number, owner) in the order of time, where the last word
    of the owner is who writes. A place is taken before the event is stored, and a term begins when what was being stored for the one before
    is stored or refused: so no event of an earlier term has a place behind one of a later term.
    """
    wrong, of, last = [], {}, (0, "")
    for (before, _), (number, owner) in zip([(0, ""), *held], held):
        if number <= before:
            wrong.append(f"term {number} of {owner} came after term {before}")
    for number, owner in held:
        writer = owner.split()[-1]
        if writer in of:
            wrong.append(f"{owner} had the terms {of[writer]} and {number}")
        of[writer] = number
    for place, stream, writer in events:
        term = of.get(writer)
        if term is None:
            wrong.append(f"{stream}: the event at place {place} is of {writer}, who never had the lease")
        elif term < last[0]:
            wrong.append(f"{stream}: the event at place {place} is of term {term}, after one of term {last[0]} in {last[1]}")
        else:
            last = (term, stream)
    return wrong


class Verdict:
    """What is wrong with the runs of a cluster, beside that of a machine alone and in peace."""

    def __init__(self, calm, psql, names):
        """`calm` is the account of the run in peace, `names` are the sweeps."""
        self.wrong = []  # (what, which)
        self.accounts = {}  # by sweep
        self.calm = calm
        self.held = terms(psql)
        store = journal.PostgreSql.of("", psql)
        try:
            events = journal.writers_of(store)
            runs = journal.runs_of(store)
        finally:
            store.close()
        self.events = len(events)
        self.note("events of a coordinator that was not the present one", late_events(events, self.held))
        self.note("missing", [] if CLUSTER in runs else ["the cluster's own stream"])
        for run in runs:
            self.judge(run, psql)
        self.note("sweeps without a run", [name for name in names if name not in self.accounts])

    def judge(self, run, psql):
        """Reads a run, and counts what must be there once."""
        store = journal.PostgreSql.of(run, psql)
        try:
            events = journal.read(store)
        except journal.Damaged as e:
            self.note("damaged", [f"{run}: {e}"])
            return
        finally:
            store.close()
        if run == CLUSTER:
            ended = collections.Counter(said["name"] for _, name, said in events if name == "hosted-sweep-ended")
            self.note("sweeps that ended twice", [name for name, times in ended.items() if times > 1])
            return
        sweep = run.rpartition("-")[0]
        if sweep in self.accounts:
            self.note("sweeps with two runs", [sweep])
        self.accounts[sweep] = account = journal.Account(events)
        lost, duplicated, changed = account.against(self.calm)
        for what, which in (("lost", lost), ("duplicated", duplicated), ("different", changed),
                            ("of an attempt that was over", account.fence)):
            self.note(what, [f"{sweep}: {each}" for each in which])

    def note(self, what, which):
        """Adds what is wrong, if anything is."""
        self.wrong += [(what, each) for each in which]

    def count(self, what):
        """How many of a kind are wrong."""
        return sum(1 for kind, _ in self.wrong if kind == what)
