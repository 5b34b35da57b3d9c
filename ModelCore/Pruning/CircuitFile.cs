using System.Text.Json;
using System.Text.Json.Serialization;

namespace Sweeps.ModelCore.Pruning;

/// <summary>
/// A circuit as its JSON file holds it: everything needed to read it, and the digests of what it came from. The same circuit gives the same
/// bytes.
/// </summary>
public sealed record CircuitFile
{
    /// <summary>What <see cref="Format"/> says in every file.</summary>
    public const string FormatName = "sweeps-circuit";

    /// <summary>The version written and read.</summary>
    public const int CurrentVersion = 2;

    /// <summary><see cref="FormatName"/>.</summary>
    [JsonPropertyOrder(-2)]
    public string Format { get; init; } = FormatName;

    /// <summary><see cref="CurrentVersion"/>.</summary>
    [JsonPropertyOrder(-1)]
    public int Version { get; init; } = CurrentVersion;

    /// <summary>The task's name.</summary>
    public required string Task { get; init; }

    /// <summary>What tells prompt A from prompt B, in words.</summary>
    public required string TaskRule { get; init; }

    /// <summary>The model's file in the sweep; its digest is the model's identity.</summary>
    public required ArtifactRef Model { get; init; }

    /// <summary>The model's shape.</summary>
    public required ModelConfig ModelConfig { get; init; }

    /// <summary>What dropped nodes are replaced by: "mean", their mean over the training distribution, at every position.</summary>
    public required string Ablation { get; init; }

    /// <summary>The file of those means.</summary>
    public required ArtifactRef MeanCache { get; init; }

    /// <summary>The pruning's masks: how all nodes of the model were ranked.</summary>
    public required ArtifactRef Masks { get; init; }

    /// <summary>The loss that was to be reached, nats.</summary>
    public required double TargetLoss { get; init; }

    /// <summary>Whether the calibrated validation loss is at most the target less the margin of <see cref="Options"/>.</summary>
    public required bool TargetReached { get; init; }

    /// <summary>Losses and the calibration that they are under.</summary>
    public required CircuitLosses Losses { get; init; }

    /// <summary>Number of kept nodes.</summary>
    public required int NodeCount { get; init; }

    /// <summary>Number of edges.</summary>
    public required int EdgeCount { get; init; }

    /// <summary>Kept nodes: channels by location, locations in the order a token meets them; locations without any are left out.</summary>
    public required IReadOnlyList<CircuitLocation> Nodes { get; init; }

    /// <summary>Nonzero weights that join two kept nodes: all of them, or where <see cref="EdgesPruned"/> those that were kept.</summary>
    public required IReadOnlyList<CircuitEdge> Edges { get; init; }

    /// <summary>
    /// Whether edges were masked too. Then a weight that joins two kept nodes and is not listed carries the mean of the node it reads, at
    /// every position.
    /// </summary>
    public bool EdgesPruned { get; init; }

    /// <summary>How the circuit is tied to tokens, for readers; these are not counted as edges.</summary>
    public required CircuitTokens Tokens { get; init; }

    /// <summary>
    /// Every probe of the bisection, by increasing k: the number of nodes kept, or where <see cref="EdgesPruned"/> of edges.
    /// </summary>
    public required IReadOnlyList<ProbeResult> Curve { get; init; }

    /// <summary>What it claims, checked; in the file that the validation of a circuit writes, and null in that of a pruning.</summary>
    public CircuitChecks? Checks { get; init; }

    /// <summary>Seed of the masks.</summary>
    public required ulong Seed { get; init; }

    /// <summary>Seed of the task's pairs.</summary>
    public required ulong TaskSeed { get; init; }

    /// <summary>How nodes were ranked.</summary>
    public required PruningMethod Method { get; init; }

    /// <summary>The masks' hyperparameters; attribution does not look at them.</summary>
    public required PruningHyperparameters Hyperparameters { get; init; }

    /// <summary>Everything else about the pruning.</summary>
    public required PruningOptions Options { get; init; }

    /// <summary>Versions of the programs that made it, by name: sweeps, libtorch, cpu (its instruction set).</summary>
    public required IReadOnlyDictionary<string, string> Versions { get; init; }

