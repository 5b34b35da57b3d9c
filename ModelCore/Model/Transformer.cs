using TorchSharp;
using static Sweeps.ModelCore.Kernels.Functions;
using static TorchSharp.torch;

namespace Sweeps.ModelCore.Model;

/// <summary>
/// A decoder-only transformer in the layout of GPT-2, pre-norm, with RMSNorm, untied embeddings, AbsTopK at every node location, and as
/// options a bigram table, attention sinks and concatenated positions [G 2.1, A.1]. Parameter names are those of OpenAI's released models.
/// </summary>
/// <remarks>
/// Shapes in comments: B sequences, T tokens, d = d_model, dRead = d + d_pos_emb, H heads of width dHead, V vocabulary. Q is T, or 1 in the
/// last layer when logits are asked for at one position per sequence. Not thread-safe.
/// </remarks>
public sealed partial class Transformer : IDisposable
{
    private readonly Dictionary<string, Tensor> _byName;
    private readonly Layer[] _layers;

    /// <summary>
    /// A model with these values. It takes them over: they leave their scopes, require gradients from now on, and are disposed with it.
    /// </summary>
    /// <param name="config">the shape</param>
    /// <param name="tensors">
    /// every parameter of the shape by name, and <c>final_logits_bias</c> (V), which is no parameter; zero when absent
    /// </param>
    /// <exception cref="InvalidDataException">a tensor is missing, unknown, or of another shape</exception>
    public Transformer(ModelConfig config, IReadOnlyDictionary<string, Tensor> tensors)
    {
        ArgumentNullException.ThrowIfNull(config);
        ArgumentNullException.ThrowIfNull(tensors);
        Config = config;
        var specs = ParameterSpec.Of(config);
        Check(specs, tensors);
        Parameters = [.. specs.Select(spec => new Parameter(spec, tensors[spec.Name].DetachFromDisposeScope().requires_grad_()))];
        _byName = Parameters.ToDictionary(p => p.Name, p => p.Value, StringComparer.Ordinal);
        var wte = this["transformer.wte.weight"];
        FinalLogitsBias = tensors.TryGetValue(FinalLogitsBiasName, out var bias)
            ? bias
            : torch.zeros([config.VocabSize], wte.dtype, wte.device);
        FinalLogitsBias.DetachFromDisposeScope();
        _layers = Layers(_byName.GetValueOrDefault);
    }

    /// <summary>The name of the constant in files.</summary>
    internal const string FinalLogitsBiasName = "final_logits_bias";

    /// <summary>The name of the position embedding in files.</summary>
    internal const string PositionsName = "transformer.wpe.weight";

    /// <summary>
    /// The name of a matrix (d, H) that a forward pass may be given: what attention writes for each head per unit of attention that the
    /// head gives to tokens, which is all of it but for the sink's share.
    /// </summary>
    internal static string AttentionMassName(int layer) => $"transformer.h.{layer}.attn.c_mass.weight";

    /// <summary>The shape.</summary>
    public ModelConfig Config { get; }

    /// <summary>The parameters, in the order of <see cref="ParameterSpec.Of"/>.</summary>
    public IReadOnlyList<Parameter> Parameters { get; }

    /// <summary>
    /// A constant that is added to the logits, (V); zero in models trained here, present because released models have it.
    /// </summary>
    public Tensor FinalLogitsBias { get; }

    /// <summary>Which code multiplies by the weights; default by their density.</summary>
    public KernelChoice Kernels { get; set; }

    /// <summary>How exactly the weights' gradients are made; default float32.</summary>
    public WeightGradient WeightGradient { get; set; }

    /// <summary>
    /// Whether a forward pass calls its hook at <see cref="NodeLocation.FinalResid"/> too, where AbsTopK never acts; default no.
    /// </summary>
    public bool HooksFinalResid { get; set; }

    /// <summary>Linear maps of a forward pass.</summary>
    public int LinearMaps => (4 * Config.NLayer) + 1;

    /// <summary>
    /// Of the linear maps of the last loss or forward pass over all positions, how many went by the entries of their weight.
    /// </summary>
    public int SparseMaps { get; private set; }

    /// <summary>The parameter of this name.</summary>
    public Tensor this[string name] => _byName[name];

