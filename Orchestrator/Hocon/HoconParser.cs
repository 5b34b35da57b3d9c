namespace Sweeps.Orchestrator.Hocon;

/// <summary>
/// Turns the tokens of one file into nodes, and included files with them. Keys written twice are merged here, in the order of the
/// text; substitutions stay, because they may look at what comes later (<see cref="HoconResolver"/>).
/// </summary>
internal sealed class HoconParser
{
    /// <summary>Objects and arrays inside one another.</summary>
    public const int MaxDepth = 100;

    private readonly List<HoconToken> _tokens;
    private readonly HoconIncludes _includes;
    private readonly List<string> _path = [];
    private readonly int _rootLength;
    private int _at;
    private int _depth;
    private int _arrays;

    /// <param name="tokens">the file's tokens</param>
    /// <param name="includes">where the files that it includes come from</param>
    /// <param name="prefix">the path at which this file is included; empty for the document itself</param>
    public HoconParser(List<HoconToken> tokens, HoconIncludes includes, IReadOnlyList<string> prefix)
    {
        _tokens = tokens;
        _includes = includes;
        _path.AddRange(prefix);
        _rootLength = prefix.Count;
    }

    private HoconToken Current => _tokens[_at];

    /// <summary>The document's root, which must be an object; its braces may be left out.</summary>
    /// <exception cref="HoconException">the text is no HOCON object</exception>
    public HoconObjectNode ParseRoot()
    {
        SkipBlank();
        if (Current.Kind == HoconTokenKind.OpenBracket) throw Error("the document is a list: expected an object");
        if (Current.Kind != HoconTokenKind.OpenBrace) return Fields(Current.Origin, HoconTokenKind.End);
        var root = Object();
        SkipBlank();
        return Current.Kind == HoconTokenKind.End
            ? root
            : throw Error($"{Current.Show()} follows the closing brace of the document: expected the end of the file");
    }

    private HoconObjectNode Object()
    {
        var origin = Current.Origin;
        Enter();
        var result = Fields(origin, HoconTokenKind.CloseBrace);
        _depth--;
        return result;
    }

    private HoconObjectNode Fields(HoconOrigin origin, HoconTokenKind close)
    {
        var result = new HoconObjectNode(origin);
        while (MoreItems(origin, close, "a field", "{"))
        {
            if (Current is { Kind: HoconTokenKind.Unquoted, Text: "include" }) Include(result);
            else Field(result);
            EndItem(close);
        }
        return result;
    }

    private HoconArrayNode Array()
    {
        var origin = Current.Origin;
        Enter();
        _arrays++;
        var items = new List<HoconNode>();
        while (MoreItems(origin, HoconTokenKind.CloseBracket, "an element", "["))
        {
            items.Add(Value("an element"));
            EndItem(HoconTokenKind.CloseBracket);
        }
        _arrays--;
        _depth--;
        return new HoconArrayNode(origin, items);
    }

    private void Enter()
    {
        if (++_depth > MaxDepth) throw Error($"more than {MaxDepth} objects and lists stand inside one another: expected less");
        _at++;
    }

    /// <summary>Moves to the next item, or past the closing token.</summary>
    private bool MoreItems(HoconOrigin opened, HoconTokenKind close, string item, string opening)
    {
        SkipBlank();
        if (Current.Kind == close)
        {
            _at++;
            return false;
        }
        return Current.Kind switch
        {
            HoconTokenKind.Comma => throw Error($"a comma stands where {item} was expected: commas come singly, after {item}"),
            HoconTokenKind.End => throw Error($"the '{opening}' at {opened} is never closed"),
            HoconTokenKind.CloseBrace or HoconTokenKind.CloseBracket => throw Error($"{Current.Show()} closes nothing: expected {item}"),
            _ => true,
        };
    }

    /// <summary>After an item: a comma or a new line, unless the end comes.</summary>
    private void EndItem(HoconTokenKind close)
    {
        SkipSpace();
        var separated = Current.Kind == HoconTokenKind.Newline;
        SkipBlank();
        if (Current.Kind == HoconTokenKind.Comma)
        {
            _at++;
            return;
        }
        if (!separated && Current.Kind != close) throw Error($"{Current.Show()} is unexpected here: expected a comma or a new line");
    }

    private void Field(HoconObjectNode target)
    {
        var start = _at;
        var origin = Current.Origin;
        while (Current.Kind is HoconTokenKind.Unquoted or HoconTokenKind.Quoted or HoconTokenKind.Whitespace) _at++;
        if (_at == start) throw Error($"{Current.Show()} is no key: expected a key such as name or \"name\"");
        var keys = HoconPath.FromTokens(_tokens[start.._at], origin);
        SkipBlank();
        var separator = Current.Kind;
        if (separator is HoconTokenKind.Colon or HoconTokenKind.EqualsSign or HoconTokenKind.PlusEquals) _at++;
        else if (separator != HoconTokenKind.OpenBrace)
            throw Error($"{Current.Show()} follows the key '{HoconPath.Render(keys)}': expected one of = : += {{");
        SkipBlank();

        var outer = _path.Count;
        _path.AddRange(keys);
        if (_path.Count > MaxDepth)
            throw new HoconException(origin, $"the path of this key has {_path.Count} elements: expected at most {MaxDepth}");
        var value = Value($"a value for '{HoconPath.Render(keys)}'");
        if (separator == HoconTokenKind.PlusEquals) value = Append(value, origin);
        _path.RemoveRange(outer, keys.Length);
        target.Put(keys, value, origin);
    }

