"""The logits of the token after each prompt, of a model of Sweeps or of a circuit in it, with numpy alone:
reader.py model.safetensors [circuit.json mean_cache.safetensors] < prompts.json     (a list of lists of token ids)"""
import json, math, sys, numpy as np

def tensors(path):
    data = open(path, "rb").read()
    start = 8 + int.from_bytes(data[:8], "little")
    header = json.loads(data[8:start])
    read = lambda t: np.frombuffer(data, "<f4", math.prod(t["shape"]), start + t["data_offsets"][0]).reshape(t["shape"]).astype(float)
    return header.pop("__metadata__", {}), {name: read(tensor) for name, tensor in header.items()}

def forward(w, c, tokens, ablate):
    norm = lambda x, gain: x / np.sqrt((x * x).mean(-1, keepdims=True) + c["rmsNormEps"]) * w[gain]
    linear = lambda name, x: x @ w[name + ".weight"].T + w[name + ".bias"]
    gelu = np.vectorize(lambda v: v * (1 + math.erf(v / math.sqrt(2))) / 2)
    heads = lambda x: x.reshape(len(x), -1, c["dHead"]).transpose(1, 0, 2)  # (H, T, d_head)
    def topk(x, acts):  # AbsTopK, where it acts
        k = max(1, int(x.shape[-1] * c["activationFraction"])) if acts else x.shape[-1]
        return np.where(np.abs(x) >= np.sort(np.abs(x), -1)[:, [-k]], x, 0)
    def node(layer, site, x):  # and what the circuit leaves of the location
        return ablate(f"{layer}.{site}", topk(x, site.replace(".", "").replace("_", "") in [s.lower() for s in c["activationSites"]]))
    residual = lambda x: topk(x, c.get("residualTopk", False))
    x, wpe = w["transformer.wte.weight"][tokens], w.get("transformer.wpe.weight", np.zeros((c["nCtx"], 0)))[:len(tokens)]
    if c.get("additivePositions"):  # then nothing reads them beside the residual
        x, wpe = x + wpe, wpe[:, :0]
    for i in range(c["nLayer"]):
        h, x = f"transformer.h.{i}.", residual(x)
        read = lambda n: np.hstack([norm(x, f"{h}ln_{n}.weight"), norm(wpe, f"{h}ln_p{n}.weight") if wpe.size else wpe])
        qkv = np.split(linear(h + "attn.c_attn", node(i, "attn.act_in", read(1))), 3, axis=1)
        q, k, v = (heads(node(i, f"attn.{name}", part)) for name, part in zip("qkv", qkv))
        e = np.exp(np.where(np.tri(len(x)) > 0, q @ k.transpose(0, 2, 1) / math.sqrt(c["dHead"]), -np.inf))
        sink = np.exp(w.get(h + "attn.attn_imp.sink_logit", np.full(len(q), -np.inf)))[:, None, None]  # a key that has no value
        y = (e / (e.sum(-1, keepdims=True) + sink) @ v).transpose(1, 0, 2).reshape(x.shape)
        x = residual(x + node(i, "attn.resid_delta", linear(h + "attn.c_proj", y)))
        post_act = node(i, "mlp.post_act", gelu(linear(h + "mlp.c_fc", node(i, "mlp.act_in", read(2)))))
        x = x + node(i, "mlp.resid_delta", linear(h + "mlp.c_proj", post_act))
    logits = norm(ablate("final_resid", x), "transformer.ln_f.weight")[-1] @ w["lm_head.weight"].T + w["final_logits_bias"]
    return logits + (w["bigram_table"][tokens[-1]] if c["bigramTable"] else 0)

(meta, weights), ablate, scale, shift = tensors(sys.argv[1]), lambda at, x: x, 1, 0
if len(sys.argv) > 2:  # nodes outside the circuit are at their mean; its logits are calibrated
    file, means = json.load(open(sys.argv[2])), tensors(sys.argv[3])[1]
    assert not file["edgesPruned"], "a weight that is not listed carries a mean: this reader has no place for that"
    kept = {at["location"]: at["channels"] for at in file["nodes"]}
    whole = [] if file["options"]["finalResid"] else ["final_resid"]
    ablate = lambda at, x: x if at in whole else np.where(np.isin(np.arange(x.shape[-1]), kept.get(at, [])), x, means[at])
    scale, shift = file["losses"]["scale"], np.zeros(json.loads(meta["config"])["vocabSize"])
    shift[[file["tokens"]["a"]["id"], file["tokens"]["b"]["id"]]] = file["losses"]["shift"] / 2, -file["losses"]["shift"] / 2
print(json.dumps([list(scale * forward(weights, json.loads(meta["config"]), prompt, ablate) + shift) for prompt in json.load(sys.stdin)]))