    /// <summary>
    /// A new model: N(0, std), output projections std / √(2 n_layer), bigram table U(0, bigram), biases and sinks 0, gains 1.
    /// </summary>
    /// <param name="config">the shape</param>
    /// <param name="generator">the source of the draws, on the CPU whatever the device, so that the model does not depend on it</param>
    /// <param name="std">standard deviation; paper-like 0.02</param>
    /// <param name="bigram">the bigram table's largest value; the authors' script has 0.02</param>
    /// <param name="device">where the model will live; default the CPU</param>
    public static Transformer Create(
        ModelConfig config, torch.Generator generator, double std = 0.02, double bigram = 0.02, Device? device = null)
    {
        using var scope = torch.NewDisposeScope();
        var tensors = ParameterSpec.Of(config).ToDictionary(
            spec => spec.Name, spec => Initial(spec).to(device ?? torch.CPU), StringComparer.Ordinal);
        return new Transformer(config, tensors);

        Tensor Initial(ParameterSpec spec) => spec.Kind switch
        {
            ParameterKind.Embedding or ParameterKind.PositionEmbedding or ParameterKind.Matrix =>
                torch.empty([.. spec.Shape]).normal_(0, std, generator),
            ParameterKind.OutputProjection => torch.empty([.. spec.Shape]).normal_(0, std / Math.Sqrt(2 * config.NLayer), generator),
            ParameterKind.NormGain => torch.ones([.. spec.Shape]),
            ParameterKind.BigramTable => torch.empty([.. spec.Shape]).uniform_(0, bigram, generator),
            _ => torch.zeros([.. spec.Shape]),
        };
    }

    /// <summary>The logits of the next token.</summary>
    /// <param name="tokens">token ids, int64 (B, T), T at most n_ctx</param>
    /// <param name="positions">
    /// int64 (B): the one position of each sequence whose logits are wanted; the last layer is then computed only where these need it. Null
    /// for all positions.
    /// </param>
    /// <param name="node">reads, replaces or masks node locations; null for none</param>
    /// <param name="tap">reads or replaces other values; null for none</param>
    /// <param name="weights">
    /// by their names, tensors that take the place of parameters of the layers in this pass; and <see cref="AttentionMassName"/>, which no
    /// model has. Null for none. They have the shapes of the parameters, but that a map may read what a hook of its location gives, and
    /// write what a hook of its location takes and makes the location's width of.
    /// </param>
    /// <returns>(B, T, V), or (B, V) where positions are given</returns>
    public Tensor Forward(
        Tensor tokens, Tensor? positions = null, NodeHook? node = null, ValueTap? tap = null,
        IReadOnlyDictionary<string, Tensor>? weights = null)
    {
        ArgumentNullException.ThrowIfNull(tokens);
        using var scope = torch.NewDisposeScope();
        var layers = weights is null ? _layers : Layers(name => weights.GetValueOrDefault(name) ?? _byName.GetValueOrDefault(name));
        SparseMaps = 0;
        var x = Through(layers, Embedded(tokens), 0, afterAttention: false, positions, tokens.size(1), node, tap); // (B, Q, d)
        return Logits(x, tokens, positions, node, tap).MoveToOuterDisposeScope();
    }

    /// <summary>The logits of the next token at all positions when a residual has a given value: the rest of the model alone.</summary>
    /// <param name="from">
    /// a residual: {layer}.resid_in, {layer}.resid_mid or final_resid; hooks and taps begin behind it
    /// </param>
    /// <param name="x">its value, (B, T, d)</param>
    /// <param name="tokens">the tokens, int64 (B, T), whose rows of the bigram table the logits get</param>
    /// <param name="node">as in <see cref="Forward"/></param>
    /// <param name="tap">as in <see cref="Forward"/></param>
    /// <returns>(B, T, V)</returns>
    /// <exception cref="ArgumentException">the location is no residual of this model, or the shapes do not fit it</exception>
    public Tensor ForwardFrom(ValueLocation from, Tensor x, Tensor tokens, NodeHook? node = null, ValueTap? tap = null)
    {
        ArgumentNullException.ThrowIfNull(x);
        ArgumentNullException.ThrowIfNull(tokens);
        if (!from.IsResidual || !from.IsIn(Config.NLayer))
            throw new ArgumentException($"{from} is no residual of a model of {Config.NLayer} layers", nameof(from));
        if (!x.shape.SequenceEqual([.. tokens.shape, Config.DModel]))
        {
            throw new ArgumentException(
                $"{from} is {x.Describe()} for tokens {tokens.Describe()}: expected (B, T, {Config.DModel})", nameof(x));
        }
        using var scope = torch.NewDisposeScope();
        SparseMaps = 0;
        if (from.Site != ValueSite.FinalResid)
            x = Through(_layers, x, from.Layer, from.Site == ValueSite.ResidMid, null, tokens.size(1), node, tap, isGiven: true);
        return Logits(x, tokens, null, node, from.Site == ValueSite.FinalResid ? null : tap).MoveToOuterDisposeScope();
    }

