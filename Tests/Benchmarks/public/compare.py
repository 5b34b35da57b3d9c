#!/usr/bin/env python3
"""Sweeps against the public PyTorch implementation of weight-sparse training and pruning, in turns on this machine.

    git clone https://github.com/jacobcd52/sparse_pretrain_public runs/public
    make public-comparison PUBLIC=runs/public

Needs a Python with torch 1.13 or later (PYTHON, default /usr/bin/python3; Debian: python3-torch python3-yaml). Nothing of that repository
is part of this one: its model, optimiser step and pruning are imported from the clone. What torch 2 has and 1.13 has not (RMSNorm,
scaled_dot_product_attention) is defined here by its formula.
"""
import argparse
import contextlib
import importlib
import os
import pathlib
import re
import statistics
import subprocess
import sys
import time
import types

VOCABULARY = 2048
SIZES = {"S": (2, 256, 128, 16), "M": (4, 512, 256, 8)}  # layers, d_model, context, batch
ROWS = ("training step", "mask-training step", "probe")
OURS = {"training step": "training step, dW in float32", "mask-training step": "mask-training step", "probe": "probe of"}
# Seconds in (float32, bfloat16) on two cores of a host of this kind: what the goals are given by. bfloat16 may be slower than float32 where
# a processor lacks its instructions.
PUBLISHED = {
    ("S", "training step"): (0.33, 0.22), ("M", "training step"): (2.0, 1.3),
    ("S", "mask-training step"): (1.07, 0.70), ("M", "mask-training step"): (4.8, 3.4), ("M", "probe"): (5.4, 3.8),
}
GOALS = {"training step": 2.5, "mask-training step": 5, "probe": 8}


