using System.Collections.Frozen;

namespace Sweeps.ModelCore.Interpretability;

/// <summary>Words of Python that the scanner tells apart, and the numbers under which first words of lines are kept.</summary>
internal static class PythonWords
{
    public const int NoWord = 0;

    /// <summary>The line begins with an operator or a number.</summary>
    public const int OtherWord = 1;

    public const int NameWord = 2;

    public const int StringWord = 3;

    /// <summary>The line begins with a decorator.</summary>
    public const int DecoratorWord = 4;

    private const int FirstKeyword = 5;

    /// <summary>The reserved words, in Python's own order.</summary>
    public static IReadOnlyList<string> Keywords { get; } =
    [
        "False", "None", "True", "and", "as", "assert", "async", "await", "break", "class", "continue", "def", "del", "elif", "else",
        "except", "finally", "for", "from", "global", "if", "import", "in", "is", "lambda", "nonlocal", "not", "or", "pass", "raise",
        "return", "try", "while", "with", "yield",
    ];

    private static readonly FrozenDictionary<string, int> _keywords =
        Keywords.Select((word, index) => (word, index)).ToFrozenDictionary(x => x.word, x => x.index + FirstKeyword);

    /// <summary>How many numbers there are for first words.</summary>
    public static int FirstWords => FirstKeyword + Keywords.Count;

    public static bool IsKeyword(string word) => _keywords.ContainsKey(word);

    /// <summary>The number of a line's first word, which is a keyword or a name.</summary>
    public static int FirstWord(string word) => _keywords.GetValueOrDefault(word, NameWord);

    /// <summary>A line's first word, as it is put behind "begins with".</summary>
    public static string Shown(int firstWord) => firstWord switch
    {
        OtherWord => "an operator or a number",
        NameWord => "a name",
        StringWord => "a string",
        DecoratorWord => "`@`",
        _ => $"`{Keywords[firstWord - FirstKeyword]}`",
    };

    /// <summary>Whether a word before a quote is the prefix of a string literal.</summary>
    public static bool IsStringPrefix(string word) => word.Length <= 2 && word.ToLowerInvariant() is
        "r" or "b" or "u" or "f" or "t" or "br" or "rb" or "fr" or "rf" or "tr" or "rt";
}
