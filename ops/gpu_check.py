"""The reference models by PyTorch on a device, for comparison with `sweeps device --check`: gpu_check.py DEVICE FOLDER.

Ends with 0 when all numbers agree with those that are stored, with 1 when some differ, with 4 when PyTorch has no such device.
"""

import json
import math
import sys
import time
from pathlib import Path

import torch
from torch.nn.functional import cross_entropy, gelu

ALLOWED = 1e-4
SITES = ("attn.act_in", "attn.q", "attn.k", "attn.v", "attn.resid_delta", "mlp.act_in", "mlp.post_act", "mlp.resid_delta")
LOCATIONS = {"attn_in": 0, "attn_q": 1, "attn_k": 2, "attn_v": 3, "attn_out": 4, "mlp_in": 5, "mlp_neuron": 6, "mlp_out": 7}


class Model:
    """The forward pass as Tests/Reference/gpt/README.md defines it, from plain operators."""

    def __init__(self, folder, device):
        self.config = json.loads((folder / "beeg_config.json").read_text())
        self.fraction = self.config.get("afrac") or 1
        names = (self.config.get("afrac_loctypes") or "").split(",") if self.fraction < 1 else []
        self.sparse = {SITES[LOCATIONS[name]] for name in names}
        state = torch.load(folder / "final_model.pt", map_location=device)
        self.p = {name: tensor.float().requires_grad_() for name, tensor in state.items()}

    def __call__(self, tokens, gates=None):
        c, p = self.config, self.p
        x = p["transformer.wte.weight"][tokens]
        pos = p["transformer.wpe.weight"][: tokens.shape[1]] if c.get("d_pos_emb") else None
        for i in range(c["n_layer"]):
            h = f"transformer.h.{i}"

            def node(site, value, layer=i):
                if site in self.sparse:
                    value = abs_topk(value, int(value.shape[-1] * self.fraction))
                if gates is None:
                    return value
                mask, mean = gates[f"{layer}.{site}"]
                return value * mask + mean * (1 - mask)

            def linear(value, name, h=h):
                return value @ p[f"{h}.{name}.weight"].T + p[f"{h}.{name}.bias"]

            def read(value, norm, h=h):
                value = rms_norm(value, p[f"{h}.ln_{norm}.weight"])
                if pos is None:
                    return value
                beside = rms_norm(pos, p[f"{h}.ln_p{norm}.weight"]).expand(len(tokens), -1, -1)
                return torch.cat([value, beside], -1)

            q, k, v = linear(node(SITES[0], read(x, 1)), "attn.c_attn").split(c["d_model"], -1)
            sink = p.get(f"{h}.attn.attn_imp.sink_logit") if c.get("sink") else None
            y = self.attention(node(SITES[1], q), node(SITES[2], k), node(SITES[3], v), sink)
            x = x + node(SITES[4], linear(y, "attn.c_proj"))
            hidden = node(SITES[6], gelu(linear(node(SITES[5], read(x, 2)), "mlp.c_fc")))
            x = x + node(SITES[7], linear(hidden, "mlp.c_proj"))
        logits = rms_norm(x, p["transformer.ln_f.weight"]) @ p["lm_head.weight"].T + p["final_logits_bias"]
        return logits + p["bigram_table"][tokens] if c.get("enable_bigram_table") else logits

    def attention(self, q, k, v, sink):
        b, t, _ = q.shape
        q, k, v = (z.view(b, t, self.config["n_head"], -1).transpose(1, 2) for z in (q, k, v))
        scores = q @ k.transpose(-1, -2) / math.sqrt(q.shape[-1])
        scores = scores.masked_fill(torch.ones(t, t, dtype=torch.bool, device=q.device).triu(1), -math.inf)
        if sink is not None:
            scores = torch.cat([scores, sink.view(1, -1, 1, 1).expand(b, -1, t, 1)], -1)
        return (scores.softmax(-1)[..., :t] @ v).transpose(1, 2).reshape(b, t, -1)


