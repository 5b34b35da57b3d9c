#!/usr/bin/env python3
"""A newcomer's first hour, by the documentation alone: the demo, README's first sweep, a corpus of one's own in five awkward forms, a task
of one's own, a sweep that grows, a model that somebody else published, questions to a model, and its files read in Python.

    python3 Tests/first-hour/first_hour.py [--small] [--sweeps "COMMAND"]

With --small the demo is one of seconds, of which nothing is asked but a report, and the first sweep is left out; else both must find what
the documentation promises, and say how long they took. Each step says what it did and how long it took; the first that fails ends it with
exit code 1.
"""
import argparse
import json
import math
import os
import pathlib
import shlex
import shutil
import subprocess
import sys
import tempfile
import time

REPOSITORY = pathlib.Path(__file__).resolve().parents[2]

# What makes a sweep small: nothing is learned in so few steps, so nothing may be skipped for that.
SMALL = """
training { steps = 60, eval_every = 60, eval_batches = 1, mean_cache_tokens = 512 }
skip_unlearned = false
pruning { steps = 5, batch_pairs = 2, train_pairs = 16, validation_pairs = 8, test_pairs = 8 }
search { rounds = 1, batch_size = 2 }
"""

# Of two numbers of the same thing, computed in float32 and in float64.
TOLERANCE = 1e-4

# The reader needs numpy, which ops/setup.sh installs for the distribution's Python; another one may come first on the PATH.
PYTHON = "/usr/bin/python3" if pathlib.Path("/usr/bin/python3").exists() else sys.executable


