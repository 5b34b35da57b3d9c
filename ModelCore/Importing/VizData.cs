using Sweeps.ModelCore.Pruning;
using Sweeps.ModelCore.TensorFiles;
using TorchSharp;
using static TorchSharp.torch;

namespace Sweeps.ModelCore.Importing;

/// <summary>A circuit as OpenAI published it: a viz_data.pt of openai/circuit_sparsity.</summary>
internal sealed class VizData
{
    private const string Circuit = "circuit_data", Importances = "importances", Samples = "task_samples";

    private readonly string _path;

    private VizData(string path, IReadOnlyDictionary<NodeLocation, long[]> channels) => (_path, Channels) = (path, channels);

    /// <summary>The kept channels of each location that has any, increasing.</summary>
    public IReadOnlyDictionary<NodeLocation, long[]> Channels { get; }

    /// <summary>Whether what the last norm reads is nodes too.</summary>
    public bool HasFinalResid => Channels.ContainsKey(NodeLocation.FinalResid);

    /// <summary>
    /// The prompts of the two kinds, without the zeros behind them, as many of one as of the other; null where the file has none.
    /// </summary>
    public (IReadOnlyList<int[]> First, IReadOnlyList<int[]> Second)? Prompts { get; private init; }

    /// <summary>
    /// The whole model's loss, nats for each prompt: half of what the file says, which sums over both prompts of a pair. Null where it says
    /// nothing.
    /// </summary>
    public double? ModelLoss { get; private init; }

    /// <summary>The circuit's loss, as <see cref="ModelLoss"/>.</summary>
    public double? CircuitLoss { get; private init; }

    /// <summary>Reads a file.</summary>
    /// <exception cref="InvalidDataException">it is damaged, or no such file; the message names it</exception>
    /// <exception cref="IOException">it is missing or cannot be read</exception>
    public static VizData Load(string path)
    {
        using var scope = torch.NewDisposeScope();
        var root = Dictionary(TorchFile.Load(path))
            ?? throw new InvalidDataException($"{path} is no published circuit: expected a dict with {Circuit}");
        var circuit = Dictionary(root.GetValueOrDefault(Circuit))
            ?? throw new InvalidDataException($"{path} is no published circuit: it has no {Circuit}");
        var channels = new Dictionary<NodeLocation, long[]>();
        foreach (var (key, value) in circuit)
        {
            // How it was pruned, beside the locations.
            if (key is "prune_config") continue;
            channels.Add(Location(path, key), Indices(path, key, value));
        }
        var importances = Dictionary(root.GetValueOrDefault(Importances));
        return new VizData(path, channels.Where(at => at.Value.Length > 0 || at.Key == NodeLocation.FinalResid).ToDictionary())
        {
            Prompts = PromptsOf(path, importances?.GetValueOrDefault(Samples)),
            ModelLoss = Number(importances?.GetValueOrDefault("loss")) / 2,
            CircuitLoss = Number(importances?.GetValueOrDefault("interv_loss")) / 2,
        };
    }

    /// <summary>For each node of a model whether it is kept.</summary>
    /// <exception cref="InvalidDataException">the model has no such node</exception>
    public bool[] Kept(NodeLayout layout)
    {
        ArgumentNullException.ThrowIfNull(layout);
        var kept = new bool[layout.Count];
        foreach (var (location, channels) in Channels)
        {
            if (!layout.Locations.Contains(location))
                throw new InvalidDataException($"{_path} has nodes at {location}, where the model has none");
            var width = layout.Width(location);
            foreach (var channel in channels)
            {
                if (channel < 0 || channel >= width)
                    throw new InvalidDataException($"{_path} has the node {location.Name}:{channel}: expected channels 0 to {width - 1}");
                kept[layout.Offset(location) + channel] = true;
            }
        }
        return kept;
    }

    private static NodeLocation Location(string path, object key)
    {
        try
        {
            return NodeLocation.Parse(key as string ?? "");
        }
        catch (FormatException e)
        {
            throw new InvalidDataException($"{path}: {Circuit} has {key}: {e.Message}", e);
        }
    }

    private static long[] Indices(string path, object key, object? value)
    {
        if (value is not Tensor { dtype: ScalarType.Int64 } tensor || tensor.dim() != 1)
            throw new InvalidDataException($"{path}: {Circuit} has {Show(value)} at {key}: expected a list of channels, int64");
        var indices = tensor.Values<long>();
        Array.Sort(indices);
        return indices.Distinct().Count() == indices.Length
            ? indices
            : throw new InvalidDataException($"{path}: {Circuit} has a channel twice at {key}");
    }

    private static (IReadOnlyList<int[]> First, IReadOnlyList<int[]> Second)? PromptsOf(string path, object? value)
    {
        if (value is null) return null;
        object?[]? pair = value is List<object?> list ? [.. list] : value as object?[];
        if (pair is not [Tensor first, Tensor second] || first.dim() != 2 || second.dim() != 2 || first.size(0) != second.size(0))
            throw new InvalidDataException($"{path}: {Samples} is not two tensors with as many prompts each");
        return (Rows(path, first), Rows(path, second));
    }

    private static int[][] Rows(string path, Tensor tensor)
    {
        if (tensor.dtype is not (ScalarType.Int64 or ScalarType.Int32))
            throw new InvalidDataException($"{path}: {Samples} has {tensor.dtype}: expected whole numbers");
        using var scope = torch.NewDisposeScope();
        var (tokens, length) = (tensor.to(ScalarType.Int64).Values<long>(), (int)tensor.size(1));
        var rows = tokens.Chunk(Math.Max(1, length)).Select(
            row => Array.ConvertAll(row[..(Array.FindLastIndex(row, token => token != 0) + 1)], token => checked((int)token))).ToArray();
        return rows.All(row => row.Length > 0) ? rows : throw new InvalidDataException($"{path}: {Samples} has an empty prompt");
    }

    private static double? Number(object? value) => value switch
    {
        double number => number,
        long number => number,
        Tensor tensor when tensor.numel() == 1 => tensor.to(ScalarType.Float64).item<double>(),
        _ => null,
    };

    private static OrderedDictionary<object, object?>? Dictionary(object? value) => value as OrderedDictionary<object, object?>;

    private static string Show(object? value) =>
        value is Tensor tensor ? $"{tensor.dtype} of shape [{string.Join(", ", tensor.shape)}]" : value?.GetType().Name ?? "None";
}
