namespace Sweeps.ModelCore.Interpretability;

/// <summary>
/// The context vector of a token: what stands there, what stood before, and where in the program that is. Each field is a function of the
/// tokens up to this one. A new field is one line here.
/// </summary>
internal static class ContextFields
{
    /// <summary>Distances are counted up to here: what is farther, and what is not there at all.</summary>
    public const int Far = 64;

    /// <summary>How many tokens back the vector looks, the token itself among them.</summary>
    public const int Tokens = 4;

    private static readonly string[] _roles =
        ["", "read", "called", "assigned", "an argument", "a parameter", "an attribute", "bound by for, as or import", "defined"];

    /// <summary>The tokens themselves: the current one first, then those before it.</summary>
    public static IReadOnlyList<ContextField> OfTokens { get; } =
    [
        new("token", false, (value, holds, token) => $"{(holds ? "on" : "not on")} {Shown(value, token)}"),
        new("token_1", false, (value, holds, token) => $"{(holds ? "after" : "not after")} {Shown(value, token)}"),
        new("token_2", false, (value, holds, token) => $"{(holds ? "two tokens after" : "not two tokens after")} {Shown(value, token)}"),
        new("token_3", false, (value, holds, token) => $"{(holds ? "" : "not ")}three tokens after {Shown(value, token)}"),
    ];

    /// <summary>What the scanner knows, with how each field is read from it.</summary>
    public static IReadOnlyList<(ContextField Field, Func<PythonScanner, int> Read)> OfSyntax { get; } =
    [
        (new("class", false, (value, holds, _) => $"{(holds ? "on" : "not on")} {Class((LexicalClass)value)}"), s => (int)s.Class),
        (new("string", false, Quotes), s => s.String is not { } text ? 0 : (text.Opener == '\'' ? 1 : 2) + (text.IsTriple ? 2 : 0)),
        (new("f_string", false, FString), s => s.InField ? 2 : s.String is { IsFormatted: true } ? 1 : 0),
        (new("depth", true, Depth), s => Math.Min(s.Depth, Far)),
        (new("bracket", false, Bracket), s => s.Bracket is { } open ? 1 + "([{".IndexOf((char)open.Opener, StringComparison.Ordinal) : 0),
        (new("indent", true, Columns), s => Math.Min(s.Indent, Far)),
        (new("first_word", false, FirstWord), s => s.FirstWord),
        (new("since_line", true, (value, holds, _) => Distance(value, holds, "the start of the line")),
            s => Math.Min(s.SinceLineStart, Far)),
        (new("since_opener", true, (value, holds, _) => Distance(value, holds, "the opening quote or bracket")),
            s => Math.Min(s.SinceOpener ?? Far, Far)),
        (new("parameters", false, Parameters), s => s.Bracket is { IsParameters: true } ? 1 : 0),
        (new("since_name", true, SinceName), s => Math.Min(s.SinceName ?? Far, Far)),
        (new("name_role", false, Role), s => (int)s.LastRole),
    ];

    /// <summary>All fields: the tokens, then the syntax.</summary>
    public static IReadOnlyList<ContextField> All { get; } = [.. OfTokens, .. OfSyntax.Select(one => one.Field)];

    private static string Shown(int id, Func<int, string> token) => id == 0 ? "the start of the window" : $"`{token(id - 1)}`";

    private static string Class(LexicalClass value) => value switch
    {
        LexicalClass.None => "the border of a document",
        LexicalClass.Keyword => "a keyword",
        LexicalClass.Name => "a name",
        LexicalClass.Number => "a number",
        LexicalClass.Operator => "an operator",
        LexicalClass.Quote => "a quote",
        LexicalClass.StringPiece => "text of a string",
        LexicalClass.Comment => "a comment",
        LexicalClass.NewLine => "the end of a line",
        LexicalClass.Indent => "indentation",
        _ => "space",
    };

    private static string Quotes(int value, bool holds, Func<int, string> token)
    {
        if (value == 0) return holds ? "outside strings" : "inside a string";
        var quotes = value switch { 1 => "'", 2 => "\"", 3 => "'''", _ => "\"\"\"" };
        return $"{(holds ? "inside" : "not inside")} a string opened by {quotes}";
    }

    private static string FString(int value, bool holds, Func<int, string> token) => value switch
    {
        0 => holds ? "outside f-strings" : "inside an f-string",
        1 => $"{(holds ? "in" : "not in")} the text of an f-string",
        _ => $"{(holds ? "in" : "not in")} a replacement field of an f-string",
    };

    private static string Depth(int value, bool holds, Func<int, string> token) => (value, holds) switch
    {
        (0, true) => "outside brackets",
        (0, false) => "inside brackets",
        (_, true) => $"in at most {value} {(value == 1 ? "bracket" : "brackets")}",
        _ => $"in more than {value} {(value == 1 ? "bracket" : "brackets")}",
    };

    private static string Bracket(int value, bool holds, Func<int, string> token) => value == 0
        ? holds ? "outside brackets" : "inside brackets"
        : $"{(holds ? "directly" : "not directly")} inside {value switch { 1 => "( )", 2 => "[ ]", _ => "{ }" }}";

    private static string Columns(int value, bool holds, Func<int, string> token) => (value, holds) switch
    {
        (0, true) => "on a line without indentation",
        (0, false) => "on an indented line",
        _ => $"on a line indented by {(holds ? "at most" : "more than")} {value} columns",
    };

    private static string FirstWord(int value, bool holds, Func<int, string> token) => value == PythonWords.NoWord
        ? holds ? "before the first word of a line" : "behind the first word of a line"
        : $"{(holds ? "on a line that begins" : "on a line that does not begin")} with {PythonWords.Shown(value)}";

    private static string Distance(int value, bool holds, string from) => (value, holds) switch
    {
        (0, true) => $"on the token with {from}",
        (0, false) => $"not on the token with {from}",
        _ => $"{(holds ? "at most" : "more than")} {value} {(value == 1 ? "token" : "tokens")} after {from}",
    };

    private static string Parameters(int value, bool holds, Func<int, string> token) =>
        (value == 1) == holds ? "in a list of parameters" : "not in a list of parameters";

    private static string SinceName(int value, bool holds, Func<int, string> token) => holds
        ? $"on a name that stood at most {value} tokens before"
        : $"not on a name that stood at most {value} tokens before";

    private static string Role(int value, bool holds, Func<int, string> token) => value == 0
        ? holds ? "on no name that stood before" : "on a name that stood before"
        : $"{(holds ? "on" : "not on")} a name that was last {_roles[value]}";
}
