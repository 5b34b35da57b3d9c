using System.Globalization;
using Sweeps.ModelCore.Data;

namespace Sweeps.ModelCore.Tasks;

/// <summary>A binary task [G table 1]: an endless, seeded sequence of pairs for each split.</summary>
public sealed class TaskDefinition
{
    private readonly Func<CodeWriter, TaskSplit, TaskPair> _write;

    internal TaskDefinition(
        string name, string rule, string completionA, string completionB, Func<CodeWriter, TaskSplit, TaskPair> write) =>
        (Name, Rule, CompletionA, CompletionB, _write) = (name, rule, completionA, completionB, write);

    /// <summary>The name in [G table 1], such as bracket_counting, or the one that its author gave it.</summary>
    public string Name { get; }

    /// <summary>What tells A from B, in words.</summary>
    public string Rule { get; }

    /// <summary>What rightly follows the prompts A; a slot such as $item where that varies.</summary>
    public string CompletionA { get; }

    /// <summary>What rightly follows the prompts B.</summary>
    public string CompletionB { get; }

    /// <summary>Harder versions of this task; most have none.</summary>
    public IReadOnlyList<TaskVariant> Variants { get; internal init; } = [];

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
        return _write(new CodeWriter(random, words, '"'), split);
    }

    /// <inheritdoc/>
    public override string ToString() => Name;
}