    /// <summary>The file's bytes: UTF-8, indented, \n line ends.</summary>
    public byte[] ToBytes() => [.. JsonSerializer.SerializeToUtf8Bytes(this, JobJson.Indented), (byte)'\n'];

    /// <summary>Reads a circuit.</summary>
    /// <exception cref="InvalidDataException">
    /// the file is missing, is no circuit, is of another version or contradicts itself; the message names it
    /// </exception>
    public static CircuitFile Load(string path)
    {
        try
        {
            return Parse(File.ReadAllBytes(path));
        }
        catch (Exception e) when (e is InvalidDataException or IOException or UnauthorizedAccessException)
        {
            throw new InvalidDataException($"{path}: {e.Message}", e);
        }
    }

    /// <summary>This circuit, which must be one of the model.</summary>
    /// <param name="model">the model's file</param>
    /// <param name="path">for the message</param>
    /// <exception cref="InvalidDataException">it is of another model</exception>
    internal CircuitFile In(ArtifactRef model, string path) =>
        Model.Sha256 == model.Sha256
            ? this
            : throw new InvalidDataException($"{path} is a circuit of the model {Model.Sha256}: expected {model.Sha256}");

    /// <summary>This circuit, which must be one of node pruning.</summary>
    /// <param name="path">for the message</param>
    /// <exception cref="InvalidDataException">its edges were pruned</exception>
    internal CircuitFile WithAllEdges(string path) =>
        EdgesPruned ? throw new InvalidDataException($"{path} is a circuit whose edges were pruned: expected one of node pruning") : this;

    /// <summary>Reads a circuit from the bytes of its file.</summary>
    /// <exception cref="InvalidDataException">as for <see cref="Load"/></exception>
    public static CircuitFile Parse(ReadOnlySpan<byte> json)
    {
        CircuitFile circuit;
        try
        {
            var header = JsonSerializer.Deserialize<Header>(json);
            if (header?.Format != FormatName)
                throw new InvalidDataException($"not a circuit: its \"format\" is '{header?.Format}', expected '{FormatName}'");
            if (header.Version != CurrentVersion)
                throw new InvalidDataException($"a circuit of version {header.Version}: this program reads version {CurrentVersion}");
            circuit = JsonSerializer.Deserialize<CircuitFile>(json, JobJson.Indented)!;
        }
        catch (Exception e) when (e is JsonException or NotSupportedException or ArgumentException or InvalidOperationException)
        {
            throw new InvalidDataException($"not a circuit: {e.Message}", e);
        }
        if (circuit.Problem() is { } problem) throw new InvalidDataException($"the circuit contradicts itself: {problem}");
        return circuit;
    }

    /// <summary>For each node whether it is kept.</summary>
    internal bool[] KeptNodes(NodeLayout layout)
    {
        var kept = new bool[layout.Count];
        foreach (var at in Nodes)
            foreach (var channel in at.Channels)
                kept[layout.Offset(NodeLocation.Parse(at.Location)) + channel] = true;
        return kept;
    }

    private string? Problem()
    {
        // JSON allows null wherever a list has an element.
        if (Nodes.Contains(null!) || Edges.Contains(null!) || Curve.Contains(null!)) return "a list of it has a null";
        if (ModelConfig.Validate().FirstOrDefault() is { } config) return $"its model's {config}";
        var nodes = new HashSet<string>(StringComparer.Ordinal);
        foreach (var at in Nodes)
        {
            NodeLocation location;
            try
            {
                location = NodeLocation.Parse(at.Location);
            }
            catch (FormatException e)
            {
                return e.Message;
            }
            foreach (var channel in at.Channels)
            {
                if (!location.IsIn(ModelConfig.NLayer) || channel < 0 || channel >= ModelConfig.Width(location.Site))
                    return $"the model has no node {CircuitEdge.Node(at.Location, channel)}";
                if (!nodes.Add(CircuitEdge.Node(at.Location, channel)))
                    return $"node {CircuitEdge.Node(at.Location, channel)} is listed twice";
            }
        }
        if (nodes.Count != NodeCount) return $"it lists {nodes.Count} nodes and says {NodeCount}";
        if (Edges.Count != EdgeCount) return $"it lists {Edges.Count} edges and says {EdgeCount}";
        if (Checks?.NodesNamed.FirstOrDefault(node => !nodes.Contains(node)) is { } stranger)
            return $"what was found about {stranger} is about a node that is not kept";
        foreach (var edge in Edges)
            if (!nodes.Contains(edge.From) || !nodes.Contains(edge.To))
                return $"the edge {edge.From} → {edge.To} joins nodes that are not kept";
        return null;
    }