class Public:
    """The public implementation, on random tokens."""

    def __init__(self, repository, threads):
        import torch

        self.torch = torch
        torch.set_num_threads(threads)
        define_what_old_versions_lack(torch)
        source = pathlib.Path(repository) / "src"
        for name, folder in (("public", source), ("public.pruning", source / "pruning")):
            package = types.ModuleType(name)
            package.__path__ = [str(folder)]
            sys.modules[name] = package
        for name, member in (("transformers", "PreTrainedTokenizer"), ("tqdm", "tqdm")):  # named in annotations and progress bars only
            with contextlib.suppress(ImportError):
                importlib.import_module(name)
            if name not in sys.modules:
                sys.modules[name] = types.ModuleType(name)
                setattr(sys.modules[name], member, object)
        self.config, self.model, self.sparsity = (importlib.import_module(f"public.{m}") for m in ("config", "model", "sparsity"))
        modules = ("config", "masked_model", "trainer", "discretize")
        self.pruning = types.SimpleNamespace(**{m: importlib.import_module(f"public.pruning.{m}") for m in modules})

    def autocast(self, bf16):
        return self.torch.autocast("cpu", dtype=self.torch.bfloat16) if bf16 else contextlib.nullcontext()

    def sparse_model(self, size):
        layers, width, context, _ = SIZES[size]
        self.torch.manual_seed(1)
        shape = self.config.ModelConfig(n_layer=layers, d_model=width, n_ctx=context, vocab_size=VOCABULARY)
        model = self.model.SparseGPT(shape, self.config.SparsityConfig())
        sparsifier = self.sparsity.WeightSparsifier(
            model, target_l0_fraction=1 / 64, total_steps=100, anneal_start_fraction=0, anneal_end_fraction=0)
        sparsifier.step()
        return model, sparsifier

    def training_step(self, size, bf16):
        torch, (model, sparsifier) = self.torch, self.sparse_model(size)
        _, _, context, batch = SIZES[size]
        optimizer = torch.optim.AdamW(model.parameters(), lr=1e-3, betas=(0.9, 0.95), eps=0.1, weight_decay=0.1)

        def step():
            tokens = torch.randint(VOCABULARY, (batch, context + 1))
            with self.autocast(bf16):
                out = model(tokens[:, :-1])
            logits = out[0] if isinstance(out, tuple) else out
            loss = torch.nn.functional.cross_entropy(logits.float().reshape(-1, VOCABULARY), tokens[:, 1:].reshape(-1))
            optimizer.zero_grad()
            loss.backward()
            self.sparsity.normalize_grad_rms_(model.parameters(), 1.0)
            optimizer.step()
            sparsifier.step()

        return step

    def masked_model(self, size, sequences):
        model, _ = self.sparse_model(size)
        options = self.pruning.config.PruningConfig(device="cpu", batch_size=sequences, seq_length=64, num_steps=10**6)
        masked = self.pruning.masked_model.MaskedSparseGPT(model, options)
        for mask in masked.masks.masks.values():
            mask.set_mean(self.torch.zeros_like(mask.tau))
        return masked, options

    def generate_batch(self, batch_size, max_length=0):
        prompts, first = self.torch.randint(VOCABULARY, (batch_size, 64)), self.torch.randint(VOCABULARY, (batch_size,))
        return prompts, prompts, first, (first + 1) % VOCABULARY, self.torch.full((batch_size,), 63)

    def mask_training_step(self, size, bf16):
        masked, options = self.masked_model(size, 128)
        trainer = self.pruning.trainer.PruningTrainer(masked, self, options)

        def step():
            with self.autocast(bf16):
                trainer.train_step()

        return step

    def probe(self, size, bf16):
        masked, options = self.masked_model(size, 64)

        def step():
            with self.autocast(bf16):
                self.pruning.discretize.evaluate_at_k(masked, self, masked.masks.get_total_nodes() // 2, options, num_batches=5)

        return step

    def seconds(self, row, size, bf16, runs):
        step = getattr(self, row.replace(" ", "_").replace("-", "_"))(size, bf16)
        times = []
        for _ in range(runs + 1):
            begun = time.perf_counter()
            step()
            times.append(time.perf_counter() - begun)
        return times[1:]


def define_what_old_versions_lack(torch):
    if not hasattr(torch.nn, "RMSNorm"):
        class RMSNorm(torch.nn.Module):
            def __init__(self, width, eps=None):
                super().__init__()
                self.weight, self.eps = torch.nn.Parameter(torch.ones(width)), eps or torch.finfo(torch.float32).eps

            def forward(self, x):
                return x * torch.rsqrt(x.pow(2).mean(-1, keepdim=True) + self.eps) * self.weight

        torch.nn.RMSNorm = RMSNorm
    if not hasattr(torch.nn.functional, "scaled_dot_product_attention"):
        def attention(q, k, v, attn_mask, scale, **_):
            return torch.softmax(q @ k.transpose(-2, -1) * scale + attn_mask, dim=-1).to(v.dtype) @ v

        torch.nn.functional.scaled_dot_product_attention = attention
        torch.is_autocast_enabled = lambda device: False  # asked about CUDA only


def public_seconds(args, row, size, bf16):
    """In a process of its own, with OpenMP's threads and an allocator that keeps its memory."""
    environment = dict(
        os.environ, OMP_NUM_THREADS=str(args.threads), MALLOC_MMAP_THRESHOLD_=str(1 << 33), MALLOC_TRIM_THRESHOLD_=str(1 << 34),
        MALLOC_TOP_PAD_=str(1 << 28))
    command = [
        args.python, "-W", "ignore", __file__, args.repository, "--measure", row, size, "bf16" if bf16 else "fp32",
        "--runs", str(args.runs), "--threads", str(args.threads)]
    ran = subprocess.run(command, env=environment, capture_output=True, text=True)
    if ran.returncode != 0:
        sys.exit(f"the public implementation failed on {row} of {size}:\n{ran.stderr}")
    return [float(t) for t in ran.stdout.split()]


def our_seconds(args, size):
    """The medians of a run of our own benchmark, by row."""
    command = ["dotnet", args.benchmarks, "--only", size, "--runs", str(args.runs), "--threads", str(args.threads)]
    ran = subprocess.run(command, capture_output=True, text=True)
    if ran.returncode != 0:
        sys.exit(f"our benchmark failed: {ran.stderr}")
    found = {}
    for row, label in OURS.items():
        line = next(line for line in ran.stdout.splitlines() if line.strip().startswith(label))
        value, unit = re.findall(r"([0-9.]+) (ms|s|µs)\b", line)[1]
        found[row] = float(value) * {"s": 1, "ms": 1e-3, "µs": 1e-6}[unit]
    return found


def compare(args):
    public, ours = {}, {}
    for turn in range(args.turns):
        for size in SIZES:
            for row, seconds in our_seconds(args, size).items():
                ours.setdefault((size, row), []).append(seconds)
            for row in ROWS:
                for bf16 in (False, True) if turn == 0 else (False,):
                    public.setdefault((size, row, bf16), []).extend(public_seconds(args, row, size, bf16))
            print(f"turn {turn + 1} of {args.turns}: {size}", file=sys.stderr, flush=True)
    print(
        "| | public, float32 | public, bfloat16 | Sweeps, float32 | times as fast as the faster one "
        "| published bfloat16, at this host's speed | times as fast | goal |")
    print("|---|---:|---:|---:|---:|---:|---:|---:|")
    for size in SIZES:
        for row in ROWS:
            single, half, mine = (statistics.median(v) for v in (public[size, row, False], public[size, row, True], ours[size, row]))
            scaled = ""
            if (size, row) in PUBLISHED:
                theirs, theirs_half = PUBLISHED[size, row]
                at_this_speed = theirs_half * single / theirs
                scaled = f"{at_this_speed:.2f} s | {at_this_speed / mine:.1f}× | {GOALS[row]}×"
            ratio = min(single, half) / mine
            print(f"| {size}: {row} | {single:.2f} s | {half:.2f} s | {mine:.3f} s | {ratio:.1f}× | {scaled or ' | |'} |")


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("repository", help="a clone of the public implementation")
    parser.add_argument("--turns", type=int, default=3)
    parser.add_argument("--runs", type=int, default=3, help="of each row, per turn")
    parser.add_argument("--threads", type=int, default=os.cpu_count())
    parser.add_argument("--python", default="/usr/bin/python3", help="one with torch")
    parser.add_argument("--benchmarks", default="Tests/Benchmarks/bin/Release/net10.0/Sweeps.Benchmarks.dll")
    parser.add_argument("--measure", nargs=3, metavar=("ROW", "SIZE", "PRECISION"), help=argparse.SUPPRESS)
    args = parser.parse_args()
    if not (pathlib.Path(args.repository) / "src" / "sparsity.py").exists():
        sys.exit(f"{args.repository}: expected a clone of the public implementation, with src/sparsity.py; `head {__file__}` says which")
    if args.measure:
        row, size, precision = args.measure
        print(*Public(args.repository, args.threads).seconds(row, size, precision == "bf16", args.runs))
    else:
        compare(args)


if __name__ == "__main__":
    main()
