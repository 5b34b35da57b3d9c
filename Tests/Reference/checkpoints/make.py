"""Writes the folders beside this file: tiny models in the released layout, and what OpenAI's own code gives for them.

    git clone https://github.com/openai/circuit_sparsity
    python3 make.py circuit_sparsity

With PyTorch 1.13. That version lacks nn.RMSNorm, so this file defines it, as PyTorch 2 does; models with a sink, which
need scaled_dot_product_attention, are in ../gpt.
"""
import json
import os
import sys
import types

import torch

HERE = os.path.dirname(os.path.abspath(__file__))
COMMON = dict(dropout=0.0, bias=True, ln_bias=True, rms_norm=True, residual_activation_type="identity",
              activation_type="gelu", debug_nans=False, tied_unembed=False, tokenizer_name="tinypython_2k")
SITES = "attn_in,attn_out,mlp_in,mlp_out,mlp_neuron,attn_v,attn_k,attn_q"


class RMSNorm(torch.nn.Module):
    def __init__(self, width):
        super().__init__()
        self.weight = torch.nn.Parameter(torch.ones(width))

    def forward(self, x):
        return x * torch.rsqrt(x.pow(2).mean(-1, keepdim=True) + torch.finfo(x.dtype).eps) * self.weight


def released(checkout):
    """OpenAI's module; what it imports for reading from the web is replaced by reading files."""
    def read(path):
        with open(path, "rb") as file:
            return file.read()

    for name, members in {
        "blobfile": dict(join=os.path.join), "tiktoken": {}, "tiktoken.load": dict(read_file_cached=read),
    }.items():
        module = types.ModuleType(name)
        vars(module).update(members)
        sys.modules[name] = module
    torch.nn.RMSNorm = RMSNorm
    sys.path.insert(0, checkout)
    from circuit_sparsity.inference import gpt
    return gpt


def state(gpt, config, fraction, additive, generator):
    """Random values: of every matrix the largest `fraction` of the entries, all of the rest."""
    known = {key: value for key, value in config.items() if key not in ("n_mlp", "use_tied_aux_matrix")}
    known["d_mlp"] = config.get("n_mlp", config.get("d_mlp"))
    values = {}
    for name, old in gpt.GPT(gpt.GPTConfig(**{**known, "flash": False, "grad_checkpointing": False})).state_dict().items():
        if name.endswith(".attn.bias"):  # the causal mask, which the code without flash attention keeps as a buffer
            continue
        new = torch.empty(old.shape).normal_(0, 0.5, generator=generator)
        if "ln_" in name:
            new = 1 + 0.2 * new
        if name == "transformer.wpe.weight" and not additive:
            new.zero_()
        if name.endswith(("c_attn.weight", "c_proj.weight", "c_fc.weight")):
            least = new.abs().flatten().kthvalue(max(1, int((1 - fraction) * new.numel()))).values
            new = new * (new.abs() >= least)
        values[name] = new
    return values


def write(gpt, name, config, fraction=0.2, additive=False, dtype=torch.float32, location="cpu", seed=1, expected=True):
    generator = torch.Generator().manual_seed(seed)
    folder = os.path.join(HERE, name)
    os.makedirs(folder, exist_ok=True)
    config = {**config, **COMMON}
    values = {key: value.to(dtype) for key, value in state(gpt, config, fraction, additive, generator).items()}
    with open(os.path.join(folder, "beeg_config.json"), "w") as file:
        json.dump(config, file, indent=1)
        file.write("\n")
    # Without a GPU there is no tensor on one, but the name of its place is only text in the file.
    tag = torch.serialization.location_tag
    torch.serialization.location_tag = lambda storage: location
    try:
        torch.save(values, os.path.join(folder, "final_model.pt"))
    finally:
        torch.serialization.location_tag = tag
    if not expected:
        return

    model = gpt.load_model(folder, flash=False, cuda=False)
    block, vocab = config["block_size"], config["vocab_size"]
    idx = torch.randint(vocab, (2, block), generator=generator)
    targets = torch.randint(vocab, (2, block), generator=generator)
    short = idx[:, :3]
    with torch.no_grad():
        logits, loss, _ = model(idx, targets)
        short_logits, _, _ = model(short)
    with open(os.path.join(folder, "inputs.json"), "w") as file:
        json.dump(dict(idx=idx.tolist(), targets=targets.tolist(), short_idx=short.tolist()), file)
    with open(os.path.join(folder, "expected.json"), "w") as file:
        numbers = dict(logits=logits.tolist(), loss=loss.item(), short_logits=short_logits.tolist())
        json.dump(json.loads(json.dumps(numbers), parse_float=lambda text: float(f"{float(text):.9g}")), file)


