#!/usr/bin/env python3
"""A newcomer's first hour, by the documentation alone: the demo, a corpus of one's own in five awkward forms, a task of one's own, a sweep
that grows, a model that somebody else published, questions to a model, and its files read in Python.

    python3 Tests/first-hour/first_hour.py [--small] [--sweeps "COMMAND"]

Without --small the demo is the real one. Each step says what it did and how long it took; the first that fails ends it with exit code 1.
"""
import argparse
import json
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

    def trials(self, run):
        return {trial["id"]: trial for trial in map(json.loads, self.run("trials", run, "--json").splitlines())}

    def report(self, run):
        return json.loads((self.folder / run / "report.json").read_text(encoding="utf-8"))

    # The steps.

    def demo(self):
        """The demo ends with a report that counts circuits."""
        file = REPOSITORY / "examples" / "demo.hocon"
        if self.small:
            file = self.write(
                "demo.hocon", f'include "{file}"\ncorpus.idioms.documents = 1500\nmodel {{ n_layer = 1, d_model = 32 }}\ngrid.l0 = [1]\n'
                + f"attribution = false\n{SMALL}")
        self.run("run", file, "--dir", "demo")
        require((self.folder / "demo" / "report.html").stat().st_size > 10_000, "the demo's report.html is small")
        require("hold on test pairs" in self.run("show", "demo", "--once"), "show does not say how many circuits hold")

    def corpora(self):
        """Text in five forms that people have: every one is read, and what is left out of it is said."""
        line = "def f(x):\n    return x + 1\n\n"
        forms = {}

        # A folder with Windows line ends, a byte order mark, a copy, a hidden file, an image and a file that nobody may read.
        mixed = self.folder / "mixed"
        for i in range(40):
            self.write(f"mixed/m{i}.py", f"# module {i}\n" + line * (i + 1))
        (mixed / "windows.py").write_bytes(b"\xef\xbb\xbf" + (line * 9).replace("\n", "\r\n").encode())
        shutil.copy(mixed / "m7.py", mixed / "copy.py")
        self.write("mixed/.hidden.py", line)
        (mixed / "image.py").write_bytes(bytes(range(256)) * 4)
        forms["mixed"] = f'files.path = "{mixed}"'

        # One text file.
        book = self.write("book.txt", "".join(f"Chapter {i}.\n" + "It was a dark night. " * 30 + "\n" for i in range(300)))
        forms["book"] = f'files {{ path = "{book}", extensions = [".txt"] }}'

        # One file of many documents.
        stories = self.write("stories.txt", "<|endoftext|>".join(f"Story {i}. Once there was a {i % 7}. " * 8 + "\n" for i in range(400)))
        forms["stories"] = f'files {{ path = "{stories}", extensions = [".txt"], separator = "<|endoftext|>" }}'

        # Lines of JSON, some of them damaged.
        lines = [json.dumps({"text": f"sentence {i} " * 20}) for i in range(600)]
        lines[100], lines[200], lines[300] = '{"text": "\\ud83d"}', "null", "{ not json"
        self.write("lines/all.jsonl", "\n".join(lines) + "\n")
        forms["lines"] = f'files {{ path = "{self.folder}/lines", extensions = [".jsonl"] }}'

        # A folder that is links to elsewhere.
        (self.folder / "links").mkdir()
        for i in range(40):
            (self.folder / "links" / f"l{i}.py").symlink_to(mixed / f"m{i}.py")
        forms["links"] = f'files.path = "{self.folder}/links"'

        for name, corpus in forms.items():
            file = self.write(
                f"corpus-{name}.hocon",
                f"name = corpus-{name}\ncorpus {{ {corpus} }}\ntokenizer.vocab_size = 270\n"
                + "model { n_layer = 1, d_model = 16, n_ctx = 32 }\n"
                + "training { steps = 20, batch_size = 2, eval_every = 20, eval_batches = 1, mean_cache_tokens = 64 }\n")
            self.run("run", file)
            told = self.report(f"runs/corpus-{name}")["corpus"]
            require(told["documents"] >= 2, f"{name}: {told['documents']} documents")
            left = {of["reason"]: of["count"] for of in told["leftOut"]}
            print(f"    {name}: {told['documents']} documents; left out: {left or 'nothing'}")
            if name in ("mixed", "lines"):
                require(sum(left.values()) >= 3, f"{name}: {left} was left out, expected at least three things")

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
        """The files are read in Python, by forty lines with numpy, and give the same probabilities."""
        model = self.report("runs/own")["models"][0]["id"]
        run = self.folder / "runs" / "own"
        corpus = json.loads((run / "corpus" / "encoder.json").read_text(encoding="utf-8"))
        space = corpus["\u0120"]
        prompt = [corpus[c] for c in "import"] + [space]
        done = subprocess.run(
            [sys.executable, REPOSITORY / "docs" / "formats" / "reader.py", run / "models" / model / "model.safetensors"],
            input=json.dumps([prompt]), capture_output=True, text=True, check=False)
        if done.returncode != 0:
            fail(f"reader.py: {done.stderr}")
        logits = json.loads(done.stdout)[0]
        require(len(logits) == len(corpus), f"{len(logits)} logits, expected {len(corpus)}")
        require(all(abs(logit) < 1e3 for logit in logits), "a logit is not finite")


IMPORTED = "checkpoints/whole"
TOKENIZER = "checkpoints/tokenizer"


def require(condition, problem):
    if not condition:
        fail(problem)


def fail(problem):
    sys.exit(f"first hour: {problem}")


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--small", action="store_true", help="a demo of seconds")
    parser.add_argument("--sweeps", default=str(REPOSITORY / "Orchestrator/bin/Release/net10.0/sweeps"), help="the program")
    options = parser.parse_args()
    folder = pathlib.Path(tempfile.mkdtemp(prefix="first-hour-"))
    try:
        hour = Hour(shlex.split(options.sweeps), options.small, folder)
        start = time.monotonic()
        for step in (hour.demo, hour.corpora, hour.own_task, hour.growth, hour.imported, hour.questions, hour.reader):
            began = time.monotonic()
            step()
            print(f"{time.monotonic() - began:6.1f} s  {step.__doc__}", flush=True)
        print(f"{time.monotonic() - start:6.1f} s in all")
    finally:
        shutil.rmtree(folder, ignore_errors=True)


if __name__ == "__main__":
    main()
