using System.Globalization;
using System.Text;
using System.Text.Json;
using Sweeps.ModelCore.Pruning;

namespace Sweeps.Orchestrator.Reports;

/// <summary>Prints a circuit as a wiring list: for every node what it reads, what reads it, and the tokens it touches.</summary>
internal static class CircuitPrinter
{
    private const int ExamplesShown = 3;

    /// <summary>The list as text, grouped by sublayer, in the order a token meets the nodes.</summary>
    public static string Text(CircuitFile circuit)
    {
        var list = Wiring.Of(circuit);
        var text = new StringBuilder();
        text.Append(CultureInfo.InvariantCulture, $"{circuit.Task} in {circuit.Model.Path}\n");
        text.Append(CultureInfo.InvariantCulture, $"  {circuit.TaskRule}\n");
        text.Append(CultureInfo.InvariantCulture, $"  {Summary(circuit)}\n");
        if (circuit.Checks is { } checks) text.Append(CultureInfo.InvariantCulture, $"  {Checks(checks)}\n");
        text.Append(
            CultureInfo.InvariantCulture,
            $"  every other node is replaced by its {circuit.Ablation}; A is {Quote(circuit.Tokens.A)}, B is {Quote(circuit.Tokens.B)}\n");
        foreach (var group in list.Nodes.GroupBy(n => n.Sublayer))
        {
            text.Append(CultureInfo.InvariantCulture, $"\n{group.Key}\n");
            foreach (var node in group)
            {
                text.Append(CultureInfo.InvariantCulture, $"  {node.Name}\n");
                if (node.Effect is { } effect) Line(text, "without it", [$"{Format.Signed(effect)} nats"]);
                if (node.Sign is { } sign)
                    Line(text, "sign tells", [$"{Format.Percent(sign.Accuracy)} of labels (area {Format.Loss(sign.Auc)})"]);
                if (node.OnPairs is { } pairs)
                    Line(
                        text, "on pairs",
                        [
                            $"A {Format.Signed(pairs.A)} (at the last token {Format.Signed(pairs.LastA)})",
                            $"B {Format.Signed(pairs.B)} ({Format.Signed(pairs.LastB)})",
                        ]);
                Line(text, "most on", node.Top.Take(ExamplesShown).Select(Example));
                Line(text, "least on", node.Bottom.Take(ExamplesShown).Select(Example));
                Line(text, "embeds", node.Embeds.Select(t => $"{Quote(t)} {Format.Signed(t.Weight)}"));
                Line(text, "residual from", node.ResidualFrom);
                Line(text, "in", node.In.Select(e => $"{e.Node} {Format.Signed(e.Weight)}"));
                Line(text, "out", node.Out.Select(e => $"{e.Node} {Format.Signed(e.Weight)}"));
                Line(text, "residual to", node.ResidualTo);
                if (node.Unembeds is { } u) Line(text, "says", [$"A {Format.Signed(u.WeightA)}", $"B {Format.Signed(u.WeightB)}"]);
            }
        }
        if (circuit.Checks is { } found) CircuitEvidence.Append(text, found);
        return text.ToString();
    }

    public static string Json(CircuitFile circuit) => JsonSerializer.Serialize(Wiring.Of(circuit), JobJson.Indented) + "\n";

    private static string Summary(CircuitFile c)
    {
        var l = c.Losses;
        return $"{Format.Count(c.NodeCount)} nodes, {Format.Count(c.EdgeCount)} edges; loss {Format.Loss(l.Validation)} "
            + $"({Format.Loss(l.ValidationBefore)} before calibration), "
            + $"test {Format.Loss(l.Test)}, accuracy {Format.Percent(l.TestAccuracy)}; target {Format.Short(c.TargetLoss)} "
            + $"{(c.TargetReached ? "reached" : "missed")}";
    }

    private static string Checks(CircuitChecks c) =>
        $"test loss with only the circuit {Format.Loss(c.Sufficiency)}, without it {Format.Loss(c.Necessity)}, the rest resampled "
            + $"{Format.Loss(c.Resample)}, two values per node {Format.Loss(c.Binarized)}";

    private static void Line(StringBuilder text, string label, IEnumerable<string> items)
    {
        var joined = string.Join(", ", items);
        if (joined.Length > 0) text.Append(CultureInfo.InvariantCulture, $"    {label,-14}{joined}\n");
    }