class Hour:
    def __init__(self, sweeps, small, folder):
        self.sweeps, self.small, self.folder = sweeps, small, folder

    def run(self, *arguments, expect=0, stdin=None):
        """Runs `sweeps`; returns what it wrote."""
        done = subprocess.run(
            [*self.sweeps, *map(str, arguments)], input=stdin, capture_output=True, text=True, cwd=self.folder, check=False)
        if done.returncode != expect:
            command = " ".join(map(str, arguments))
            fail(f"sweeps {command}: exit code {done.returncode}, expected {expect}\n{done.stdout[-3000:]}\n{done.stderr[-3000:]}")
        return done.stdout

    def write(self, name, text):
        path = self.folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8")
        return path

    def timed(self, *arguments):
        """Runs `sweeps`; returns how many seconds it took."""
        began = time.monotonic()
        self.run(*arguments)
        return time.monotonic() - began

    def tasks(self, run):
        """The tasks of all models of a run that were searched, as the report has them."""
        return [task for model in self.report(run)["models"] for task in model["tasks"]]

    def trials(self, run):
        return {trial["id"]: trial for trial in map(json.loads, self.run("trials", run, "--json").splitlines())}

    def report(self, run):
        return json.loads((self.folder / run / "report.json").read_text(encoding="utf-8"))

    # The steps.

    def demo(self):
        """The demo ends with a report that counts circuits; the whole one learns its tasks, and most of its circuits hold."""
        file = REPOSITORY / "examples" / "demo.hocon"
        if self.small:
            file = self.write(
                "demo.hocon", f'include "{file}"\ncorpus.idioms.documents = 1500\nmodel {{ n_layer = 1, d_model = 32 }}\ngrid.l0 = [1]\n'
                + f"attribution = false\n{SMALL}")
        seconds = self.timed("run", file, "--dir", "demo")
        require((self.folder / "demo" / "report.html").stat().st_size > 10_000, "the demo's report.html is small")
        require("hold on test pairs" in self.run("show", "demo", "--once"), "show does not say how many circuits hold")
        if self.small:
            return
        tasks = self.tasks("demo")
        unpruned = max(task["unpruned"]["testLoss"] for task in tasks)
        holding = holds(tasks)
        print(f"    {seconds:.0f} s (goal on two quiet cores: 180); unpruned test losses up to {unpruned:.3f}; "
              f"{holding} of {len(tasks)} circuits hold")
        require(len(tasks) == 9, f"the demo has {len(tasks)} circuits, expected 9")
        require(unpruned <= 0.05, f"an unpruned test loss of the demo is {unpruned:.3f}, expected at most 0.05")
        require(holding >= 7, f"{holding} of the demo's circuits hold, expected at least 7")
        random = [task["task"] for task in tasks if all(of["kind"] in ("center", "random") for of in task["prunings"])]
        require(not random, f"searches of {random} ended in the random phase only")

    def first_sweep(self):
        """README's first sweep finds circuits that hold."""
        seconds = self.timed("run", REPOSITORY / "examples" / "first.hocon", "--dir", "first")
        tasks = self.tasks("first")
        print(f"    {seconds:.0f} s (goal on two quiet cores: 600); {holds(tasks)} of {len(tasks)} circuits hold")
        require(holds(tasks) >= 1, "no circuit of the first sweep holds")

    def corpora(self):
        """Text in five forms that people have: every document is counted, and what is left out, by its reason."""
        line = "def f(x):\n    return x + 1\n\n"
        forms = {}

        # A folder with Windows line ends, a byte order mark, a copy, and much that is no document.
        mixed = self.folder / "mixed"
        for i in range(40):
            self.write(f"mixed/m{i}.py", f"# module {i}\n" + line * (i + 1))
        (mixed / "windows.py").write_bytes(b"\xef\xbb\xbf" + (line * 9).replace("\n", "\r\n").encode())
        shutil.copy(mixed / "m7.py", mixed / "copy.py")
        self.write("mixed/.hidden.py", line)
        self.write("mixed/notes.md", line)
        self.write("mixed/blank.py", " \n")
        (mixed / "latin.py").write_bytes("# caf\u00e9\n".encode("latin-1"))
        (mixed / "image.py").write_bytes(bytes(range(256)) * 4)
        # What nobody can read, not even root: a link to nothing, and a pipe that nobody writes to.
        (mixed / "gone.py").symlink_to(mixed / "nothing.py")
        os.mkfifo(mixed / "pipe.py")
        left = {reason: 1 for reason in (
            "duplicate", "hidden", "otherEnding", "empty", "notUtf8", "binary", "brokenLink", "notAFile")}
        if os.geteuid() != 0:
            self.write("mixed/secret.py", line).chmod(0)
            left["unreadableFile"] = 1
        forms["mixed"] = (f'files.path = "{mixed}"', 41, left)

        # One text file, which is one document, and so is cut into blocks.
        text = "".join(f"Chapter {i}.\n" + "It was a dark night. " * 30 + "\n" for i in range(300))
        book = self.write("book.txt", text)
        forms["book"] = (f'files {{ path = "{book}", extensions = [".txt"] }}', blocks(text), {})

        # One file of many documents.
        stories = self.write("stories.txt", "<|endoftext|>".join(f"Story {i}. Once there was a {i % 7}. " * 8 + "\n" for i in range(400)))
        forms["stories"] = (f'files {{ path = "{stories}", extensions = [".txt"], separator = "<|endoftext|>" }}', 400, {})

        # Lines of JSON, some of them damaged.
        lines = [json.dumps({"text": f"sentence {i} " * 20}) for i in range(600)]
        lines[100], lines[200], lines[300] = '{"text": "\\ud83d"}', "null", "{ not json"
        self.write("lines/all.jsonl", "\n".join(lines) + "\n")
        forms["lines"] = (f'files {{ path = "{self.folder}/lines", extensions = [".jsonl"] }}', 597, {"damaged": 3})

        # A folder that is links to elsewhere, one of them to a folder.
        (self.folder / "links").mkdir()
        for i in range(40):
            (self.folder / "links" / f"l{i}.py").symlink_to(mixed / f"m{i}.py")
        (self.folder / "links" / "mixed").symlink_to(mixed)
        forms["links"] = (f'files.path = "{self.folder}/links"', 40, {"folderLink": 1})

        for name, (corpus, documents, left) in forms.items():
            file = self.write(
                f"corpus-{name}.hocon",
                f"name = corpus-{name}\ncorpus {{ {corpus} }}\ntokenizer.vocab_size = 270\n"
                + "model { n_layer = 1, d_model = 16, n_ctx = 32 }\n"
                + "training { steps = 20, batch_size = 2, eval_every = 20, eval_batches = 1, mean_cache_tokens = 64 }\n")
            self.run("run", file)
            told = self.report(f"runs/corpus-{name}")["corpus"]
            reasons = {of["reason"]: of["count"] for of in told["leftOut"]}
            print(f"    {name}: {told['documents']} documents; left out: {reasons or 'nothing'}")
            require(told["documents"] == documents, f"{name}: {told['documents']} documents, expected {documents}")
            require(reasons == left, f"{name}: {reasons} was left out, expected {left}")

    def own_task(self):
        """A task of one's own is checked by its prompts, and then searched."""
        prompts = self.run("tasks", REPOSITORY / "examples" / "tasks" / "import_from.hocon")
        require("import" in prompts, "the task's prompts have no import")
        file = self.write(
            "own.hocon", f'include "{REPOSITORY}/examples/own-task.hocon"\nname = own\n'
            + "corpus.idioms.documents = 1500\nattribution = false\n"
            + f"model {{ n_layer = 1, d_model = 32 }}\n{SMALL}")
        self.run("run", file)
        require("runs/own" and self.report("runs/own")["models"][0]["tasks"][1]["task"] == "import_from", "the task is not in the report")

    def growth(self):
        """The sweep grows by a round, a task and an L0, asks first, and does nothing twice."""
        before = self.trials("runs/own")
        larger = self.write(
            "larger.hocon", 'include "own.hocon"\nsearch.rounds = 2\ntasks = [single_double_quote, import_from, bracket_counting]\n'
            + "grid.l0 = [0.25, 0.5]\n")
        self.run("run", larger, expect=3)
        self.run("extend", "runs/own", larger)
        after = self.trials("runs/own")
        again = [id for id, trial in before.items() if after[id]["queued"] != trial["queued"] or (
            id.startswith("models/") and after[id]["ended"] != trial["ended"])]
        require(not again, f"{again} ran again")
        new = set(after) - set(before)
        for part in ("l0.5", "bracket_counting", "0002"):
            require(any(part in id for id in new), f"nothing of {part} is new")

    def imported(self):
        """A model in OpenAI's layout, written by PyTorch, becomes a circuit."""
        reference = REPOSITORY / "Tests" / "Reference"
        few = self.write("few.hocon", SMALL.replace("training", "# training"))
        self.run("doctor", reference / IMPORTED)
        self.run(
            "import", reference / IMPORTED, "--name", "theirs", "--corpus", self.folder / "mixed", "--tokenizer", reference / TOKENIZER,
            "--tasks", "single_double_quote", "--with", few)
        require("single_double_quote in " in self.run("circuit", "runs/theirs", "theirs", "single_double_quote"), "there is no circuit")

    def questions(self):
        """A model answers a prompt, its circuits too, and a change of a node shows."""
        model = self.report("runs/own")["models"][0]["id"]
        answer = json.loads(self.run("ask", "runs/own", model, "import os\\nfrom", "--escapes", "--json"))
        require(len(answer["next"]) > 0 and len(answer["circuits"]) > 0, "there is no answer")
        node = next(n["node"] for circuit in answer["circuits"] for n in circuit["nodes"])
        task = next(circuit["task"] for circuit in answer["circuits"] if circuit["nodes"])
        self.run("intervene", "runs/own", model, task, "--mean", node)

    def reader(self):
        """The files are read in Python, by some forty lines with numpy: model and circuits give the probabilities that `ask` gives."""
        model = self.report("runs/own")["models"][0]
        run = self.folder / "runs" / "own"
        encoder = json.loads((run / "corpus" / "encoder.json").read_text(encoding="utf-8"))
        answer = json.loads(
            self.run("ask", "runs/own", model["id"], "import os\\nfrom", "--escapes", "--json", "--top", len(encoder)))
        prompt = [encoder[entry(token)] for token in answer["tokens"]]
        logits = numpy(prompt, run / "models" / model["id"] / "model.safetensors")
        whole = [math.exp(logit - max(logits)) for logit in logits]
        agree("the model", {of["id"]: of["probability"] for of in answer["next"]}, {i: p / sum(whole) for i, p in enumerate(whole)})
        files = {task["task"]: task["validation"] or task["best"] for task in model["tasks"]}
        for circuit in answer["circuits"]:
            path = run / (files[circuit["task"]].get("circuit") or files[circuit["task"]]["file"])["path"]
            told = json.loads(path.read_text(encoding="utf-8"))
            logits = numpy(prompt, run / told["model"]["path"], path, run / told["meanCache"]["path"])
            a, b = (logits[told["tokens"][which]["id"]] for which in "ab")
            agree(f"the circuit of {circuit['task']}", {"A": circuit["circuit"]}, {"A": 1 / (1 + math.exp(b - a))})


