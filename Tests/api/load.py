"""Loads the HTTP API of a sweep that runs: streams of events, of which none may be lost, and requests at a fixed rate.

Every stream notes the numbers of the events that it hears; each must hear all between its first and its last, and all streams must hear the
same. Requests are sent when they are due, whether or not the ones before were answered, so that waiting counts as time.
"""
import argparse
import asyncio
import json
import os
import pathlib
import signal
import subprocess
import sys
import tempfile
import time

SWEEP = """
name = load
corpus { idioms { documents = 400, focus = [single_double_quote] } }
tokenizer { vocab_size = 280 }
model { n_layer = 1, d_model = 16, n_ctx = 32 }
training { steps = 60, batch_size = 2, l0 = 0.5, eval_every = 20, eval_batches = 1, mean_cache_tokens = 128 }
grid.replicas = [REPLICAS]
tasks = [single_double_quote]
skip_unlearned = false
pruning { steps = 5, batch_pairs = 2, train_pairs = 8, validation_pairs = 4, test_pairs = 4 }
search { rounds = 4, batch_size = 4 }
"""
PATHS = ["/sweeps", "/sweeps/-", "/sweeps/-/models", "/sweeps/-/trials?limit=50", "/sweeps/-/searches", "/sweeps/-/circuits", "/devices",
         "/nodes", "/sweeps/-/logs/corpus"]


class Stream:
    """One who looks on."""

    def __init__(self):
        self.numbers, self.reloads, self.ended = [], 0, False

    async def listen(self, host, port):
        """Hears events until it is cancelled or the server ends the stream."""
        reader, writer = await asyncio.open_connection(host, port, limit=1 << 22)
        writer.write(f"GET /api/v1/events HTTP/1.1\r\nHost: {host}:{port}\r\n\r\n".encode())
        try:
            while line := await reader.readline():
                if line.startswith(b"id: "):
                    self.numbers.append(int(line.rsplit(b"-", 1)[1]))
                elif line.startswith(b"event: reload"):
                    self.reloads += 1
            self.ended = True
        finally:
            writer.close()


class Requests:
    """Requests over connections that stay open, each answered before its connection sends the next."""

    def __init__(self, host, port, rate):
        self.host, self.port, self.rate = host, port, rate
        self.times, self.failures, self.queue = [], [], asyncio.Queue()

    async def send_all(self, seconds, connections=64):
        """Sends them for some seconds."""
        workers = [asyncio.create_task(self.work()) for _ in range(connections)]
        start = time.monotonic()
        for i in range(int(seconds * self.rate)):
            due = start + i / self.rate
            await asyncio.sleep(max(0.0, due - time.monotonic()))
            self.queue.put_nowait((due, PATHS[i % len(PATHS)]))
        await self.queue.join()
        for worker in workers:
            worker.cancel()

    async def work(self):
        """Sends what is due on one connection."""
        reader, writer = await asyncio.open_connection(self.host, self.port, limit=1 << 22)
        while True:
            due, path = await self.queue.get()
            writer.write(f"GET /api/v1{path} HTTP/1.1\r\nHost: {self.host}:{self.port}\r\n\r\n".encode())
            status = await answer(reader)
            self.times.append(time.monotonic() - due)
            if status != 200:
                self.failures.append((path, status))
            self.queue.task_done()


async def answer(reader):
    """Reads an answer to its end; returns its status."""
    head = (await reader.readuntil(b"\r\n\r\n")).decode().lower()
    if "transfer-encoding: chunked" in head:
        while size := int(await reader.readline(), 16):
            await reader.readexactly(size + 2)
        await reader.readline()
    else:
        await reader.readexactly(int(head.split("content-length: ")[1].split("\r\n")[0]))
    return int(head.split(" ")[1])


def busy(process):
    """Seconds of a core that a process has used."""
    fields = pathlib.Path(f"/proc/{process}/stat").read_text(encoding="ascii").rsplit(")", 1)[1].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


async def load(host, port, process, options):
    """Loads a server; returns the streams, the number of an event that all must have, the requests, and the seconds of a core."""
    streams = [Stream() for _ in range(options.streams)]
    listening = [asyncio.create_task(stream.listen(host, port)) for stream in streams]
    await asyncio.sleep(2)
    before = busy(process)
    requests = Requests(host, port, options.rate)
    await requests.send_all(options.seconds)
    used = busy(process) - before
    # What one has heard by now, all must hear, however late.
    last = max((stream.numbers[-1] for stream in streams if stream.numbers), default=0)
    for _ in range(300):
        if all(stream.numbers and stream.numbers[-1] >= last for stream in streams):
            break
        await asyncio.sleep(0.1)
    for task in listening:
        task.cancel()
    await asyncio.gather(*listening, return_exceptions=True)
    return streams, last, requests, used


def judge(streams, last, requests, used, options):
    """Prints what was measured; returns whether nothing was lost and nothing failed."""
    times = sorted(requests.times)
    first = max(stream.numbers[0] for stream in streams if stream.numbers)
    lost = sum(1 for stream in streams if not stream.numbers or stream.numbers[-1] < last
               or stream.numbers != list(range(stream.numbers[0], stream.numbers[-1] + 1)))
    print(f"{len(streams)} streams, each of {last - first + 1} events or more: {lost} lost some, "
          f"{sum(stream.reloads for stream in streams)} were told to reload, {sum(stream.ended for stream in streams)} were ended")
    print(f"{len(times)} requests at {options.rate} a second: {len(requests.failures)} failed; "
          f"median {times[len(times) // 2] * 1e3:.1f} ms, 99 % within {times[len(times) * 99 // 100] * 1e3:.1f} ms, all within "
          f"{times[-1] * 1e3:.0f} ms")
    print(f"the process that runs the sweep used {used / options.seconds:.2f} cores, with the sweep's own work")
    for path, status in requests.failures[:5]:
        print(f"  {path}: {status}")
    return lost == 0 and not requests.failures and last - first > options.seconds and not any(stream.reloads for stream in streams)


def main():
    """Runs a sweep, loads it, and ends it."""
    parser = argparse.ArgumentParser(description=__doc__.split("\n", maxsplit=1)[0])
    parser.add_argument("--sweeps", required=True, help="the program")
    parser.add_argument("--seconds", type=int, default=60)
    parser.add_argument("--streams", type=int, default=200)
    parser.add_argument("--rate", type=int, default=500, help="requests a second")
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as name:
        folder = pathlib.Path(name)
        replicas = ", ".join(str(i) for i in range(options.seconds * 20))
        (folder / "load.hocon").write_text(SWEEP.replace("REPLICAS", replicas), encoding="utf-8")
        command = [os.path.abspath(options.sweeps), "run", "load.hocon", "--dir", "run", "--devices", "cpu", "--http", "127.0.0.1:0"]
        with subprocess.Popen(command, cwd=folder, stdout=subprocess.DEVNULL) as process:
            try:
                while not (folder / "run" / "http.json").exists() or not (folder / "run" / "models").exists():
                    if process.poll() is not None:
                        sys.exit(f"the sweep ended with {process.returncode}")
                    time.sleep(0.2)
                url = json.loads((folder / "run" / "http.json").read_text(encoding="utf-8"))["url"]
                host, port = url.removeprefix("http://").rstrip("/").rsplit(":", 1)
                measured = asyncio.run(load(host, int(port), process.pid, options))
            finally:
                process.send_signal(signal.SIGTERM)
        sys.exit(0 if judge(*measured, options) else 1)


if __name__ == "__main__":
    main()
