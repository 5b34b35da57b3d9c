using System.Text.Json;
using Sweeps.Tests;

namespace Sweeps.ModelCore.Tests.Interpretability;

/// <summary>A lexeme as Python's own tokenizer gives it.</summary>
/// <param name="Type">NAME, NUMBER, STRING, OP, COMMENT, NEWLINE, NL, INDENT …</param>
/// <param name="Text">its text</param>
/// <param name="Start">byte at which it begins</param>
/// <param name="End">byte behind it</param>
/// <param name="Column">characters before it on its line</param>
/// <param name="Keyword">whether it is a reserved word</param>
internal sealed record PythonToken(string Type, string Text, int Start, int End, int Column, bool Keyword);

/// <summary>A document with its lexemes.</summary>
internal sealed record TokenizedPython(string Name, string Text, PythonToken[] Tokens);

/// <summary>The tokenizer of Python's standard library.</summary>
internal static class PythonTokens
{
    private const string Script = """
        import io, json, keyword, os, sys, tokenize

        def lexemes(text):
            lines = text.splitlines(keepends=True)
            starts = [0]
            for line in lines:
                starts.append(starts[-1] + len(line.encode()))
            def at(place):
                row, column = place
                before = lines[row - 1][:column] if row <= len(lines) else ""
                return starts[min(row, len(starts)) - 1] + len(before.encode())
            return [
                dict(Type=tokenize.tok_name[one.exact_type if one.type != tokenize.OP else tokenize.OP], Text=one.string,
                     Start=at(one.start), End=at(one.end), Column=one.start[1], Keyword=keyword.iskeyword(one.string))
                for one in tokenize.generate_tokens(io.StringIO(text, newline="").readline)
                if one.type not in (tokenize.ENDMARKER, tokenize.DEDENT)]

        given = json.load(sys.stdin)
        documents = [("given", text) for text in given["Texts"]]
        folder = os.path.dirname(tokenize.__file__)
        for name in given["Modules"]:
            with open(os.path.join(folder, name), encoding="utf-8", newline="") as file:
                documents.append((name, file.read()))
        json.dump([dict(Name=name, Text=text, Tokens=lexemes(text)) for name, text in documents], sys.stdout)
        """;

    /// <summary>Some documents and some modules of the standard library.</summary>
    public static TokenizedPython[] Of(IReadOnlyList<string> texts, IReadOnlyList<string> modules) =>
        JsonSerializer.Deserialize<TokenizedPython[]>(
            DebianPython.Run(JsonSerializer.Serialize(new { Texts = texts, Modules = modules }), "-c", Script))!;

    /// <summary>Python's reserved words.</summary>
    public static string[] Keywords() =>
        JsonSerializer.Deserialize<string[]>(DebianPython.Run("", "-c", "import json, keyword; print(json.dumps(keyword.kwlist))"))!;
}
