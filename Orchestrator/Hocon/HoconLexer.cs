using System.Globalization;
using System.Text;
using System.Text.RegularExpressions;

namespace Sweeps.Orchestrator.Hocon;

/// <summary>Cuts a document into tokens; comments disappear.</summary>
internal sealed partial class HoconLexer(string text, string source)
{
    private const string Forbidden = "$\"{}[]:=,+#`^?!@*&\\";

    private int _at;
    private int _line = 1;

    private HoconOrigin Here => new(source, _line);

    /// <summary>All tokens, the last of them <see cref="HoconTokenKind.End"/>.</summary>
    /// <exception cref="HoconException">a character or string that no token can begin with or hold</exception>
    public List<HoconToken> ReadAll()
    {
        var tokens = new List<HoconToken>();
        while (_at < text.Length)
        {
            if (AtComment()) SkipComment();
            else tokens.Add(Next());
        }
        tokens.Add(new HoconToken(HoconTokenKind.End, "", Here));
        return tokens;
    }

    private HoconToken Next()
    {
        var c = text[_at];
        if (c == '\n')
        {
            var newline = Single(HoconTokenKind.Newline);
            _line++;
            return newline;
        }
        if (IsWhitespace(c)) return Whitespace();
        switch (c)
        {
            case ',': return Single(HoconTokenKind.Comma);
            case ':': return Single(HoconTokenKind.Colon);
            case '=': return Single(HoconTokenKind.EqualsSign);
            case '{': return Single(HoconTokenKind.OpenBrace);
            case '}': return Single(HoconTokenKind.CloseBrace);
            case '[': return Single(HoconTokenKind.OpenBracket);
            case ']': return Single(HoconTokenKind.CloseBracket);
            case '"': return StartsWith("\"\"\"") ? TripleQuoted() : Quoted();
            case '$' when StartsWith("${"): return Substitution();
            case '+' when StartsWith("+="):
                _at += 2;
                return new HoconToken(HoconTokenKind.PlusEquals, "+=", Here);
            default: return Unquoted();
        }
    }

    private HoconToken Single(HoconTokenKind kind) => new(kind, text[_at++].ToString(), Here);

    private HoconToken Whitespace()
    {
        var start = _at;
        while (_at < text.Length && text[_at] != '\n' && IsWhitespace(text[_at])) _at++;
        return new HoconToken(HoconTokenKind.Whitespace, text[start.._at], Here);
    }

    private HoconToken Unquoted()
    {
        var start = _at;
        // A number may hold a '+' in its exponent; nothing else unquoted may.
        var number = Number().Match(text, _at);
        if (number.Success) _at += number.Length;
        while (_at < text.Length && !Forbidden.Contains(text[_at], StringComparison.Ordinal) && !IsWhitespace(text[_at]) && !AtComment())
            _at++;
        if (_at == start)
            throw new HoconException(
                Here, $"'{text[_at]}' is reserved and cannot stand in an unquoted string: quote the string that it belongs to");
        return new HoconToken(HoconTokenKind.Unquoted, text[start.._at], Here);
    }

    private HoconToken TripleQuoted()
    {
        var origin = Here;
        _at += 3;
        var end = text.IndexOf("\"\"\"", _at, StringComparison.Ordinal);
        if (end < 0) throw new HoconException(origin, "the string that \"\"\" opens here is never closed: expected \"\"\"");
        // Further quotes belong to the string, as in Scala: """a"""" is a and one quote.
        while (end + 3 < text.Length && text[end + 3] == '"') end++;
        var value = text[_at..end];
        _line += value.Count(c => c == '\n');
        _at = end + 3;
        return new HoconToken(HoconTokenKind.Quoted, value, origin);
    }

    private HoconToken Quoted()
    {
        _at++;
        var value = new StringBuilder();
        while (true)
        {
            if (_at >= text.Length || text[_at] == '\n')
                throw new HoconException(Here, $"the string \"{value} is not closed on its line: expected a closing quote");
            var c = text[_at++];
            if (c == '"') return new HoconToken(HoconTokenKind.Quoted, value.ToString(), Here);
            if (c < ' ')
                throw new HoconException(
                    Here, $"the string \"{value} holds the control character U+{(int)c:X4}: expected an escape such as \\t");
            value.Append(c == '\\' ? Escape() : c);
        }
    }

    private char Escape()
    {
        var c = _at < text.Length ? text[_at++] : '\0';
        switch (c)
        {
            case '"' or '\\' or '/': return c;
            case 'b': return '\b';
            case 'f': return '\f';
            case 'n': return '\n';
            case 'r': return '\r';
            case 't': return '\t';
            case 'u' when _at + 4 <= text.Length
                          && ushort.TryParse(
                              text.AsSpan(_at, 4), NumberStyles.AllowHexSpecifier, CultureInfo.InvariantCulture, out var code):
                _at += 4;
                return (char)code;
            default:
                throw new HoconException(
                    Here, $"'\\{c}' is no escape: expected one of \\\" \\\\ \\/ \\b \\f \\n \\r \\t or \\u with four hexadecimal digits");
        }
    }

    private HoconToken Substitution()
    {
        var (start, origin) = (_at, Here);
        _at += 2;
        var optional = _at < text.Length && text[_at] == '?';
        if (optional) _at++;
        var inside = new List<HoconToken>();
        while (true)
        {
            if (_at >= text.Length || text[_at] == '\n')
                throw new HoconException(origin, $"the substitution '{text[start.._at]}' is not closed on its line: expected }}");
            if (text[_at] == '}') break;
            if (StartsWith("${"))
                throw new HoconException(Here, "a substitution stands inside a substitution: expected a path such as ${a.b}");
            inside.Add(Next());
        }
        _at++;
        return new HoconToken(HoconTokenKind.Substitution, text[start.._at], origin, HoconPath.FromTokens(inside, origin), optional);
    }

    private bool AtComment() => text[_at] == '#' || StartsWith("//");

    private void SkipComment()
    {
        while (_at < text.Length && text[_at] != '\n') _at++;
    }

    private bool StartsWith(string prefix) => string.CompareOrdinal(text, _at, prefix, 0, prefix.Length) == 0;

    /// <summary>Unicode separators, the control characters that the specification lists, and the byte order mark.</summary>
    private static bool IsWhitespace(char c) =>
        c is (>= '\t' and <= '\r') or (>= '\u001c' and <= '\u001f') or '\ufeff'
        || CharUnicodeInfo.GetUnicodeCategory(c) is UnicodeCategory.SpaceSeparator or UnicodeCategory.LineSeparator
            or UnicodeCategory.ParagraphSeparator;

    [GeneratedRegex(@"\G-?(0|[1-9][0-9]*)(\.[0-9]+)?([eE][+-]?[0-9]+)?", RegexOptions.CultureInvariant)]
    private static partial Regex Number();
}