    private static string Example(NodeExample e) => $"‘{Escape(e.Before)}▸{Escape(e.Token)}’ {Format.Signed(e.Value)}";

    private static string Quote(TokenWeight token) => $"‘{Escape(token.Token)}’";

    private static string Escape(string text) =>
        text.Replace("\n", "\\n", StringComparison.Ordinal).Replace("\t", "\\t", StringComparison.Ordinal);

    /// <summary>What is printed, as data.</summary>
    private sealed record Wiring(
        string Task, ArtifactRef Model, int NodeCount, int EdgeCount, bool TargetReached, CircuitLosses Losses, CircuitChecks? Checks,
        IReadOnlyList<WiredNode> Nodes)
    {
        public static Wiring Of(CircuitFile circuit)
        {
            var graph = CircuitGraph.Of(circuit);
            var (into, from) = (graph.Edges.ToLookup(e => e.To), graph.Edges.ToLookup(e => e.From));
            var links = graph.ResidualLinks().ToList();
            var (written, read) = (links.ToLookup(l => l.Read, l => l.Write), links.ToLookup(l => l.Write, l => l.Read));
            string Name(int i) => graph.Nodes[i].Name;
            var effects = circuit.Checks?.Effects.ToDictionary(e => e.Node, e => e.Effect, StringComparer.Ordinal) ?? [];
            var signs = circuit.Checks?.Signs.ToDictionary(n => n.Node, StringComparer.Ordinal) ?? [];
            var onPairs = (circuit.Checks?.Pairs ?? []).SelectMany(p => p.Nodes).ToLookup(n => n.Node, StringComparer.Ordinal);
            var activities = circuit.Checks?.Activities.ToDictionary(a => a.Node, StringComparer.Ordinal) ?? [];
            return new Wiring(
                circuit.Task, circuit.Model, circuit.NodeCount, circuit.EdgeCount, circuit.TargetReached, circuit.Losses, circuit.Checks,
                [.. graph.Nodes.Select((node, i) => new WiredNode(
                Name(i),
                effects.TryGetValue(Name(i), out var effect) ? effect : null,
                signs.GetValueOrDefault(Name(i)),
                onPairs.Contains(Name(i)) ? WiredPairs.Of([.. onPairs[Name(i)]]) : null,
                activities.GetValueOrDefault(Name(i))?.Top ?? [],
                activities.GetValueOrDefault(Name(i))?.Bottom ?? [],
                Sublayer(node.Location),
                node.ReadsResidual ? circuit.Tokens.Embeddings.FirstOrDefault(e => e.Channel == node.Channel)?.Tokens ?? [] : [],
                [.. written[i].Select(Name)],
                [.. into[i].Select(e => new WiredEdge(Name(e.From), e.Weight))],
                [.. from[i].Select(e => new WiredEdge(Name(e.To), e.Weight))],
                [.. read[i].Select(Name)],
                node.WritesResidual || node.Location.Site == NodeSite.FinalResid
                    ? circuit.Tokens.Unembeddings.FirstOrDefault(u => u.Channel == node.Channel)
                    : null))]);
        }
    }

    private static string Sublayer(NodeLocation location) => location.Site == NodeSite.FinalResid
        ? "unembedding"
        : $"layer {location.Layer} {(location.Name.Contains("attn", StringComparison.Ordinal) ? "attention" : "mlp")}";

    private sealed record WiredNode(
        string Name, double? Effect, NodeSign? Sign, WiredPairs? OnPairs, IReadOnlyList<NodeExample> Top, IReadOnlyList<NodeExample> Bottom,
        string Sublayer, IReadOnlyList<TokenWeight> Embeds, IReadOnlyList<string> ResidualFrom, IReadOnlyList<WiredEdge> In,
        IReadOnlyList<WiredEdge> Out, IReadOnlyList<string> ResidualTo, ChannelUnembedding? Unembeds);

    /// <summary>A node on the pairs that the file has: the average of all tokens, and of the last ones.</summary>
    private sealed record WiredPairs(double A, double LastA, double B, double LastB)
    {
        public static WiredPairs Of(IReadOnlyList<NodeOnPair> pairs) =>
            new(
                pairs.SelectMany(p => p.A).Average(), pairs.Average(p => p.A[^1]), pairs.SelectMany(p => p.B).Average(),
                pairs.Average(p => p.B[^1]));
    }

    private sealed record WiredEdge(string Node, double Weight);
}