    /// <summary>The value at a location at all positions; what comes behind it is not computed.</summary>
    /// <param name="at">a location of this model</param>
    /// <param name="tokens">token ids, int64 (B, T)</param>
    /// <param name="sums">whether of a residual the value before AbsTopK is wanted, in models where it acts there</param>
    /// <returns>(B, T, width of the location)</returns>
    /// <exception cref="ArgumentException">the model has no such location</exception>
    public Tensor ValueAt(ValueLocation at, Tensor tokens, bool sums = false)
    {
        ArgumentNullException.ThrowIfNull(tokens);
        if (!at.IsIn(Config.NLayer)) throw new ArgumentException($"a model of {Config.NLayer} layers has no {at}", nameof(at));
        using var scope = torch.NewDisposeScope();
        SparseMaps = 0;
        var whole = Math.Min(at.Layer, Config.NLayer);
        var x = Through(_layers[..whole], Embedded(tokens), 0, afterAttention: false, null, tokens.size(1), null, null);
        if (at.Site == ValueSite.FinalResid || (at.Site == ValueSite.ResidIn && sums)) return x.MoveToOuterDisposeScope();
        x = Residual(x);
        if (at.Site == ValueSite.ResidIn) return x.MoveToOuterDisposeScope();
        Tensor? found = null;
        var node = at.Node;
        var pass = new Pass(
            whole, null, PositionsOf(tokens.size(1)), node is null ? null : (location, value) => Find(location == node, value),
            node is null ? (name, value) => Find(name == at.Name, value) : null);
        x = Attention(_layers[whole], x, pass);
        if (!(at.Site == ValueSite.ResidMid && sums)) x = Residual(x);
        if (at.Site == ValueSite.ResidMid) return x.MoveToOuterDisposeScope();
        if (at.Site > ValueSite.ResidMid) Mlp(_layers[whole], x, pass);
        return found!.MoveToOuterDisposeScope();

        Tensor Find(bool isIt, Tensor value)
        {
            // The value itself goes with the scope of its sublayer.
            if (isIt) found = value.alias().MoveToOtherDisposeScope(scope);
            return value;
        }
    }

    private Tensor Embedded(Tensor tokens)
    {
        long length = tokens.size(1);
        if (length > Config.NCtx)
            throw new ArgumentException($"sequences have {length} tokens: expected at most n_ctx, {Config.NCtx}", nameof(tokens));
        var x = embedding(tokens, this["transformer.wte.weight"]); // (B, T, d)
        if (Config.AdditivePositions) x += this[PositionsName].narrow(0, 0, length); // (T, d)
        return x;
    }

    // (T, dPosEmb) or null.
    private Tensor? PositionsOf(long length) => Config.DPosEmb == 0 ? null : this[PositionsName].narrow(0, 0, length);

    // The residual behind the last of the layers. Where it is given, there is no tap of it.
    private Tensor Through(
        Layer[] layers, Tensor x, int first, bool afterAttention, Tensor? positions, long length, NodeHook? node, ValueTap? tap,
        bool isGiven = false)
    {
        if (first >= layers.Length) return x;
        using var scope = torch.NewDisposeScope();
        var pos = PositionsOf(length);
        for (var i = first; i < layers.Length; i++)
        {
            using var layerScope = torch.NewDisposeScope();
            var pass = new Pass(i, i == Config.NLayer - 1 ? positions : null, pos, node, tap);
            var isFirst = isGiven && i == first;
            if (!(isFirst && afterAttention))
            {
                if (!isFirst) x = Residual(pass, "resid_in", x);
                x = Residual(pass, "resid_mid", Attention(layers[i], x, pass)); // (B, Q, d)
            }
            x = Mlp(layers[i], x, pass).MoveToOuterDisposeScope(); // (B, Q, d)
        }
        return x.MoveToOuterDisposeScope();
    }

