"""The processes of this machine."""
import os
import pathlib


def send(pid, what):
    """Sends a signal; whether there was such a process."""
    try:
        os.kill(pid, what)
        return True
    except ProcessLookupError:
        return False


def children_of(pid):
    """The process ids of the children that are alive."""
    children = []
    try:
        # The kernel keeps children by the thread that made them.
        for task in pathlib.Path(f"/proc/{pid}/task").iterdir():
            try:
                children += [int(child) for child in (task / "children").read_text().split()]
            except OSError:
                pass  # the thread has just ended
    except OSError:
        pass
    return [child for child in children if alive(child)]


def alive(pid):
    """Whether there is such a process, and it has not ended: one that nobody waited for has, and holds nothing any more."""
    try:
        return pathlib.Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] not in "ZX"
    except OSError:
        return False
