using Sweeps.ModelCore.Data;

namespace Sweeps.ModelCore.Tasks;

/// <summary>
/// What stands in the slots of one pair. Each is drawn when it is first asked for and keeps its value; <c>item</c>, <c>item2</c> and so on
/// are different words of one pool, <c>lines</c> and <c>lines2</c> other draws of the same kind of code.
/// </summary>
/// <param name="writer">draws, from the words of the pair's split</param>
/// <param name="own">pools of the task itself, in the same split</param>
internal sealed class SlotValues(CodeWriter writer, IReadOnlyDictionary<string, IReadOnlyList<string>> own)
{
    private static readonly Dictionary<string, Func<WordPool, string[]>> _pools = new(StringComparer.Ordinal)
    {
        ["collection"] = words => words.Collections,
        ["source"] = words => words.Sources,
        ["item"] = words => words.Items,
        ["function"] = words => words.Functions,
        ["text"] = words => words.Texts,
        ["number"] = words => words.Numbers,
    };

    private static readonly Dictionary<string, Func<CodeWriter, string>> _code = new(StringComparer.Ordinal)
    {
        ["call"] = w => w.Chance(0.5) ? "print" : w.Function(),
        ["context"] = w => w.Context(),
        ["lines"] = w => w.Lines(1, 3),
        ["phrase"] = w => w.Phrase(2, 5),
    };

    private readonly Dictionary<string, string> _values = new(StringComparer.Ordinal);
    private readonly Dictionary<string, Queue<string>> _left = new(StringComparer.Ordinal);

    /// <summary>The kinds of slots that every task has.</summary>
    public static IEnumerable<string> BuiltIn => _pools.Keys.Concat(_code.Keys);

    /// <summary>The kind of a slot: <c>item</c> for <c>item2</c>.</summary>
    public static string KindOf(string slot) => slot.TrimEnd('0', '1', '2', '3', '4', '5', '6', '7', '8', '9');

    /// <summary>
    /// How many different words the built-in pool <paramref name="kind"/> has in the split with the fewest; null when a slot of this kind
    /// is not a word.
    /// </summary>
    public static int? WordsOf(string kind) => _pools.TryGetValue(kind, out var pool)
        ? new[] { WordPool.Train, WordPool.Validation, WordPool.Test }.Min(words => pool(words).Length)
        : null;

    /// <summary>What stands in <paramref name="slot"/>.</summary>
    public string this[string slot]
    {
        get
        {
            if (!_values.TryGetValue(slot, out var value)) _values[slot] = value = Draw(KindOf(slot));
            return value;
        }
    }

    private string Draw(string kind)
    {
        if (_code.TryGetValue(kind, out var write)) return write(writer);
        if (!_left.TryGetValue(kind, out var left))
        {
            string[] words = _pools.TryGetValue(kind, out var pool) ? [.. pool(writer.Words)] : [.. own[kind]];
            writer.Random.Shuffle<string>(words);
            _left[kind] = left = new Queue<string>(words);
        }
        return left.Dequeue();
    }
}