    // (B, Q, d) → (B, T, V), or (B, V) where positions are given.
    private Tensor Logits(Tensor x, Tensor tokens, Tensor? positions, NodeHook? node, ValueTap? tap)
    {
        using var scope = torch.NewDisposeScope();
        if (tap is not null) x = tap("final_resid", x);
        if (HooksFinalResid && node is not null) x = node(NodeLocation.FinalResid, x);
        var logits = Linear(RmsNorm(x, this["transformer.ln_f.weight"]), this["lm_head.weight"], FinalLogitsBias); // (B, Q, V)
        if (Config.BigramTable)
            logits = add_embedding_(logits, positions is null ? tokens : tokens.gather(1, positions.unsqueeze(1)), this["bigram_table"]);
        return (positions is null ? logits : logits.squeeze(1)).MoveToOuterDisposeScope();
    }

    /// <summary>The mean cross-entropy of the next token, nats.</summary>
    /// <param name="tokens">token ids, int64 (B, T)</param>
    /// <param name="targets">the tokens that follow, int64 (B, T)</param>
    /// <param name="node">as in <see cref="Forward"/></param>
    /// <param name="tap">as in <see cref="Forward"/></param>
    /// <returns>a scalar</returns>
    public Tensor Loss(Tensor tokens, Tensor targets, NodeHook? node = null, ValueTap? tap = null)
    {
        ArgumentNullException.ThrowIfNull(tokens);
        ArgumentNullException.ThrowIfNull(targets);
        if (node is null && tap is null && PassLoss(tokens, targets) is { } loss) return tensor((float)loss);
        using var scope = torch.NewDisposeScope();
        var logits = Forward(tokens, null, node, tap);
        return cross_entropy(logits.view(-1, Config.VocabSize), targets.reshape(-1)).MoveToOuterDisposeScope();
    }

    /// <summary>Frees the parameters.</summary>
    public void Dispose()
    {
        foreach (var parameter in Parameters) parameter.Value.Dispose();
        FinalLogitsBias.Dispose();
    }

    /// <summary>The residual after attention, (B, Q, d).</summary>
    private Tensor Attention(Layer w, Tensor x, Pass pass)
    {
        using var scope = torch.NewDisposeScope();
        long d = Config.DModel;
        var a = Node(pass, NodeSite.AttnActIn, Read(x, w.Ln1, w.LnP1, pass)); // (B, T, dRead)
        var at = pass.At is null ? null : Linear(pass.Pick(a), w.CAttn.narrow(0, 0, d), w.CAttnBias.narrow(0, 0, d)); // (B, 1, d)
        var qkv = at is null
            ? Linear(a, w.CAttn, w.CAttnBias, 3)
            : [at, .. Linear(a, w.CAttn.narrow(0, d, 2 * d), w.CAttnBias.narrow(0, d, 2 * d), 2)];
        var q = Node(pass, NodeSite.AttnQ, qkv[0]); // (B, Q, d)
        var k = Node(pass, NodeSite.AttnK, qkv[1]); // (B, T, d)
        var v = Node(pass, NodeSite.AttnV, qkv[2]); // (B, T, d)
        var y = causal_attention(q, k, v, Config.NHead, w.SinkLogit, pass.At); // (B, Q, d)
        y = pass.See($"{pass.Layer}.attn.y", y);
        var delta = Linear(y, w.AttnProj, w.AttnProjBias); // (B, Q, d)
        if (w.AttnMass is not null) delta += torch.nn.functional.linear(AttentionMass(q, k, w, pass), w.AttnMass);
        return Add(pass, pass.Pick(x), NodeSite.AttnResidDelta, delta).MoveToOuterDisposeScope();
    }

    /// <summary>How much attention each head gives to tokens, (B, Q, H).</summary>
    private Tensor AttentionMass(Tensor q, Tensor k, Layer w, Pass pass) =>
        causal_attention(q, k, torch.ones_like(k), Config.NHead, w.SinkLogit, pass.At).view(
            q.size(0), q.size(1), Config.NHead, -1).select(3, 0);

