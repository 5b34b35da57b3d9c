using System.Text;
using Sweeps.ModelCore.Pruning;

namespace Sweeps.Orchestrator.Reports;

/// <summary>What a circuit's file says in words, for its drawing.</summary>
/// <param name="A">the token that answers prompt A</param>
/// <param name="B">the token that answers prompt B</param>
/// <param name="Drivers">
/// by a node's place the token whose embedding writes most strongly to the channel that it reads, with its sign; none where the circuit
/// has written to the channel before, which is more than the embedding
/// </param>
/// <param name="Answers">by the place of a node that leads to the answers: the weights of its channel towards A and B</param>
/// <param name="About">of each node its name and what is known of it, a line each</param>
internal sealed record CircuitWords(
    string A, string B, IReadOnlyDictionary<int, string> Drivers, IReadOnlyDictionary<int, (float A, float B)> Answers,
    IReadOnlyList<string> About)
{
    private const int TokensNamed = 3;

    /// <summary>The words of <paramref name="circuit"/>, whose nodes and edges <paramref name="wiring"/> has.</summary>
    public static CircuitWords Of(CircuitFile circuit, CircuitGraph wiring)
    {
        var embeddings = circuit.Tokens.Embeddings.ToLookup(e => e.Channel, e => e.Tokens);
        var unembeddings = circuit.Tokens.Unembeddings.ToLookup(u => u.Channel, u => (A: u.WeightA, B: u.WeightB));
        var hasFinal = wiring.Nodes.Any(node => node.Location.Site == NodeSite.FinalResid);
        var (drivers, answers) = (new Dictionary<int, string>(), new Dictionary<int, (float A, float B)>());
        var written = new HashSet<int>();
        foreach (var (place, node) in wiring.Nodes.Index())
        {
            if (node.ReadsResidual && !written.Contains(node.Channel) && embeddings[node.Channel].FirstOrDefault() is [var token, ..])
                drivers.Add(place, $"{(token.Weight < 0 ? "−" : "+")}{Visible(token.Token)}");
            if (node.WritesResidual) written.Add(node.Channel);
            // What the last norm reads is all that the answers see, where the circuit has nodes there.
            if ((hasFinal ? node.Location.Site == NodeSite.FinalResid : node.WritesResidual) && unembeddings.Contains(node.Channel))
                answers.Add(place, unembeddings[node.Channel].First());
        }

        var effects = (circuit.Checks?.Effects ?? []).ToLookup(e => e.Node, StringComparer.Ordinal);
        var activities = (circuit.Checks?.Activities ?? []).ToLookup(a => a.Node, StringComparer.Ordinal);
        var onPairs = (circuit.Checks?.Pairs ?? []).SelectMany(p => p.Nodes).ToLookup(n => n.Node, StringComparer.Ordinal);
        return new CircuitWords(
            Visible(circuit.Tokens.A.Token), Visible(circuit.Tokens.B.Token), drivers, answers,
            [.. wiring.Nodes.Select((node, place) => string.Join('\n', Lines(node, place)))]);

        IEnumerable<string> Lines(GraphNode node, int place)
        {
            yield return node.Name;
            foreach (var of in effects[node.Name]) yield return $"without it {Format.Signed(of.Effect)} nats";
            foreach (var of in activities[node.Name])
            {
                if (of.Top is [var top, ..]) yield return $"most on {Quote(top.Token)} {Format.Signed(top.Value)}";
                if (of.Bottom is [var bottom, ..]) yield return $"least on {Quote(bottom.Token)} {Format.Signed(bottom.Value)}";
            }
            if (onPairs[node.Name].ToList() is { Count: > 0 } pairs)
            {
                yield return $"mean on pairs: A {Format.Signed(pairs.SelectMany(p => p.A).Average())}, "
                    + $"B {Format.Signed(pairs.SelectMany(p => p.B).Average())}";
            }
            if (node.ReadsResidual && embeddings[node.Channel].FirstOrDefault() is { Count: > 0 } tokens)
            {
                var named = tokens.Take(TokensNamed).Select(t => $"{Quote(t.Token)} {Format.Signed(t.Weight)}");
                yield return $"embeds {string.Join(", ", named)}";
            }
            if (answers.TryGetValue(place, out var says)) yield return $"says A {Format.Signed(says.A)}, B {Format.Signed(says.B)}";
        }
    }

    private static string Quote(string token) => $"‘{Visible(token)}’";

    /// <summary>Text of tokens with blanks and line ends that can be seen, and without what XML cannot have.</summary>
    private static string Visible(string text)
    {
        var visible = new StringBuilder(text.Length);
        foreach (var rune in text.EnumerateRunes())
        {
            visible.Append(rune.Value switch
            {
                '\n' => "↵",
                '\t' => "⇥",
                ' ' => "␣",
                0xfffe or 0xffff => "\ufffd",
                _ when Rune.IsControl(rune) => "\ufffd",
                _ => rune.ToString(),
            });
        }
        return visible.ToString();
    }
}
