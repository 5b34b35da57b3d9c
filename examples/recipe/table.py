"""Prints the table of docs/recipe.md from the runs of `make recipe`: python3 table.py FOLDER-OF-RUNS

Each variant stands at the learning rate whose mean validation loss over the seeds is lowest. The difference to `before` is taken seed by
seed; its interval is Student's, 95 percent.
"""
import json
import math
import pathlib
import statistics
import sys

VARIANTS = {
    "before": "none of the script's points",
    "gradient": "gradient divided by its RMS, ε 0.1",
    "embeddings": "embeddings with an L0 of their own, √L0",
    "biases": "dense positions and biases",
    "script": "all three: the defaults",
    "exponential": "all three, L0 falling exponentially from 1/4",
}
STUDENT = {2: 12.71, 3: 4.303, 4: 3.182, 5: 2.776}  # t at 97.5 percent, by number of seeds


def losses(report):
    """Validation losses by learning rate, each in the order of the seeds, and the nonzeros."""
    by_rate = {}
    for model in report["models"]:
        by_rate.setdefault(model["peakLr"], []).append(model["trained"]["validationLoss"] if model["trained"] else math.inf)
    return by_rate, {model["trained"]["nonzeros"] for model in report["models"] if model["trained"]}


def main(folder):
    rows = {}
    for name in VARIANTS:
        path = pathlib.Path(folder) / f"recipe-{name}" / "report.json"
        if not path.exists():
            sys.exit(f"{path} is missing: run `make recipe`")
        rows[name] = losses(json.loads(path.read_text()))
    rates = sorted({rate for by_rate, _ in rows.values() for rate in by_rate})
    best = {name: min(by_rate, key=lambda rate: statistics.mean(by_rate[rate])) for name, (by_rate, _) in rows.items()}
    base = rows["before"][0][best["before"]]
    print("| variant | nonzeros | " + " | ".join(f"lr {rate:g}" for rate in rates) + " | at its best | less than before |")
    print("| :-- | --: |" + " --: |" * (len(rates) + 2))
    for name, (by_rate, nonzeros) in rows.items():
        cells = []
        for rate in rates:
            text = f"{statistics.mean(by_rate[rate]):.3f}"
            cells.append(f"**{text}**" if rate == best[name] else text)
        own = by_rate[best[name]]
        gains = [before - after for before, after in zip(base, own)]
        half = STUDENT[len(gains)] * statistics.stdev(gains) / math.sqrt(len(gains))
        gain = "–" if name == "before" else f"{statistics.mean(gains):.3f} ± {half:.3f}"
        count = " to ".join(f"{n:,}" for n in sorted({min(nonzeros), max(nonzeros)}))
        print(f"| {VARIANTS[name]} | {count} | " + " | ".join(cells) + f" | {', '.join(f'{loss:.3f}' for loss in own)} | {gain} |")


if __name__ == "__main__":
    main(sys.argv[1])
