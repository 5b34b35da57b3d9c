"""A PostgreSQL server of the test's own, which is killed and comes back."""
import os
import pathlib
import pwd
import shutil
import signal
import subprocess
import tempfile
import time

from processes import alive, children_of, send

STARTING = 120  # seconds that a start may take, recovery included


class Server:
    """In a temporary folder, on a Unix socket there, and on an address where one is given; ends with this process, however that ends. As
    root it runs as another user, since it refuses root."""

    def __init__(self, log, address=None, within=(), most_connections=50):
        """`within` is what its command is preceded by to run on the host that has the address."""
        found = [path.parent for path in pathlib.Path("/usr/lib/postgresql").glob("*/bin/initdb")]
        if not found:
            raise FileNotFoundError("PostgreSQL's server is missing (/usr/lib/postgresql/*/bin/initdb): run `bash ops/setup.sh tests`")
        self.bin = max(found, key=lambda path: int(path.parent.name))
        # Short, since the name of a socket has at most 107 bytes.
        self.folder = pathlib.Path(tempfile.mkdtemp(prefix="sweeps-pg-", dir="/tmp"))
        self.log, self.as_user = open(log, "ab"), ["setpriv", "--pdeathsig", "QUIT"]
        self.address, self.within, self.most_connections = address, within, most_connections
        if os.getuid() == 0:
            users = [user.pw_name for user in pwd.getpwall()]
            user = pwd.getpwnam("postgres" if "postgres" in users else "nobody")
            shutil.chown(self.folder, user.pw_uid, user.pw_gid)
            self.as_user += [f"--reuid={user.pw_uid}", f"--regid={user.pw_gid}", "--clear-groups"]
        self.data, self.process = self.folder / "data", None
        make = ["initdb", "--pgdata", self.data, "--username", "sweeps", "--auth", "trust", "--encoding", "UTF8", "--locale", "C"]
        subprocess.run([*self.as_user, self.bin / make[0], *make[1:]], check=True, stdout=self.log, stderr=self.log, cwd="/")
        if address:
            with open(self.data / "pg_hba.conf", "a", encoding="utf-8") as rules:
                rules.write("host all all samenet trust\n")
        self.start()

    @property
    def connection(self):
        """How the program connects."""
        return f"Host={self.address or self.folder};Database=postgres;Username=sweeps"

    @property
    def psql(self):
        """How a person does."""
        return [self.bin / "psql", "--host", self.folder, "--username", "sweeps", "--dbname", "postgres"]

    def start(self):
        """Starts it, and waits until it answers."""
        settings = [f"listen_addresses={self.address or ''}", f"max_connections={self.most_connections}", "logging_collector=off"]
        command = [self.bin / "postgres", "-D", self.data, "-k", self.folder, *(word for each in settings for word in ("-c", each))]
        self.process = subprocess.Popen(
            [*self.within, *self.as_user, *command], stdin=subprocess.DEVNULL, stdout=self.log, stderr=self.log, cwd="/",
            start_new_session=True)
        self.wait()

    def wait(self):
        """Until it answers."""
        asked = time.monotonic()
        while subprocess.run([*self.psql, "--no-psqlrc", "--command", "SELECT 1"], capture_output=True).returncode != 0:
            if self.process.poll() is not None:
                raise RuntimeError(f"PostgreSQL ended by itself with {self.process.returncode}; see {self.log.name}")
            if time.monotonic() - asked > STARTING:
                raise TimeoutError(f"PostgreSQL did not start within {STARTING} s; see {self.log.name}")
            time.sleep(0.02)

    def kill(self):
        """SIGKILL of the server and all of its processes: what is not synced is lost to it, and nobody is told."""
        # It makes no more children while they are counted.
        send(self.process.pid, signal.SIGSTOP)
        os.waitid(os.P_PID, self.process.pid, os.WSTOPPED | os.WEXITED | os.WNOWAIT)
        children = children_of(self.process.pid)
        for pid in (self.process.pid, *children):
            send(pid, signal.SIGKILL)
        self.process.wait()
        # A new one refuses to start beside children of the old one.
        while any(alive(pid) for pid in children):
            time.sleep(0.005)

    def quit(self):
        """SIGQUIT: it ends at once, without writing out what it holds; clients are told, if that is quick enough."""
        send(self.process.pid, signal.SIGQUIT)
        self.process.wait()

    def kill_backend(self, rng):
        """SIGKILL of a process that serves the program; the server ends all others and recovers. False when there is none."""
        serving = []
        for pid in children_of(self.process.pid):
            try:
                # "postgres: sweeps postgres [local] idle"; the server's own are called "postgres: checkpointer".
                if b" [local] " in pathlib.Path(f"/proc/{pid}/cmdline").read_bytes():
                    serving.append(pid)
            except OSError:
                pass
        return bool(serving) and send(rng.choice(sorted(serving)), signal.SIGKILL)

    def dump(self, path):
        """Writes all that it holds to a file, for people."""
        with open(path, "wb") as file:
            command = [self.bin / "pg_dump", "--host", self.folder, "--username", "sweeps", "postgres"]
            subprocess.run(command, stdout=file, stderr=self.log, check=False)

    def close(self):
        """Ends it and deletes its folder."""
        if self.process is not None and self.process.poll() is None:
            self.quit()
        self.log.close()
        shutil.rmtree(self.folder, ignore_errors=True)
