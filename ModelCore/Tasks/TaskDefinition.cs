using System.Globalization;
using Sweeps.ModelCore.Data;

namespace Sweeps.ModelCore.Tasks;

/// <summary>A binary task [G table 1]: an endless, seeded sequence of pairs for each split.</summary>
public sealed class TaskDefinition
{
    private readonly Func<CodeWriter, TaskPair> _write;

    internal TaskDefinition(string name, string rule, Func<CodeWriter, TaskPair> write) => (Name, Rule, _write) = (name, rule, write);

    /// <summary>The name in [G table 1], such as bracket_counting.</summary>
    public string Name { get; }

    /// <summary>What tells A from B, in words.</summary>
    public string Rule { get; }

    /// <summary>Pair number <paramref name="index"/> of a split: a pure function of its arguments.</summary>
    public TaskPair Pair(ulong seed, TaskSplit split, long index)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(index);
        var random = new KeyedRandom(seed, "task", Name, split.ToString(), index.ToString(CultureInfo.InvariantCulture));
        var words = split switch
        {
            TaskSplit.Train => WordPool.Train,
            TaskSplit.Validation => WordPool.Validation,
            TaskSplit.Test => WordPool.Test,
            _ => throw new ArgumentOutOfRangeException(nameof(split), split, "expected Train, Validation or Test"),
        };
        return _write(new CodeWriter(random, words, '"'));
    }

    /// <inheritdoc/>
    public override string ToString() => Name;
}