IMPORTED = "checkpoints/whole"
TOKENIZER = "checkpoints/tokenizer"


def blocks(text):
    """Into how many blocks a corpus of one document is cut: at line ends, each at most a quarter of validation_fraction (0.05) of it."""
    size, count, start = max(int(len(text) * 0.05 / 4), 1024), 1, 0
    while len(text) - start > size:
        start, count = text.rindex("\n", start, start + size) + 1, count + 1
    return count


def holds(tasks):
    """How many of the circuits hold."""
    return sum(task["verdict"] == "holds" for task in tasks)


def entry(token):
    """The name in encoder.json of a token of ASCII that people are shown: GPT-2's, where blanks and control characters are letters."""
    for shown, meant in (("\\n", "\n"), ("\\t", "\t"), ("\\r", "\r")):
        token = token.replace(shown, meant)
    return "".join(c if "!" <= c <= "~" else chr(256 + ord(c)) for c in token)


def numpy(prompt, *files):
    """The logits that docs/formats/reader.py gives after a prompt."""
    done = subprocess.run(
        [PYTHON, REPOSITORY / "docs" / "formats" / "reader.py", *files],
        input=json.dumps([prompt]), capture_output=True, text=True, check=False)
    if done.returncode != 0:
        fail(f"reader.py: {done.stderr}")
    return json.loads(done.stdout)[0]