    /// <summary>The residual after the MLP, (B, Q, d).</summary>
    private Tensor Mlp(Layer w, Tensor x, Pass pass)
    {
        using var scope = torch.NewDisposeScope();
        var a = Node(pass, NodeSite.MlpActIn, Read(x, w.Ln2, w.LnP2, pass)); // (B, Q, dRead)
        var h = Node(pass, NodeSite.MlpPostAct, gelu(Linear(a, w.CFc, w.CFcBias))); // (B, Q, dMlp)
        return Add(pass, x, NodeSite.MlpResidDelta, Linear(h, w.MlpProj, w.MlpProjBias)).MoveToOuterDisposeScope();
    }

    /// <summary>What a sublayer goes on from, of the sum of what was written before it.</summary>
    private Tensor Residual(Tensor sum)
    {
        var k = Config.TopKOfResidual();
        return k == Config.DModel ? sum : abs_topk(sum, k);
    }

    /// <summary>The same, seen before and after.</summary>
    private Tensor Residual(Pass pass, string site, Tensor sum)
    {
        var name = $"{pass.Layer}.{site}";
        if (Config.TopKOfResidual() < Config.DModel) sum = pass.See(SumName(name), sum);
        return pass.See(name, Residual(sum));
    }

    /// <summary>The name by which a tap sees a residual before AbsTopK, in models where it acts on residuals.</summary>
    internal static string SumName(string residual) => $"{residual}.sum";

    /// <summary>A residual before AbsTopK, where it acts on residuals, of the values that a tap saw.</summary>
    internal static Tensor SumOf(IReadOnlyDictionary<string, Tensor> seen, string residual) =>
        seen.GetValueOrDefault(SumName(residual)) ?? seen[residual];

    /// <summary>What <see cref="ValueAt"/> gives at a residual, of what it gives there before AbsTopK.</summary>
    internal Tensor ResidualOf(ValueLocation at, Tensor sum) => at.Site == ValueSite.FinalResid ? sum : Residual(sum);

    private Tensor Linear(Tensor x, Tensor weight, Tensor bias)
    {
        var y = linear(x, weight, bias, Kernels, out var byEntries);
        if (byEntries) SparseMaps++;
        return y;
    }

    // In equal pieces of the last dimension.
    private Tensor[] Linear(Tensor x, Tensor weight, Tensor bias, int pieces)
    {
        var y = Linear(x, weight, bias);
        var width = weight.size(0) / pieces;
        return [.. Enumerable.Range(0, pieces).Select(i => y.narrow(-1, i * width, width))];
    }

    /// <summary>AbsTopK, then the hook.</summary>
    private Tensor Node(Pass pass, NodeSite site, Tensor x)
    {
        // Weights that are given for a pass may make a value wider than the location: then there is nothing to choose from either.
        var kept = Config.TopK(site) == Config.Width(site) ? x.alias() : abs_topk(x, Config.TopK(site));
        return pass.Node is null ? kept : pass.Node(new NodeLocation(pass.Layer, site), kept);
    }

    /// <summary>The residual and what a sublayer writes to it.</summary>
    private Tensor Add(Pass pass, Tensor residual, NodeSite site, Tensor delta) =>
        pass.Node is null ? add_abs_topk(residual, delta, Config.TopK(site)) : residual + Node(pass, site, delta);

    /// <summary>
    /// What a sublayer reads: the normalised residual and, beside it, the normalised positions, which no layer can write to.
    /// </summary>
    private Tensor Read(Tensor x, Tensor gain, Tensor? posGain, Pass pass)
    {
        using var scope = torch.NewDisposeScope();
        var read = rms_norm(x, gain, Config.RmsNormEps); // (B, Q, d)
        if (posGain is null) return read.MoveToOuterDisposeScope();
        var pos = RmsNorm(pass.Positions!, posGain).unsqueeze(0).expand(x.size(0), -1, -1); // (B, T, dPosEmb)
        // The MLP of the last layer may see picked positions only; then so must its position channels be.
        if (x.size(1) != pos.size(1)) pos = pass.Pick(pos);
        return torch.cat([read, pos], -1).MoveToOuterDisposeScope(); // (B, Q, dRead)
    }

