using System.Text;

namespace Sweeps.ModelCore.Data;

/// <summary>Draws words from a pool and writes the fragments that both the corpus and the tasks are made of.</summary>
internal sealed class CodeWriter(KeyedRandom random, WordPool words, char quote)
{
    /// <summary>Stands where the two prompts of a pair differ, until one of the two texts replaces it.</summary>
    public const char Slot = '\u0001';

    public KeyedRandom Random => random;

    public WordPool Words => words;

    public string Collection() => random.Choose(words.Collections);

    public string Source() => random.Choose(words.Sources);

    public string Item() => random.Choose(words.Items);

    public string Function() => random.Choose(words.Functions);

    public string Number() => random.Choose(words.Numbers);

    public string Word() => random.Choose(words.Texts);

    public bool Chance(double probability) => random.NextDouble() < probability;

    /// <summary>Uniform from <paramref name="low"/> to <paramref name="high"/>, both inclusive.</summary>
    public int Between(int low, int high) => low + random.Next(high - low + 1);

    public string Pick(params ReadOnlySpan<string> choices) => choices[random.Next(choices.Length)];

    public (string First, string Second) TwoItems()
    {
        var first = random.Next(words.Items.Length);
        var second = (first + 1 + random.Next(words.Items.Length - 1)) % words.Items.Length;
        return (words.Items[first], words.Items[second]);
    }

    public string[] Items(int count)
    {
        var items = words.Items.ToArray();
        random.Shuffle<string>(items);
        return items[..count];
    }

    /// <summary>Words with single spaces, without quotes.</summary>
    public string Phrase(int minWords, int maxWords) =>
        string.Join(' ', Enumerable.Range(0, Between(minWords, maxWords)).Select(_ => Word()));

    /// <summary>A string literal in the quotes of this document.</summary>
    public string Literal(int minWords = 1, int maxWords = 3) => $"{quote}{Phrase(minWords, maxWords)}{quote}";

    public string Quoted(string text) => $"{quote}{text}{quote}";

    public string Operator() => Pick(">", "<", "==", "!=");

    /// <summary>List elements, all numbers or all names.</summary>
    public string[] Elements(int min, int max)
    {
        var numbers = Chance(0.6);
        return [.. Enumerable.Range(0, Between(min, max)).Select(_ => numbers ? Number() : Item())];
    }

    /// <summary>Elements in brackets, without the last <c>]</c> (or <c>]]</c> when nested): "[[5, 3], [11, 3".</summary>
    public static string OpenList(string[] elements, int[] groupSizes)
    {
        var text = new StringBuilder(groupSizes.Length > 0 ? "[[" : "[");
        var group = 0;
        var inGroup = 0;
        for (var i = 0; i < elements.Length; i++)
        {
            if (i > 0)
            {
                var next = group < groupSizes.Length && inGroup == groupSizes[group];
                text.Append(next ? "], [" : ", ");
                if (next) (group, inGroup) = (group + 1, 0);
            }
            text.Append(elements[i]);
            inGroup++;
        }
        return text.ToString();
    }

    /// <summary>Sizes of consecutive groups of 1 to 4 that add up to <paramref name="count"/>.</summary>
    public int[] Groups(int count)
    {
        var sizes = new List<int>();
        for (var left = count; left > 0; left -= sizes[^1]) sizes.Add(Math.Min(left, Between(1, 4)));
        return [.. sizes];
    }

    /// <summary>
    /// A variable that is initialised with the text in the <see cref="Slot"/>, then code that uses a source, up to the name of the
    /// variable where it takes one more item. Names what is added.
    /// </summary>
    public (string Head, string Name, string Item) Accumulator(string name)
    {
        var (source, item) = (Source(), Item());
        var head = new StringBuilder($"{name} = {Slot}\n");
        if (Chance(0.2))
        {
            head.Append($"while {source}:\n    {item} = {source}.pop()\n");
        }
        else
        {
            if (Chance(0.2)) head.Append($"n = len({source})\n");
            head.Append($"for {item} in {source}:\n");
        }
        var lines = (int[])[0, 1, 2, 3, 4];
        random.Shuffle<int>(lines);
        foreach (var line in lines[..Between(0, 2)])
        {
            head.Append(line switch
            {
                0 => $"    if {item} {Operator()} {Number()}:\n        continue\n",
                1 => $"    {item} = {Function()}({item})\n",
                2 => $"    if not {item}:\n        break\n",
                3 => $"    {Function()}({item})\n",
                _ => $"    if {Function()}({item}):\n        continue\n",
            });
        }
        return (head.Append($"    {name}").ToString(), name, item);
    }

    /// <summary>A few lines without strings, lists or sets, which may stand before anything.</summary>
    public string Preamble()
    {
        var (a, b) = TwoItems();
        return random.Next(9) switch
        {
            0 => $"import {Pick("os", "sys", "re", "json")}\n",
            1 => $"{a} = {Number()}\n",
            2 => $"{Source()} = {Function()}({a})\n",
            3 => $"{a} = {b} + {Number()}\n",
            4 => $"if {a} {Operator()} {Number()}:\n    {a} = {Number()}\n",
            5 => $"def {Function()}({a}):\n    return {a} + {Number()}\n",
            6 => $"{a} = {Function()}({b}, {Number()})\n",
            7 => $"from {Pick("os", "sys", "re", "json")} import {Function()}\n",
            _ => $"for {a} in {Source()}:\n    {Function()}({a})\n",
        };
    }

    /// <summary>Something unrelated now and then; without strings, lists and sets, so that it decides nothing.</summary>
    public string Context() => Chance(0.35) ? Preamble() : "";

    /// <summary>Statements at the top level, each ending with a word of the pool.</summary>
    public string Lines(int min, int max) => string.Concat(Enumerable.Range(0, Between(min, max)).Select(_ => Line()));

    private string Line()
    {
        var (a, b) = TwoItems();
        return random.Next(6) switch
        {
            0 => $"{a} = {Number()}\n",
            1 => $"{a} = {b} + {Number()}\n",
            2 => $"{a} = {Function()}({b})\n",
            3 => $"{Source()} = {Function()}({a})\n",
            4 => $"{a} = {Function()}({b}, {Number()})\n",
            _ => $"{Function()}({a})\n",
        };
    }

    /// <summary>Every line that is not empty one level deeper.</summary>
    public static string Indent(string code)
    {
        var lines = code.Split('\n');
        for (var i = 0; i < lines.Length; i++)
            if (lines[i].Length > 0) lines[i] = "    " + lines[i];
        return string.Join('\n', lines);
    }
}
