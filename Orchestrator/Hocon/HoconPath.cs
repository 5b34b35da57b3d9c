namespace Sweeps.Orchestrator.Hocon;

/// <summary>Path expressions: <c>a.b."c.d"</c> is the three keys a, b and c.d.</summary>
internal static class HoconPath
{
    /// <summary>The keys that <paramref name="tokens"/> spell; surrounding whitespace does not count, whitespace inside does.</summary>
    public static string[] FromTokens(IEnumerable<HoconToken> tokens, HoconOrigin origin)
    {
        var parts = Trim(tokens.ToList());
        if (parts.Count == 0) throw new HoconException(origin, "a key is missing: expected a path such as a.b");
        var keys = new List<string>();
        var key = "";
        var quoted = false;
        foreach (var token in parts)
        {
            if (token.Kind is not (HoconTokenKind.Unquoted or HoconTokenKind.Quoted or HoconTokenKind.Whitespace))
                throw new HoconException(
                    token.Origin, $"'{token.Text}' is not allowed in a key or path: quote the key, as in \"{token.Text}\"");
            if (token.Kind == HoconTokenKind.Quoted)
            {
                key += token.Text;
                quoted = true;
                continue;
            }
            var pieces = token.Text.Split('.');
            for (var i = 0; i < pieces.Length; i++)
            {
                if (i > 0) End(token.Origin);
                key += pieces[i];
            }
        }
        End(parts[^1].Origin);
        return [.. keys];

        void End(HoconOrigin at)
        {
            if (key.Length == 0 && !quoted)
                throw new HoconException(
                    at, $"the path '{Show(parts)}' has an empty element: expected a key between dots; an empty key is written \"\"");
            keys.Add(key);
            key = "";
            quoted = false;
        }
    }

    /// <summary>The path as an expression, with quotes where they are needed.</summary>
    public static string Render(IEnumerable<string> keys) => string.Join('.', keys.Select(key =>
        key.Length > 0 && key.All(c => char.IsLetterOrDigit(c) || c is '_' or '-') ? key : $"\"{key}\""));

    private static string Show(IEnumerable<HoconToken> tokens) =>
        string.Concat(tokens.Select(token => token.Kind == HoconTokenKind.Quoted ? $"\"{token.Text}\"" : token.Text));

    private static List<HoconToken> Trim(List<HoconToken> tokens)
    {
        var start = tokens.FindIndex(token => token.Kind != HoconTokenKind.Whitespace);
        var end = tokens.FindLastIndex(token => token.Kind != HoconTokenKind.Whitespace);
        return start < 0 ? [] : tokens[start..(end + 1)];
    }
}
