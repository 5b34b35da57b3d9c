using System.Text;

namespace Sweeps.ModelCore.Interpretability;

/// <summary>
/// Reads Python token by token and knows after each where it stands: in a string, in which brackets, on what kind of line. Tokens need not
/// end where words do. It looks at nothing that comes later, as the model does not, and goes on after text that is not Python: a string
/// that the line leaves open ends with the line.
/// </summary>
internal sealed class PythonScanner
{
    private readonly List<OpenDelimiter> _open = [];
    private readonly StringBuilder _word = new();
    private readonly NameUses _names = new();
    private int _at = -1, _lineStart = -1, _wordAt;
    private bool _freshLine = true, _firstIsWord, _continued, _comment, _number;
    private string _last = "", _before = "";
    private OpenDelimiter? _empty; // a string that was closed by the byte after its opener

    /// <summary>What the last byte belongs to.</summary>
    public LexicalClass Class { get; private set; }

    /// <summary>Columns by which the line of code is indented; a tab goes to the next multiple of eight.</summary>
    public int Indent { get; private set; }

    /// <summary>The number of the line's first word in <see cref="PythonWords"/>; brackets hold lines together.</summary>
    public int FirstWord { get; private set; }

    public int Depth { get; private set; }

    /// <summary>The string whose text the next byte would be; null in code.</summary>
    public OpenDelimiter? String => Top is { IsString: true } top ? top : null;

    /// <summary>Whether the next byte would be in a replacement field of an f-string, in brackets or not.</summary>
    public bool InField => String is null && _open.Exists(one => one.IsField);

    /// <summary>The innermost bracket; null outside brackets.</summary>
    public OpenDelimiter? Bracket => _open.FindLast(one => !one.IsString);

    /// <summary>Tokens since the one with the line's start; 0 for that one.</summary>
    public int SinceLineStart => _at - _lineStart;

    /// <summary>Tokens since the one that opened the innermost string or bracket; null where none is open.</summary>
    public int? SinceOpener => Top is { } top ? _at - top.OpenedAt : null;

    /// <summary>Tokens since the name in which the token ends last stood in the document; null where it does not or is none.</summary>
    public int? SinceName { get; private set; }

    public NameRole LastRole { get; private set; }

    private OpenDelimiter? Top => _open.Count > 0 ? _open[^1] : null;

    /// <summary>Begins a document: all before it is forgotten, and the token that stands for the start is counted.</summary>
    public void Begin()
    {
        _open.Clear();
        _word.Clear();
        _names.Clear();
        (_at, _lineStart, _freshLine, _firstIsWord, _continued, _comment, _number) = (-1, -1, true, false, false, false, false);
        (_last, _before, _empty) = ("", "", null);
        (Class, Indent, FirstWord, Depth, SinceName, LastRole) = (LexicalClass.None, 0, PythonWords.NoWord, 0, null, NameRole.None);
    }

    /// <summary>Reads the bytes of the next token.</summary>
    public void Read(ReadOnlySpan<byte> token)
    {
        _at++;
        foreach (var b in token) Next(b);
        (SinceName, LastRole) = (null, NameRole.None);
        if (_word.Length == 0 || _number) return;
        var word = _word.ToString();
        if (_firstIsWord) FirstWord = PythonWords.FirstWord(word);
        if (PythonWords.IsKeyword(word)) Class = LexicalClass.Keyword;
        else if (_names.Find(word) is { } use) (SinceName, LastRole) = (_at - use.Token, use.Role);
    }

    private void Next(byte b)
    {
        if (Top is { IsString: true } text) InString(text, b);
        else if (Top is { InSpecification: true }) InSpecification(b);
        else if (_comment) InComment(b);
        else InCode(b);
    }

    private void InComment(byte b)
    {
        Class = LexicalClass.Comment;
        if (b == '\n') EndLine();
    }

    private void InCode(byte b)
    {
        var empty = _empty;
        _empty = null;
        if (b == empty?.Opener)
        {
            OpenString(b, triple: true, empty.IsFormatted, empty.IsRaw, empty.OpenedAt);
            return;
        }
        if (Top is { IsField: true, HasText: false } field)
        {
            field.HasText = true;
            if (b == '{') // a doubled brace is text
            {
                Close();
                Class = LexicalClass.StringPiece;
                return;
            }
        }
        if (_word.Length > 0 && ContinuesWord(b))
        {
            AddToWord(b);
            return;
        }
        var prefix = b is (byte)'\'' or (byte)'"' && !_number && PythonWords.IsStringPrefix(_word.ToString()) ? _word.ToString() : "";
        if (prefix.Length > 0) _word.Clear();
        EndWord();
        if (b == '\n') EndLine();
        else if (b is (byte)' ' or (byte)'\t' or (byte)'\r' or (byte)'\f') Space(b);
        else if (b == '#') (_comment, Class) = (true, LexicalClass.Comment);
        else if (b == '\\') (_continued, Class) = (true, LexicalClass.Operator);
        else Lexeme(b, prefix);
    }

    private bool ContinuesWord(byte b)
    {
        if (IsWord(b)) return true;
        if (!_number) return false;
        // A point, or the sign of an exponent, which hexadecimal numbers have not.
        return b == '.' || (b is (byte)'+' or (byte)'-' && _word[^1] is 'e' or 'E' && !(_word.Length > 1 && _word[1] is 'x' or 'X'));
    }

    private void Space(byte b)
    {
        if (!_freshLine || _continued)
        {
            Class = LexicalClass.Space;
            return;
        }
        Class = LexicalClass.Indent;
        if (b == '\t') Indent = (Indent / 8 * 8) + 8;
        else if (b == ' ') Indent++;
    }