def rms_norm(x, gain, eps=1.1920929e-07):
    return x * torch.rsqrt(x.square().mean(-1, keepdim=True) + eps) * gain


def abs_topk(x, k):
    kept = x.abs().topk(k, dim=-1).indices
    return x * torch.zeros_like(x).scatter_(-1, kept, 1)


def check(folder, device, report):
    inputs, expected = (json.loads((folder / f"{name}.json").read_text()) for name in ("inputs", "expected"))
    given = {name: torch.tensor(value, device=device) for name, value in inputs.items()}
    model, name = Model(folder, device), folder.name
    report.restart()
    logits = model(given["idx"])
    report.tensor(f"{name}: logits", logits, torch.tensor(expected["logits"]))
    loss = cross_entropy(logits.flatten(0, 1), given["targets"].flatten())
    loss.backward()
    report.number(f"{name}: loss", loss.item(), expected["loss"])
    if (folder / "grads.pt").exists():
        stored = torch.load(folder / "grads.pt", map_location="cpu")
        # The released code learns no last row of the table; a wpe that is added to the residual is no parameter here.
        names = [n for n in stored if n != "bigram_table" and (n != "transformer.wpe.weight" or model.config.get("d_pos_emb"))]
        report.tensor(f"{name}: gradient of the weights", flat(model.p[n].grad for n in names), flat(stored[n] for n in names))

    stored = torch.load(folder / "masked.pt", map_location=device)
    where = [f"{i}.{site}" for i in range(model.config["n_layer"]) for site in SITES]
    gates = {at: (stored[f"mask.{at}"].float().requires_grad_(), stored[f"mean.{at}"]) for at in where}
    report.restart()
    logits = model(given["idx"], gates)
    report.tensor(f"{name}: masked logits", logits, torch.tensor(expected["masked_logits"]))
    rows = torch.arange(len(logits), device=device)
    loss = cross_entropy(logits[rows, given["task_positions"]], given["task_tokens"])
    loss.backward()
    report.number(f"{name}: masked task loss", loss.item(), expected["masked_task_loss"])
    if f"grad.{where[0]}" in stored:
        report.tensor(
            f"{name}: gradient of the masks", flat(gates[at][0].grad for at in where), flat(stored[f"grad.{at}"] for at in where))


def flat(tensors):
    return torch.cat([tensor.detach().flatten() for tensor in tensors])


class Report:
    """Prints one line for each number."""

    def __init__(self):
        self.all = self.agreeing = 0
        print(f"{'':68}  {'here':>14}  {'expected':>14}  {'difference':>10}  {'allowed':>10}  {'ms':>7}")

    def restart(self):
        self.since = time.perf_counter()

    def number(self, what, here, expected):
        self.line(what, here, expected, abs(here - expected))

    def tensor(self, what, here, expected):
        here, expected = here.detach().cpu().double(), expected.cpu().double()
        self.line(f"{what}, norm; largest difference", here.norm().item(), expected.norm().item(), (here - expected).abs().max().item())

    def line(self, what, here, expected, difference):
        agrees = difference <= ALLOWED
        self.all += 1
        self.agreeing += agrees
        ms = 1000 * (time.perf_counter() - self.since)
        print(f"{what:68}  {here:14.8g}  {expected:14.8g}  {difference:10.3g}  {ALLOWED:10.3g}  {ms:7.1f}{'' if agrees else '  DIFFERS'}")
        self.restart()


def main():
    device, references = sys.argv[1], Path(sys.argv[2])
    if device != "cpu" and not torch.cuda.is_available():
        print(f"gpu_check.py: PyTorch {torch.__version__} has no CUDA here", file=sys.stderr)
        return 4
    print(f"PyTorch {torch.__version__} on {device}")
    report = Report()
    for folder in sorted(path for path in references.iterdir() if path.is_dir()):
        check(folder, torch.device(device), report)
    print(f"PyTorch: {report.agreeing} of {report.all} numbers agree")
    return 0 if report.agreeing == report.all else 1


if __name__ == "__main__":
    sys.exit(main())