    /// <summary>RMSNorm over the last dimension with this model's ε.</summary>
    internal Tensor RmsNorm(Tensor x, Tensor gain) => rms_norm(x, gain, Config.RmsNormEps);

    private static void Check(IReadOnlyList<ParameterSpec> specs, IReadOnlyDictionary<string, Tensor> tensors)
    {
        foreach (var spec in specs)
        {
            if (!tensors.TryGetValue(spec.Name, out var tensor))
                throw new InvalidDataException(
                    $"the model has no tensor {spec.Name}: expected one of shape [{string.Join(", ", spec.Shape)}]");
            if (!tensor.shape.SequenceEqual(spec.Shape))
                throw new InvalidDataException(
                    $"tensor {spec.Name} has shape [{string.Join(", ", tensor.shape)}]: expected [{string.Join(", ", spec.Shape)}]");
        }
        var unknown = tensors.Keys.Except(specs.Select(spec => spec.Name)).Where(name => name != FinalLogitsBiasName).Order(
            StringComparer.Ordinal).ToList();
        if (unknown.Count > 0) throw new InvalidDataException($"the config has no place for {string.Join(", ", unknown)}");
    }

    private Layer[] Layers(Func<string, Tensor?> find) => [.. Enumerable.Range(0, Config.NLayer).Select(i => new Layer(find, i))];

    /// <summary>The parameters of one layer.</summary>
    /// <param name="find">the tensor of a name, or null</param>
    /// <param name="layer">0-based layer</param>
    private sealed class Layer(Func<string, Tensor?> find, int layer)
    {
        public Tensor Ln1 { get; } = find($"transformer.h.{layer}.ln_1.weight")!; // (d)
        public Tensor? LnP1 { get; } = find($"transformer.h.{layer}.ln_p1.weight"); // (dPosEmb)
        public Tensor CAttn { get; } = find($"transformer.h.{layer}.attn.c_attn.weight")!; // (3d, dRead): q, k, v
        public Tensor CAttnBias { get; } = find($"transformer.h.{layer}.attn.c_attn.bias")!; // (3d)
        public Tensor? SinkLogit { get; } = find($"transformer.h.{layer}.attn.attn_imp.sink_logit"); // (H)
        public Tensor AttnProj { get; } = find($"transformer.h.{layer}.attn.c_proj.weight")!; // (d, d)
        public Tensor AttnProjBias { get; } = find($"transformer.h.{layer}.attn.c_proj.bias")!; // (d)
        public Tensor? AttnMass { get; } = find(AttentionMassName(layer)); // (d, H)
        public Tensor Ln2 { get; } = find($"transformer.h.{layer}.ln_2.weight")!; // (d)
        public Tensor? LnP2 { get; } = find($"transformer.h.{layer}.ln_p2.weight"); // (dPosEmb)
        public Tensor CFc { get; } = find($"transformer.h.{layer}.mlp.c_fc.weight")!; // (dMlp, dRead)
        public Tensor CFcBias { get; } = find($"transformer.h.{layer}.mlp.c_fc.bias")!; // (dMlp)
        public Tensor MlpProj { get; } = find($"transformer.h.{layer}.mlp.c_proj.weight")!; // (d, dMlp)
        public Tensor MlpProjBias { get; } = find($"transformer.h.{layer}.mlp.c_proj.bias")!; // (d)
    }

    /// <summary>What one layer of one forward pass shares.</summary>
    /// <param name="Layer">0-based layer</param>
    /// <param name="At">(B), the positions wanted of this layer, or null for all</param>
    /// <param name="Positions">(T, dPosEmb) or null</param>
    /// <param name="Node">the hook</param>
    /// <param name="Tap">the tap</param>
    private sealed record Pass(int Layer, Tensor? At, Tensor? Positions, NodeHook? Node, ValueTap? Tap)
    {
        /// <summary>(B, T, C) → (B, Q, C): the wanted positions.</summary>
        public Tensor Pick(Tensor x) => At is null ? x : x.gather(1, At.view(-1, 1, 1).expand(-1, 1, x.size(-1)));

        /// <summary>The value that the pass goes on with.</summary>
        public Tensor See(string name, Tensor x) => Tap is null ? x : Tap(name, x);
    }
}