    private sealed record Header(
        [property: JsonPropertyName("format")] string? Format, [property: JsonPropertyName("version")] int Version);
}

/// <summary>Losses of a circuit, mean cross-entropy in nats.</summary>
/// <param name="ValidationBefore">validation split, before calibration</param>
/// <param name="Validation">validation split, calibrated on it</param>
/// <param name="TestBefore">test split, before calibration</param>
/// <param name="Test">test split, with the validation split's calibration</param>
/// <param name="TestAccuracy">fraction of test sequences decided rightly, calibrated</param>
/// <param name="Scale">the calibration's factor of all final logits</param>
/// <param name="Shift">what it adds to the difference of the candidates' logits, A − B</param>
public sealed record CircuitLosses(
    double ValidationBefore, double Validation, double TestBefore, double Test, double TestAccuracy, double Scale, double Shift)
{
    /// <summary>From the loss on the validation split before calibration, the calibration, and the logits on the test split.</summary>
    internal static CircuitLosses Of(double before, Calibration.Fit fit, TaskLogits test) => new(
        before, fit.Loss, test.Loss(1, 0).Loss, test.Loss(fit.Scale, fit.Shift).Loss, test.Accuracy(
            fit.Scale, fit.Shift), fit.Scale, fit.Shift);
}

/// <summary>The kept nodes of one location.</summary>
/// <param name="Location">e.g. 0.attn.act_in</param>
/// <param name="Channels">in increasing order</param>
public sealed record CircuitLocation(string Location, IReadOnlyList<int> Channels);

/// <summary>A nonzero weight that joins two kept nodes.</summary>
/// <param name="From">the node it reads, e.g. 0.mlp.act_in:17</param>
/// <param name="To">the node it writes</param>
/// <param name="Weight">the weight</param>
public sealed record CircuitEdge(string From, string To, float Weight)
{
    /// <summary>How a node is spelt: location, colon, channel.</summary>
    public static string Node(string location, int channel) => $"{location}:{channel}";
}

/// <summary>A token and a weight on it.</summary>
/// <param name="Token">the token as shown to people</param>
/// <param name="Id">its id</param>
/// <param name="Weight">the weight</param>
public sealed record TokenWeight(string Token, int Id, float Weight);

/// <summary>Where the circuit touches tokens.</summary>
/// <param name="A">the most common first token of completion A on the validation split</param>
/// <param name="B">that of completion B</param>
/// <param name="Embeddings">for each residual channel that a kept node reads: the tokens whose embeddings write most strongly to it</param>
/// <param name="Unembeddings">
/// for each residual channel that a kept node writes, or where final_resid has nodes each that is kept there: the unembedding's weights
/// from it to A and B, times the final norm's gain
/// </param>
public sealed record CircuitTokens(
    TokenWeight A, TokenWeight B, IReadOnlyList<ChannelEmbedding> Embeddings, IReadOnlyList<ChannelUnembedding> Unembeddings);

/// <summary>What the token embedding writes to a residual channel.</summary>
/// <param name="Channel">the residual channel</param>
/// <param name="Tokens">largest magnitude first, at most eight, nonzero ones only</param>
public sealed record ChannelEmbedding(int Channel, IReadOnlyList<TokenWeight> Tokens);

/// <summary>What a residual channel says to the two candidates.</summary>
/// <param name="Channel">the residual channel</param>
/// <param name="WeightA">towards A</param>
/// <param name="WeightB">towards B</param>
public sealed record ChannelUnembedding(int Channel, float WeightA, float WeightB);
