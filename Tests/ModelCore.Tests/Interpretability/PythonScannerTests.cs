using System.Text;
using Sweeps.ModelCore.Data;
using Sweeps.ModelCore.Interpretability;

namespace Sweeps.ModelCore.Tests.Interpretability;

public class PythonScannerTests
{
    private static readonly string[] _modules =
        ["argparse.py", "ast.py", "bdb.py", "calendar.py", "csv.py", "datetime.py", "difflib.py", "fractions.py", "tokenize.py", "uuid.py"];

    private static readonly Lazy<TokenizedPython[]> _documents = new(() =>
    {
        var generator = new IdiomGenerator(new IdiomsOptions(), 3);
        return PythonTokens.Of([.. Enumerable.Range(0, 300).Select(i => generator.Document(i))], _modules);
    });

    [Fact]
    public void The_last_byte_of_each_lexeme_has_the_class_that_Python_gives_it()
    {
        foreach (var document in _documents.Value)
        {
            var states = Scan(document.Text);
            foreach (var token in document.Tokens.Where(token => token.End > token.Start))
            {
                LexicalClass? expected = token.Type switch
                {
                    "NAME" => token.Keyword ? LexicalClass.Keyword : LexicalClass.Name,
                    "NUMBER" => LexicalClass.Number,
                    "STRING" => LexicalClass.Quote,
                    "OP" => LexicalClass.Operator,
                    "COMMENT" => LexicalClass.Comment,
                    "NEWLINE" or "NL" => LexicalClass.NewLine,
                    "INDENT" => LexicalClass.Indent,
                    _ => null,
                };
                Assert.True(expected == states[token.End - 1].Class, Where(document, token, $"{states[token.End - 1].Class}"));
            }
        }
    }

    [Fact]
    public void A_string_is_open_from_its_first_quote_to_before_its_last_and_nowhere_else()
    {
        foreach (var document in _documents.Value)
        {
            var states = Scan(document.Text);
            var inside = new bool[states.Length];
            foreach (var token in document.Tokens.Where(token => token.Type == "STRING"))
            {
                var opener = token.Start + token.Text.IndexOfAny(['\'', '"']);
                // Two quotes may be an empty string until the third is there.
                for (var at = opener; at < token.End - 1; at++)
                    inside[at] = !(at == opener + 1 && states[at].Class == LexicalClass.Quote);
                Assert.False(states[token.End - 1].InString, Where(document, token, "open at its end"));
            }
            for (var at = 0; at < states.Length; at++)
                Assert.True(inside[at] == states[at].InString, $"{document.Name}, byte {at}: {states[at]}");
        }
    }

    [Fact]
    public void As_many_brackets_are_open_as_Python_has_seen()
    {
        foreach (var document in _documents.Value)
        {
            var (states, depth, most) = (Scan(document.Text), 0, 0);
            foreach (var token in document.Tokens.Where(token => token.Type == "OP"))
            {
                if (token.Text is "(" or "[" or "{") depth++;
                if (token.Text is ")" or "]" or "}") depth--;
                most = Math.Max(most, depth);
                Assert.True(depth == states[token.End - 1].Depth, Where(document, token, $"depth {states[token.End - 1].Depth}"));
            }
            Assert.True(document.Name == "given" || most > 1);
        }
    }

    [Fact]
    public void A_line_keeps_its_indentation_and_its_first_word_to_its_end()
    {
        foreach (var document in _documents.Value)
        {
            var states = Scan(document.Text);
            PythonToken? first = null;
            foreach (var token in document.Tokens)
            {
                if (token.Type is "NL" or "COMMENT" or "INDENT") continue;
                first ??= token;
                if (token.Type != "NEWLINE") continue;
                var before = states[token.Start - 1];
                Assert.True(first.Column == before.Indent, Where(document, first, $"indent {before.Indent}"));
                var word = first.Type switch
                {
                    "NAME" => PythonWords.FirstWord(first.Text),
                    "STRING" => PythonWords.StringWord,
                    _ => first.Text == "@" ? PythonWords.DecoratorWord : PythonWords.OtherWord,
                };
                Assert.True(word == before.FirstWord, Where(document, first, $"first word {before.FirstWord}"));
                first = null;
            }
        }
    }

    [Fact]
    public void Where_tokens_are_cut_changes_nothing_of_what_is_known_at_their_ends()
    {
        var text = Encoding.UTF8.GetBytes(_documents.Value[^1].Text);
        var bytes = Scan(_documents.Value[^1].Text);
        var random = new KeyedRandom(4, "cuts");
        var scanner = new PythonScanner();
        scanner.Begin();
        for (var at = 0; at < text.Length;)
        {
            var end = Math.Min(text.Length, at + 1 + random.Next(7));
            scanner.Read(text.AsSpan(at, end - at));
            Assert.Equal(bytes[end - 1], Of(scanner));
            at = end;
        }
    }

    [Fact]
    public void The_reserved_words_are_those_of_Python() => Assert.Equal(PythonTokens.Keywords(), PythonWords.Keywords);