    private void Lexeme(byte b, string prefix)
    {
        _continued = false;
        var first = _freshLine;
        _freshLine = false;
        if (IsWord(b))
        {
            _names.Settle();
            _number = char.IsAsciiDigit((char)b);
            _firstIsWord = first && !_number;
            if (first) FirstWord = _number ? PythonWords.OtherWord : PythonWords.NameWord;
            AddToWord(b);
        }
        else if (b is (byte)'\'' or (byte)'"')
        {
            _names.Settle();
            if (first || (_firstIsWord && prefix.Length > 0)) FirstWord = PythonWords.StringWord;
            _firstIsWord = false;
            var lower = prefix.ToLowerInvariant();
            OpenString(b, triple: false, lower.Contains('f') || lower.Contains('t'), lower.Contains('r'), _at);
            Push("\"");
        }
        else
        {
            if (first) FirstWord = b == '@' ? PythonWords.DecoratorWord : PythonWords.OtherWord;
            Class = LexicalClass.Operator;
            Operator(b);
        }
    }

    private void Operator(byte b)
    {
        _names.Followed(b, Top is { Opener: (byte)'(', IsParameters: false });
        if (b is (byte)'(' or (byte)'[' or (byte)'{')
        {
            Open(new OpenDelimiter { Opener = b, OpenedAt = _at, IsParameters = b == '(' && _before == "def" });
        }
        else if (b is (byte)')' or (byte)']' or (byte)'}')
        {
            // A closing bracket that fits no opener closes what is open, except the field that only a brace ends.
            if (Top is { } top && (b == '}' || !top.IsField)) Close();
        }
        else if (b == ':' && Top is { IsField: true } field)
        {
            field.InSpecification = true;
        }
        Push(((char)b).ToString());
    }

    private void AddToWord(byte b)
    {
        _word.Append((char)b);
        _wordAt = _at;
        Class = _number ? LexicalClass.Number : LexicalClass.Name;
    }

    private void EndWord()
    {
        if (_word.Length == 0) return;
        var word = _word.ToString();
        _word.Clear();
        if (_firstIsWord) FirstWord = PythonWords.FirstWord(word);
        _firstIsWord = false;
        // Behind "!" stands the conversion of a replacement field.
        if (!_number && !PythonWords.IsKeyword(word) && _last != "!") _names.Add(word, _wordAt, Role());
        else _names.Settle();
        _number = false;
        Push(word);
    }

    private NameRole Role() => _last switch
    {
        "def" or "class" => NameRole.Defined,
        "for" or "as" or "import" => NameRole.Bound,
        "." => NameRole.Attribute,
        "(" or "," or "*" when Top is { IsParameters: true } => NameRole.Parameter,
        _ => NameRole.Read,
    };

    private void InString(OpenDelimiter text, byte b)
    {
        Class = LexicalClass.StringPiece;
        if (text.Escaped)
        {
            text.Escaped = false;
            text.Named = b == 'N' && text.IsFormatted && !text.IsRaw;
            if (b == '\n') _lineStart = _at;
            if (!text.IsFormatted || b is not ((byte)'{' or (byte)'}')) return;
        }
        if (b == text.Opener)
        {
            if (text.IsTriple && ++text.Quotes < 3) return;
            Close();
            Class = LexicalClass.Quote;
            if (!text.HasText && !text.IsTriple) _empty = text;
            return;
        }
        text.Quotes = 0;
        text.HasText = true;
        if (b == '\n') EndLine();
        else if (b == '\\') text.Escaped = true;
        else if (b == '{' && text.IsFormatted && !text.Named) OpenField();
        else text.Named = false;
    }

    private void InSpecification(byte b)
    {
        Class = LexicalClass.StringPiece;
        if (b == '{') OpenField();
        else if (b == '}')
        {
            Close();
            Class = LexicalClass.Operator;
        }
        else if (b == '\n') EndLine();
    }

    private void OpenField()
    {
        Open(new OpenDelimiter { Opener = (byte)'{', OpenedAt = _at, IsField = true });
        Class = LexicalClass.Operator;
        Push("{");
    }

    private void OpenString(byte quote, bool triple, bool formatted, bool raw, int openedAt)
    {
        Open(new OpenDelimiter { Opener = quote, OpenedAt = openedAt, IsTriple = triple, IsFormatted = formatted, IsRaw = raw });
        Class = LexicalClass.Quote;
    }

    private void Open(OpenDelimiter one)
    {
        _open.Add(one);
        if (!one.IsString) Depth++;
    }

    private void Close()
    {
        if (!_open[^1].IsString) Depth--;
        _open.RemoveAt(_open.Count - 1);
    }

    private void EndLine()
    {
        (_comment, _lineStart) = (false, _at);
        var left = _open.FindIndex(one => one is { IsString: true, IsTriple: false });
        while (left >= 0 && _open.Count > left) Close();
        if (String is not null) return;
        Class = LexicalClass.NewLine;
        var goesOn = _continued || _open.Count > 0;
        _continued = false;
        if (goesOn) return;
        _names.Settle();
        (_freshLine, Indent, FirstWord, _last, _before) = (true, 0, PythonWords.NoWord, "", "");
    }

    private void Push(string lexeme) => (_before, _last) = (_last, lexeme);

    // Bytes above ASCII are letters: Python allows those of all scripts, and nothing else of them outside strings and comments.
    private static bool IsWord(byte b) => b >= 0x80 || b == '_' || char.IsAsciiLetterOrDigit((char)b);
}
