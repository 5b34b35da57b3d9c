"""Prints the tables of docs/frontier from the run of `make frontier`, and of ends.hocon if it was run: python3 table.py FOLDER-OF-RUNS

Edges are geometric means over the tasks whose circuit reaches the target with edges. A ratio is taken task by task and replica by replica;
its interval is that of 95 percent of 4,000 bootstrap samples of the tasks, each with all of its replicas.
"""
import json
import math
import pathlib
import random
import statistics
import sys

SAMPLES = 4000


class Model:
    """A selected model: its place in the grid, its pretraining loss in nats, and the edges of its circuits by task."""

    def __init__(self, report):
        trained = report["trained"]
        self.width, self.replica, self.l0 = report["dModel"], report["replica"], trained["l0"]
        self.nonzeros, self.loss, self.rate = trained["nonzeros"], trained["validationLoss"], report["peakLr"]
        self.holds = report["holds"]
        bests = {task["task"]: task["best"] for task in report["tasks"] if task["best"] and task["best"]["reached"]}
        self.edges = {task: best["edges"] for task, best in bests.items() if best["edges"] > 0}

    @property
    def dense(self):
        return self.l0 == 1

    def name(self):
        return f"d{self.width} dense" if self.dense else f"d{self.width}, L0 1/{round(1 / self.l0)}"


def ratio(pairs, draw):
    """How many times as many edges the first of each pair has: the geometric mean, its interval, and in how many tasks it has more."""
    logs = {}
    for more, fewer in pairs:
        for task in sorted(more.edges.keys() & fewer.edges.keys()):
            logs.setdefault(task, []).append(math.log(more.edges[task] / fewer.edges[task]))
    tasks = [statistics.mean(of) for of in logs.values()]
    means = sorted(statistics.mean(draw.choices(tasks, k=len(tasks))) for _ in range(SAMPLES))
    low, high = means[SAMPLES // 40], means[-SAMPLES // 40 - 1]
    return (f"{math.exp(statistics.mean(tasks)):.1f} ({math.exp(low):.1f} to {math.exp(high):.1f})",
            f"{sum(of > 0 for of in tasks)} of {len(tasks)}")


def row(*cells):
    print("| " + " | ".join(str(cell) for cell in cells) + " |")


def main(folder):
    paths = [pathlib.Path(folder) / run / "report.json" for run in ("frontier-ends", "frontier")]
    if not paths[-1].exists():
        sys.exit(f"{paths[-1]} is missing: run `make frontier`")
    reports = [json.loads(path.read_text()) for path in paths if path.exists()]
    models = {model["id"]: Model(model) for report in reports for model in report["models"] if model["selected"]}
    models = sorted(models.values(), key=lambda of: of.replica)
    sparse = [model for model in models if not model.dense]
    draw = random.Random(1)

    row("model", "replica", "learning rate", "nonzeros", "validation loss", "hold", "edges")
    row(":--", "--:", "--:", "--:", "--:", "--:", "--:")
    for model in sorted(models, key=lambda of: (of.dense, of.width, -of.l0, of.replica)):
        row(model.name(), model.replica, f"{model.rate:g}", f"{model.nonzeros:,}", f"{model.loss:.3f}",
            f"{model.holds} of {len(model.edges)}", f"{statistics.geometric_mean(model.edges.values()):.0f}")

    print("\nA narrower model against one of twice or four times its width, with as many nonzeros:\n")
    row("narrower", "wider", "times as many edges", "tasks with more")
    row(":--", ":--", "--:", "--:")
    for narrow in sorted({(of.width, of.l0) for of in sparse}):
        for wide in sorted({of.width for of in sparse if of.width > narrow[0]}):
            l0 = narrow[1] * (narrow[0] / wide) ** 2
            pairs = [(a, b) for a in sparse for b in sparse if (a.width, a.l0) == narrow and a.replica == b.replica
                     and b.width == wide and math.isclose(b.l0, l0, rel_tol=0.01)]
            if pairs:
                row(pairs[0][0].name(), pairs[0][1].name(), *ratio(pairs, draw))

    print("\nDense models of a higher pretraining loss, the nearest, against a sparse one:\n")
    row("sparse", "dense, no more capable", "losses", "times as many edges", "tasks with more")
    row(":--", ":--", "--:", "--:", "--:")
    for width, l0 in sorted({(of.width, of.l0) for of in sparse}, key=lambda of: (of[0], -of[1])):
        pairs = []
        for model in (of for of in sparse if (of.width, of.l0) == (width, l0)):
            above = [of for of in models if of.dense and of.replica == model.replica and of.loss >= model.loss]
            if above:
                pairs.append((min(above, key=lambda of: of.loss), model))
        if pairs:
            row(pairs[0][1].name(), ", ".join(sorted({dense.name() for dense, _ in pairs})),
                ", ".join(f"{of.loss:.3f} and {dense.loss:.3f}" for dense, of in pairs), *ratio(pairs, draw))


if __name__ == "__main__":
    main(sys.argv[1])