    /// <summary><c>a += b</c> is <c>a = ${?a} [b]</c>.</summary>
    private HoconConcatNode Append(HoconNode value, HoconOrigin origin)
    {
        if (_arrays > 0) throw new HoconException(origin, "+= stands inside a list, where no path leads to its key: expected =");
        var before = new HoconSubstitutionNode(origin, [[.. _path]], optional: true, variable: null);
        return new HoconConcatNode(origin, [before, new HoconArrayNode(origin, [value])]);
    }

    private HoconNode Value(string what)
    {
        var parts = new List<HoconNode>();
        while (true)
        {
            switch (Current.Kind)
            {
                case HoconTokenKind.OpenBrace:
                    parts.Add(Object());
                    break;
                case HoconTokenKind.OpenBracket:
                    parts.Add(Array());
                    break;
                case HoconTokenKind.Substitution:
                    parts.Add(Substitution());
                    break;
                case HoconTokenKind.Quoted:
                    parts.Add(new HoconLiteralNode(new HoconString(Current.Origin, Current.Text), Current.Text));
                    _at++;
                    break;
                case HoconTokenKind.Unquoted:
                    parts.Add(new HoconLiteralNode(Simple(Current), Current.Text));
                    _at++;
                    break;
                case HoconTokenKind.Whitespace:
                    parts.Add(new HoconLiteralNode(new HoconString(Current.Origin, Current.Text), Current.Text, isSpace: true));
                    _at++;
                    break;
                case HoconTokenKind.Colon or HoconTokenKind.EqualsSign or HoconTokenKind.PlusEquals:
                    throw Error($"{Current.Show()} stands inside a value: quote the value, or end the line before the next key");
                default:
                    return Combine(parts, what);
            }
        }
    }

    private HoconNode Combine(List<HoconNode> parts, string what)
    {
        static bool IsValue(HoconNode part) => part is not HoconLiteralNode { IsSpace: true };
        var start = parts.FindIndex(IsValue);
        if (start < 0) throw Error($"{Current.Show()} stands where {what} was expected");
        parts = parts[start..(parts.FindLastIndex(IsValue) + 1)];
        if (parts.Count == 1) return parts[0];
        if (parts.Where(IsValue).All(part => part is HoconObjectNode))
        {
            var merged = (HoconObjectNode)parts[0];
            foreach (var later in parts.Skip(1).OfType<HoconObjectNode>()) merged.Absorb(later);
            return merged;
        }
        if (!parts.All(part => part is HoconLiteralNode)) return new HoconConcatNode(parts[0].Origin, parts);
        var text = string.Concat(parts.Cast<HoconLiteralNode>().Select(part => part.Text));
        return new HoconLiteralNode(new HoconString(parts[0].Origin, text), text);
    }

    private HoconSubstitutionNode Substitution()
    {
        var token = Current;
        _at++;
        string[][] candidates = _rootLength == 0 ? [token.Path!] : [[.. _path.Take(_rootLength), .. token.Path!], token.Path!];
        return new HoconSubstitutionNode(token.Origin, candidates, token.Optional, string.Join('.', token.Path!));
    }

    private static HoconValue Simple(HoconToken token) => token.Text switch
    {
        "true" => new HoconBoolean(token.Origin, true),
        "false" => new HoconBoolean(token.Origin, false),
        "null" => new HoconNull(token.Origin),
        _ when HoconConversions.JsonNumber().IsMatch(token.Text) => new HoconNumber(token.Origin, token.Text),
        _ => new HoconString(token.Origin, token.Text),
    };

    /// <summary>
    /// include "f", include file("f"), and either inside required(...), which says nothing more here, or inside optional(...).
    /// </summary>
    private void Include(HoconObjectNode target)
    {
        const string Expected = "expected include \"file\", include file(\"file\") or include optional(...)";
        var origin = Current.Origin;
        _at++;
        var opening = IncludeWord();
        if (Current.Kind != HoconTokenKind.Quoted)
            throw new HoconException(origin, $"{Current.Show()} follows include: {Expected}; a key of that name is written \"include\"");
        var name = Current.Text;
        _at++;
        // Only as many closing parentheses as were opened: what follows them belongs to the next field.
        var closing = "";
        while (closing.Length < opening.Count(c => c == '(') && IncludeWord() is { Length: > 0 } word) closing += word;
        var optional = opening is "optional(" or "optional(file(";
        var isKnown = optional || opening is "" or "file(" or "required(" or "required(file(";
        if (!isKnown || closing != new string(')', opening.Count(c => c == '(')))
            throw new HoconException(origin, $"'include {opening}\"{name}\"{closing}' is not understood: {Expected}");
        if (_arrays == 0) target.Absorb(_includes.Load(name, optional, origin, _path));
        else
            throw new HoconException(
                origin, "include stands inside a list, where no path leads to it: include the file under a key and refer to that");
    }

    /// <summary>The unquoted text up to the next token of another kind, without whitespace.</summary>
    private string IncludeWord()
    {
        var word = "";
        SkipBlank();
        while (Current.Kind == HoconTokenKind.Unquoted)
        {
            word += Current.Text;
            _at++;
            if (word[^1] != ')') SkipBlank();
        }
        return word;
    }

    private void SkipSpace()
    {
        while (Current.Kind == HoconTokenKind.Whitespace) _at++;
    }

    private void SkipBlank()
    {
        while (Current.Kind is HoconTokenKind.Whitespace or HoconTokenKind.Newline) _at++;
    }

    private HoconException Error(string problem) => new(Current.Origin, problem);
}
