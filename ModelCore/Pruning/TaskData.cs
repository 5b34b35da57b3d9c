using System.Globalization;
using Sweeps.ModelCore.Data;
using Sweeps.ModelCore.Tasks;
using static TorchSharp.torch;

namespace Sweeps.ModelCore.Pruning;

/// <summary>The splits of a task as one model reads them; all rows stay on the device once made.</summary>
internal sealed class TaskData : IDisposable
{
    private const int PairsPerBatch = 64;

    private readonly Func<TaskSplit, IReadOnlyList<TokenizedPair>> _pairs;
    private readonly int _batchPairs;
    private readonly Device _device;
    private readonly Dictionary<TaskSplit, IReadOnlyList<TokenizedPair>> _made = [];
    private readonly Dictionary<TaskSplit, IReadOnlyList<TaskRows>> _rows = [];
    private TaskRows? _train;

    /// <summary>Nothing is generated until it is asked for.</summary>
    /// <param name="pairs">makes the pairs of a split</param>
    /// <param name="batchPairs">pairs of a training step</param>
    /// <param name="device">where the rows go</param>
    internal TaskData(Func<TaskSplit, IReadOnlyList<TokenizedPair>> pairs, int batchPairs, Device device) =>
        (_pairs, _batchPairs, _device) = (pairs, batchPairs, device);

    /// <summary>A task of the catalogue, as a tokenizer reads it.</summary>
    /// <param name="task">which</param>
    /// <param name="tokenizer">the model's</param>
    /// <param name="seed">of the pairs</param>
    /// <param name="options">how many of each split</param>
    /// <param name="context">the model's context, in tokens</param>
    /// <param name="device">where the rows go</param>
    internal static TaskData Of(TaskDefinition task, Tokenizer tokenizer, ulong seed, PruningOptions options, int context, Device device)
    {
        return new TaskData(Pairs, options.BatchPairs, device)
        {
            Variants = [.. task.Variants.Select(variant => (variant, (Func<int, IReadOnlyList<TokenizedPair>>)(count =>
                TokenizedTask.Create(variant.Task, tokenizer, TaskSplit.Test, seed, count, context))))],
        };

        IReadOnlyList<TokenizedPair> Pairs(TaskSplit split)
        {
            var count = split switch
            {
                TaskSplit.Train => options.TrainPairs,
                TaskSplit.Validation => options.ValidationPairs,
                _ => options.TestPairs,
            };
            return TokenizedTask.Create(task, tokenizer, split, seed, count, context);
        }
    }

    /// <summary>The pairs that masks are trained on.</summary>
    /// <exception cref="TaskException">the tokenizer does not suit the task</exception>
    internal IReadOnlyList<TokenizedPair> Train => Pairs(TaskSplit.Train);

    /// <summary>The task's variants, each with what makes as many pairs as are asked for, of the test split's words.</summary>
    internal IReadOnlyList<(TaskVariant Variant, Func<int, IReadOnlyList<TokenizedPair>> Pairs)> Variants { get; init; } = [];

    /// <summary>The pairs of a split, in order of index.</summary>
    /// <exception cref="TaskException">the tokenizer does not suit the task</exception>
    internal IReadOnlyList<TokenizedPair> Pairs(TaskSplit split)
    {
        if (!_made.TryGetValue(split, out var pairs)) _made[split] = pairs = _pairs(split);
        return pairs;
    }

    /// <summary>All rows of a split in batches, shorter prompts first so that little is padding.</summary>
    /// <exception cref="TaskException">the tokenizer does not suit the task</exception>
    internal IReadOnlyList<TaskRows> Rows(TaskSplit split)
    {
        if (!_rows.TryGetValue(split, out var rows)) _rows[split] = rows = Batches(Pairs(split));
        return rows;
    }

    /// <summary>Pairs in batches, shorter prompts first so that little is padding; the caller disposes of them.</summary>
    internal IReadOnlyList<TaskRows> Batches(IEnumerable<TokenizedPair> pairs) =>
        Batches(pairs, _device);

    /// <summary>As <see cref="Batches(IEnumerable{TokenizedPair})"/>, of pairs that are of no split.</summary>
    /// <param name="pairs">which</param>
    /// <param name="device">where the rows go</param>
    internal static IReadOnlyList<TaskRows> Batches(IEnumerable<TokenizedPair> pairs, Device device) =>
        [.. pairs.OrderBy(TaskRows.LengthOf).Chunk(PairsPerBatch).Select(chunk => new TaskRows(chunk, device))];

    /// <summary>
    /// The rows of a training step: pairs drawn by seed and step alone, none twice, so that a resumed run draws the same.
    /// </summary>
    internal TaskRows TrainBatch(ulong seed, int step)
    {
        var random = new KeyedRandom(seed, "prune", "batch", step.ToString(CultureInfo.InvariantCulture));
        var order = Enumerable.Range(0, Train.Count).ToArray();
        var count = Math.Min(_batchPairs, order.Length);
        for (var i = 0; i < count; i++)
        {
            var j = i + random.Next(order.Length - i);
            (order[i], order[j]) = (order[j], order[i]);
        }
        _train ??= new TaskRows(Train, _device);
        return _train.Select(order.Take(count));
    }

    public void Dispose()
    {
        _train?.Dispose();
        foreach (var rows in _rows.Values.SelectMany(r => r)) rows.Dispose();
    }
}
