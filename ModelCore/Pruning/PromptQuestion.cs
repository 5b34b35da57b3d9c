using Sweeps.ModelCore.Data;
using Sweeps.ModelCore.Model;
using TorchSharp;
using static TorchSharp.torch;

namespace Sweeps.ModelCore.Pruning;

/// <summary>Finds a <see cref="PromptAnswer"/>.</summary>
/// <param name="model">the model</param>
/// <param name="tokenizer">its tokenizer</param>
internal sealed class PromptQuestion(FrozenModel model, Tokenizer tokenizer)
{
    /// <summary>Most tokens of a prompt whose attention patterns are given: they grow with its square.</summary>
    private const int MostOfPatterns = 256;

    /// <summary>Asks.</summary>
    /// <param name="prompt">text; at least one token, and at most as many as the model's context</param>
    /// <param name="circuits">of the model</param>
    /// <param name="top">how many next tokens to give</param>
    /// <param name="patterns">whether to give attention patterns</param>
    /// <exception cref="InvalidDataException">the prompt has no token, or too many</exception>
    internal PromptAnswer Ask(string prompt, IReadOnlyList<CircuitFile> circuits, int top, bool patterns)
    {
        var ids = tokenizer.Encode(prompt);
        if (ids.Length == 0 || ids.Length > model.Config.NCtx)
            throw new InvalidDataException($"the prompt has {ids.Length} tokens: expected 1 to {model.Config.NCtx}, the model's context");
        if (patterns && ids.Length > MostOfPatterns)
            throw new InvalidDataException(
                $"the prompt has {ids.Length} tokens: expected at most {MostOfPatterns} where attention patterns are asked for");
        using var noGradient = torch.no_grad();
        using var scope = torch.NewDisposeScope();
        var tokens = torch.tensor(Array.ConvertAll(ids, id => (long)id), device: model.Device).unsqueeze(0); // (1, T)
        var heads = new HeadPatterns(model, patterns ? circuits.SelectMany(HeadsOf) : []);
        var logits = Logits(tokens, (location, value) =>
        {
            heads.See(location, value);
            return value;
        });
        var likely = torch.softmax(torch.tensor(logits), 0).Values<float>();
        return new PromptAnswer(
            Array.ConvertAll(ids, tokenizer.Display),
            [.. Enumerable.Range(0, likely.Length).OrderByDescending(id => likely[id]).Take(top).Select(
                id => new TokenProbability(tokenizer.Display(id), id, likely[id]))],
            [.. circuits.Select(circuit => Of(circuit, tokens, Difference(logits, circuit), patterns))], heads.Found);
    }

    private CircuitAnswer Of(CircuitFile circuit, Tensor tokens, double whole, bool patterns)
    {
        var nodes = new List<NodeActivation>();
        var kept = circuit.Nodes.ToDictionary(at => at.Location, at => at.Channels, StringComparer.Ordinal);
        var heads = new HeadPatterns(model, patterns ? HeadsOf(circuit) : []);
        var ablate = model.Ablation(model.Gates(circuit.KeptNodes(model.Layout)));
        var logits = Logits(tokens, (location, value) =>
        {
            if (kept.TryGetValue(location.ToString(), out var channels))
            {
                var (values, width, means) = (value.Values<float>(), model.Layout.Width(location), model.Mean(location).Values<float>());
                nodes.AddRange(channels.Select(channel => Activation(location.ToString(), channel, values, width, means[channel])));
            }
            var left = ablate(location, value);
            heads.See(location, left);
            return left;
        });
        var difference = (circuit.Losses.Scale * Difference(logits, circuit)) + circuit.Losses.Shift;
        return new CircuitAnswer(
            circuit.Task, circuit.Tokens.A.Token, circuit.Tokens.B.Token, Sigmoid(whole), Sigmoid(difference), nodes, heads.Found);
    }

    private static NodeActivation Activation(string location, int channel, float[] all, int width, float mean)
    {
        float[] values = [.. Enumerable.Range(0, all.Length / width).Select(position => all[(position * width) + channel])];
        var at = Enumerable.Range(0, values.Length).MaxBy(position => Math.Abs(values[position] - mean));
        return new NodeActivation(CircuitEdge.Node(location, channel), mean, values[^1], values[at], at, values);
    }

    /// <summary>The heads of which a circuit has queries, keys or values.</summary>
    private IEnumerable<(int Layer, int Head)> HeadsOf(CircuitFile circuit) =>
        from at in circuit.Nodes
        let location = NodeLocation.Parse(at.Location)
        where location.Site is NodeSite.AttnQ or NodeSite.AttnK or NodeSite.AttnV
        from channel in at.Channels
        select (location.Layer, channel / model.Config.DHead);

    /// <summary>The logits behind the last token, (V); nodes have their values at every token.</summary>
    private float[] Logits(Tensor tokens, NodeHook node)
    {
        using var scope = torch.NewDisposeScope();
        return model.Model.Forward(tokens, node: node)[0, -1].Values<float>();
    }

    private static double Difference(float[] logits, CircuitFile circuit) => logits[circuit.Tokens.A.Id] - logits[circuit.Tokens.B.Id];

    private static double Sigmoid(double x) => 1 / (1 + Math.Exp(-x));
}