def publish(gpt, model_name, task, completions, seed=2):
    """A circuit of random nodes, in the layout of the published ones, with what the released code gives for its samples."""
    generator = torch.Generator().manual_seed(seed)
    model = gpt.load_model(os.path.join(HERE, model_name), flash=False, cuda=False)
    config = model.config
    with open(os.path.join(HERE, "tokenizer", "encoder.json"), encoding="utf-8") as file:
        encoder = json.load(file)
    ids = [encoder[text] for text in completions]
    widths = {"attn.act_in": config.d_model, "attn.q": config.d_model, "attn.k": config.d_model, "attn.v": config.d_model,
              "attn.resid_delta": config.d_model, "mlp.act_in": config.d_model, "mlp.post_act": config.d_mlp,
              "mlp.resid_delta": config.d_model}
    locations = {f"{layer}.{site}": width for layer in range(config.n_layer) for site, width in widths.items()}
    locations["final_resid"] = config.d_model
    circuit = {name: torch.randperm(width, generator=generator)[:width // 4] for name, width in locations.items()}
    circuit["0.attn.q"] = torch.empty(0, dtype=torch.int64)

    samples = []
    for _ in range(2):
        lengths = torch.randint(5, 12, (6,), generator=generator).tolist()
        rows = torch.zeros((6, 12), dtype=torch.int64)
        for row, length in zip(rows, lengths):
            row[:length] = torch.randint(1, config.vocab_size - 1, (length,), generator=generator)
        samples.append(rows)
    total = 0.0
    with torch.no_grad():
        for right, wrong, rows in ((ids[0], ids[1], samples[0]), (ids[1], ids[0], samples[1])):
            for row in rows:
                prompt = row[:int(row.nonzero().max()) + 1]
                logits = model(prompt[None])[0][0, -1]
                total -= torch.log_softmax(logits[[right, wrong]], 0)[0].item()

    layers = [f"{layer}.{part}" for layer in range(config.n_layer) for part in ("attn", "mlp")]
    pairs = [(f"{layer}.mlp.act_in", f"{layer}.mlp.post_act") for layer in range(config.n_layer)]
    data = {
        "circuit_data": {**circuit, "prune_config": {"k": 3, "lr": 0.01}},
        "importances": {
            "ch_interv_losses": {name: [0.5] * len(kept) for name, kept in circuit.items()},
            "layer_interv_losses": {layer: 0.75 for layer in layers},
            # Sums over both prompts of a pair: twice the loss of a prompt.
            "loss": total / len(samples[0]),
            "interv_loss": 1.5,
            "pair_data": [
                [torch.zeros(len(circuit[b]), len(circuit[a])), circuit[a].tolist(), circuit[b].tolist(), (a, b)] for a, b in pairs],
            "pair_data_connections": [],
            "task_samples": tuple(samples),
            "beeg_model_config": {"n_layer": config.n_layer, "d_model": config.d_model, "dtype": torch.float32},
        },
        "samples": {"0.mlp.post_act": {3: {0.5: (samples[0][:1], torch.zeros(1, 12), -1)}}},
        "all_loss": [(0, 1.25), (1, 1.0)],
        "num_total_nodes": sum(locations.values()),
        "prune_config": None,
    }
    folder = os.path.join(HERE, "viz", model_name, task, "prune_v4", "k_optim")
    os.makedirs(folder, exist_ok=True)
    torch.save(data, os.path.join(folder, "viz_data.pt"))


if __name__ == "__main__":
    code = released(sys.argv[1])
    small = dict(block_size=8, vocab_size=20, n_layer=2, d_model=16, n_head=2)
    # As the sweep's models: the older name of d_mlp, and nothing about heads' width, sink or tables.
    write(code, "n_mlp", {**small, "n_mlp": 24, "afrac": 0.25, "afrac_loctypes": SITES, "use_tied_aux_matrix": False})
    # Positions that are added to the residual; heads of 16, which the kernels for whole models take.
    write(code, "additive", {**small, "d_model": 32, "d_head": None, "d_mlp": 32, "afrac": 0.5, "afrac_loctypes": SITES}, additive=True)
    # As the dense models: four layers, no AbsTopK; half-precision tensors that were on a GPU.
    dense = {**small, "n_layer": 4, "d_head": 8, "d_mlp": 32, "afrac": None}
    write(code, "dense_bfloat16", dense, fraction=1, dtype=torch.bfloat16, location="cuda:3")
    # As the sweep's models, with the vocabulary of the tokenizer beside it and room for prompts: to be imported.
    whole = {**small, "block_size": 300, "vocab_size": 280, "n_mlp": 32, "d_head": None, "afrac": 0.25, "afrac_loctypes": SITES}
    write(code, "whole", whole, fraction=0.25, expected=False)
    write(code, "dense_float16", {**dense, "n_layer": 1}, fraction=1, dtype=torch.float16, location="cuda:0")
    publish(code, "whole", "single_double_quote_beeg3", ["'", '"'])
