namespace Sweeps.Orchestrator.Hocon;

internal enum HoconTokenKind
{
    Whitespace,
    Newline,
    Comma,
    Colon,
    EqualsSign,
    PlusEquals,
    OpenBrace,
    CloseBrace,
    OpenBracket,
    CloseBracket,
    Quoted,
    Unquoted,
    Substitution,
    End,
}

/// <summary>A token.</summary>
/// <param name="Kind">what it is</param>
/// <param name="Text">its text; of a quoted string, what the string means</param>
/// <param name="Origin">where it begins</param>
/// <param name="Path">the path of a substitution</param>
/// <param name="Optional">whether the substitution is of the form <c>${?path}</c></param>
internal sealed record HoconToken(HoconTokenKind Kind, string Text, HoconOrigin Origin, string[]? Path = null, bool Optional = false)
{
    /// <summary>The token as error messages show it.</summary>
    public string Show() => Kind switch
    {
        HoconTokenKind.End => "the end of the file",
        HoconTokenKind.Newline => "the end of the line",
        HoconTokenKind.Quoted => $"\"{Text}\"",
        _ => $"'{Text}'",
    };
}
