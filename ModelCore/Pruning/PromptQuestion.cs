using Sweeps.ModelCore.Data;
using TorchSharp;
using static TorchSharp.torch;

namespace Sweeps.ModelCore.Pruning;

/// <summary>Finds a <see cref="PromptAnswer"/>.</summary>
/// <param name="model">the model</param>
/// <param name="tokenizer">its tokenizer</param>
internal sealed class PromptQuestion(FrozenModel model, Tokenizer tokenizer)
{
    /// <summary>Asks.</summary>
    /// <param name="prompt">text; at least one token, and at most as many as the model's context</param>
    /// <param name="circuits">of the model</param>
    /// <param name="top">how many next tokens to give</param>
    /// <exception cref="InvalidDataException">the prompt has no token, or too many</exception>
    internal PromptAnswer Ask(string prompt, IReadOnlyList<CircuitFile> circuits, int top)
    {
        var ids = tokenizer.Encode(prompt);
        if (ids.Length == 0 || ids.Length > model.Config.NCtx)
            throw new InvalidDataException($"the prompt has {ids.Length} tokens: expected 1 to {model.Config.NCtx}, the model's context");
        using var noGradient = torch.no_grad();
        using var scope = torch.NewDisposeScope();
        var tokens = torch.tensor(Array.ConvertAll(ids, id => (long)id), device: model.Device).unsqueeze(0);
        var last = torch.tensor(new long[] { ids.Length - 1 }, device: model.Device);
        var logits = Logits(tokens, last);
        var likely = torch.softmax(torch.tensor(logits), 0).Values<float>();
        return new PromptAnswer(
            Array.ConvertAll(ids, tokenizer.Display),
            [.. Enumerable.Range(0, likely.Length).OrderByDescending(id => likely[id]).Take(top).Select(
                id => new TokenProbability(tokenizer.Display(id), id, likely[id]))],
            [.. circuits.Select(circuit => Of(circuit, tokens, last, Difference(logits, circuit)))]);
    }

    private CircuitAnswer Of(CircuitFile circuit, Tensor tokens, Tensor last, double whole)
    {
        var nodes = new List<NodeActivation>();
        var kept = circuit.Nodes.ToDictionary(at => at.Location, at => at.Channels, StringComparer.Ordinal);
        var logits = Logits(tokens, last, model.Gates(circuit.KeptNodes(model.Layout)), (location, value) =>
        {
            if (!kept.TryGetValue(location.ToString(), out var channels)) return;
            var (values, width, means) = (value.Values<float>(), model.Layout.Width(location), model.Mean(location).Values<float>());
            nodes.AddRange(channels.Select(channel => Activation(location.ToString(), channel, values, width, means[channel])));
        });
        var difference = (circuit.Losses.Scale * Difference(logits, circuit)) + circuit.Losses.Shift;
        return new CircuitAnswer(circuit.Task, circuit.Tokens.A.Token, circuit.Tokens.B.Token, Sigmoid(whole), Sigmoid(difference), nodes);
    }

    private static NodeActivation Activation(string location, int channel, float[] values, int width, float mean)
    {
        // The last location is computed at the last token alone.
        var count = values.Length / width;
        var at = Enumerable.Range(0, count).MaxBy(position => Math.Abs(values[(position * width) + channel] - mean));
        return new NodeActivation(
            CircuitEdge.Node(location, channel), mean, values[((count - 1) * width) + channel], values[(at * width) + channel], at);
    }

    private float[] Logits(Tensor tokens, Tensor last, Tensor? gates = null, Action<Contracts.NodeLocation, Tensor>? see = null) =>
        model.Logits(tokens, last, gates, see).squeeze(0).Values<float>();

    private static double Difference(float[] logits, CircuitFile circuit) => logits[circuit.Tokens.A.Id] - logits[circuit.Tokens.B.Id];

    private static double Sigmoid(double x) => 1 / (1 + Math.Exp(-x));
}