    [Theory]
    [InlineData("f\"a{b", "field")]
    [InlineData("f\"a{b}c", "text")]
    [InlineData("f\"a{{b", "text")]
    [InlineData("f\"a{b:>{", "field")]
    [InlineData("f\"a{b:>{w}", "field")]
    [InlineData("f\"a{b:>{w}}c", "text")]
    [InlineData("f\"a{d['k", "string")]
    [InlineData("f\"a{d['k']", "field")]
    [InlineData("f\"a{d['k']!r}\" + x", "code")]
    [InlineData("f\"\\N{DASH} {b", "field")]
    [InlineData("f\"\\N{DASH} b", "text")]
    [InlineData("rf\"\\N{b", "field")]
    [InlineData("f\"{x if y else {1: 2}", "field")]
    [InlineData("f\"\"\"{a}\n", "text")]
    [InlineData("'{b", "string")]
    [InlineData("f'a\nb", "code")]
    [InlineData("f'a{b\nc", "code")]
    public void Replacement_fields_of_f_strings_are_code(string text, string expected)
    {
        var scanner = new PythonScanner();
        scanner.Begin();
        scanner.Read(Encoding.UTF8.GetBytes(text));
        var found = scanner switch
        {
            { InField: true } => "field",
            { String: { IsFormatted: true } } => "text",
            { String: not null } => "string",
            _ => "code",
        };
        Assert.Equal(expected, found);
    }

    [Theory]
    [InlineData("x|= 1\n|x", nameof(NameRole.Assigned), 2)]
    [InlineData("x|== 1\n|x", nameof(NameRole.Read), 2)]
    [InlineData("def |f|(a, |b):\n |b", nameof(NameRole.Parameter), 1)]
    [InlineData("def |f|():\n|f", nameof(NameRole.Defined), 2)]
    [InlineData("f|(|k|=|1)\n|k", nameof(NameRole.Argument), 3)]
    [InlineData("f|(1)\n|f", nameof(NameRole.Called), 2)]
    [InlineData("for |x| in y:\n |x", nameof(NameRole.Bound), 2)]
    [InlineData("a|.x|\n|x", nameof(NameRole.Attribute), 2)]
    [InlineData("x| if (y)|\n|x", nameof(NameRole.Read), 3)]
    [InlineData("x| = |x", nameof(NameRole.Assigned), 2)]
    [InlineData("x|\ny|", nameof(NameRole.None), null)]
    public void A_name_knows_where_it_last_stood_and_how_it_was_used(string tokens, string role, int? distance)
    {
        var scanner = new PythonScanner();
        scanner.Begin();
        foreach (var token in tokens.Split('|')) scanner.Read(Encoding.UTF8.GetBytes(token));
        Assert.Equal((role, distance), (scanner.LastRole.ToString(), scanner.SinceName));
    }

    [Fact]
    public void Parameters_are_those_of_the_function_and_not_of_a_call_within()
    {
        Assert.True(After("def f(a, b").Bracket!.IsParameters);
        Assert.False(After("def f(a=g(1").Bracket!.IsParameters);
        Assert.False(After("f(a").Bracket!.IsParameters);
        Assert.Null(After("def f(a):").Bracket);
    }

    [Fact]
    public void Any_bytes_can_be_read()
    {
        var random = new KeyedRandom(5, "bytes");
        for (var trial = 0; trial < 2000; trial++)
        {
            var scanner = new PythonScanner();
            scanner.Begin();
            for (var token = 0; token < 20; token++)
            {
                var bytes = new byte[random.Next(6)];
                for (var i = 0; i < bytes.Length; i++) bytes[i] = random.Choose("f'\"{}()[]\\\n:!=#Nab \t1.\xff"u8.ToArray());
                scanner.Read(bytes);
                Assert.True(scanner.Depth >= 0 && scanner.SinceLineStart >= 0 && (scanner.SinceOpener ?? 0) >= 0);
            }
        }
    }

    private static PythonScanner After(string text)
    {
        var scanner = new PythonScanner();
        scanner.Begin();
        scanner.Read(Encoding.UTF8.GetBytes(text));
        return scanner;
    }

    private static State[] Scan(string text)
    {
        var scanner = new PythonScanner();
        scanner.Begin();
        return Array.ConvertAll(Encoding.UTF8.GetBytes(text), b =>
        {
            scanner.Read([b]);
            return Of(scanner);
        });
    }

    private static State Of(PythonScanner scanner) => new(
        scanner.Class, scanner.String is not null || scanner.InField, scanner.InField || scanner.String is { IsFormatted: true } ? null
            : scanner.Depth, scanner.Indent, scanner.FirstWord);

    private static string Where(TokenizedPython document, PythonToken token, string found) =>
        $"{document.Name}, byte {token.Start}, {token.Type} {token.Text}: {found}";

    // The depth within f-strings is left out: before Python 3.12 its tokenizer gives them whole.
    private sealed record State(LexicalClass Class, bool InString, int? Depth, int Indent, int FirstWord);
}