def agree(what, told, ours):
    """Each probability is the same on both sides."""
    require(told.keys() == ours.keys(), f"{what}: ask has {len(told)} probabilities, and the reader {len(ours)}")
    worst = max(told, key=lambda key: abs(told[key] - ours[key]))
    require(
        abs(told[worst] - ours[worst]) <= TOLERANCE,
        f"{what}: ask says {told[worst]:.6f} of {worst}, and the reader {ours[worst]:.6f}")


def require(condition, problem):
    if not condition:
        fail(problem)


def fail(problem):
    sys.exit(f"first hour: {problem}")


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--small", action="store_true", help="a demo of seconds, and no first sweep")
    parser.add_argument("--sweeps", default=str(REPOSITORY / "Orchestrator/bin/Release/net10.0/sweeps"), help="the program")
    options = parser.parse_args()
    folder = pathlib.Path(tempfile.mkdtemp(prefix="first-hour-"))
    try:
        hour = Hour(shlex.split(options.sweeps), options.small, folder)
        start = time.monotonic()
        real = () if options.small else (hour.first_sweep,)
        for step in (hour.demo, *real, hour.corpora, hour.own_task, hour.growth, hour.imported, hour.questions, hour.reader):
            began = time.monotonic()
            step()
            print(f"{time.monotonic() - began:6.1f} s  {step.__doc__}", flush=True)
        print(f"{time.monotonic() - start:6.1f} s in all")
    finally:
        shutil.rmtree(folder, ignore_errors=True)


if __name__ == "__main__":
    main()
