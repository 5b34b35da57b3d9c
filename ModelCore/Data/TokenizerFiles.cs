using System.Text;
using System.Text.Encodings.Web;
using System.Text.Json;
using Sweeps.Files;

namespace Sweeps.ModelCore.Data;

/// <summary>
/// GPT-2's file format: encoder.json maps entries, their bytes written as printable characters, to ids; vocab.bpe lists merges. Where the
/// pattern is not tinypython, the first line of vocab.bpe, which other programs pass over, names it.
/// </summary>
internal static class TokenizerFiles
{
    public const string Encoder = "encoder.json";
    public const string Merges = "vocab.bpe";

    /// <summary>Bytes of a file, at most: far above what 65,536 entries take.</summary>
    public const long MaxBytes = 64 << 20;

    private const string Version = "#version";
    private const string PatternWord = " pattern: ";

    private static readonly JsonSerializerOptions _json = new()
    {
        Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping,
        AllowDuplicateProperties = false,
    };

    public static void Save(Tokenizer tokenizer, string folder)
    {
        Directory.CreateDirectory(folder);
        var entries = Enumerable.Range(0, tokenizer.VocabSize).ToDictionary(id => Name(tokenizer, id), id => id);
        AtomicFile.Write(Path.Combine(folder, Encoder), s => JsonSerializer.Serialize(s, entries, _json));
        var lines = new StringBuilder($"{Version}: 0.2");
        if (tokenizer.Pattern != TokenizerPattern.Tinypython) lines.Append(PatternWord).Append(Word(tokenizer.Pattern));
        lines.Append('\n');
        foreach (var (left, right, _) in tokenizer.Merges)
            lines.Append(Name(tokenizer, left)).Append(' ').Append(Name(tokenizer, right)).Append('\n');
        AtomicFile.Write(Path.Combine(folder, Merges), s => s.Write(Encoding.UTF8.GetBytes(lines.ToString())));
    }

    public static Tokenizer Load(string encoderPath, string mergesPath, TokenizerPattern? pattern)
    {
        var ids = ReadEncoder(encoderPath);
        var (merges, named) = ReadMerges(mergesPath);
        return new TokenizerParts(encoderPath, mergesPath).Assemble(ids, merges, Agreed(mergesPath, pattern, named));
    }

    /// <summary>The pattern that option and file say, if they do not contradict each other; tinypython where neither says one.</summary>
    public static TokenizerPattern Agreed(string path, TokenizerPattern? asked, TokenizerPattern? named) =>
        asked is { } one && named is { } other && one != other
            ? throw TokenizerParts.Bad(path, $"was made with the pattern {Word(other)}, but tokenizer.pattern is {Word(one)}")
            : asked ?? named ?? TokenizerPattern.Tinypython;

    public static string Word(TokenizerPattern pattern) => JsonNamingPolicy.SnakeCaseLower.ConvertName(pattern.ToString());

    /// <summary>The text of a file of a tokenizer.</summary>
    /// <exception cref="InvalidDataException">it does not exist, or is far too long</exception>
    public static string ReadText(string path)
    {
        if (new FileInfo(path) is not { Exists: true } file) throw TokenizerParts.Bad(path, "does not exist");
        if (file.Length > MaxBytes) throw TokenizerParts.Bad(path, $"has {file.Length} bytes, expected at most {MaxBytes}");
        return File.ReadAllText(path, Encoding.UTF8);
    }

    private static Dictionary<string, int> ReadEncoder(string path)
    {
        try
        {
            var ids = JsonSerializer.Deserialize<Dictionary<string, int>>(ReadText(path), _json)
                ?? throw TokenizerParts.Bad(path, "is null: expected a JSON object of names and ids");
            TokenizerParts.CheckSize(path, ids.Count);
            return ids;
        }
        catch (JsonException e)
        {
            throw TokenizerParts.Bad(path, $"is not a JSON object of names and ids: {e.Message}");
        }
    }

    private static (List<NamedMerge> Merges, TokenizerPattern? Named) ReadMerges(string path)
    {
        var merges = new List<NamedMerge>();
        TokenizerPattern? named = null;
        var lines = ReadText(path).Split('\n');
        for (var i = 0; i < lines.Length; i++)
        {
            var line = lines[i].TrimEnd('\r');
            if (i == 0 && line.StartsWith(Version, StringComparison.Ordinal)) named = Named(path, line);
            else if (line.Length > 0)
            {
                var parts = line.Split(' ');
                if (parts.Length != 2 || parts.Contains(""))
                    throw TokenizerParts.Bad(path, $"line {i + 1} is \"{line}\", expected two entries with a space between them");
                merges.Add(new NamedMerge(parts[0], parts[1], $"line {i + 1}"));
            }
        }
        return (merges, named);
    }

    private static TokenizerPattern? Named(string path, string line)
    {
        var at = line.IndexOf(PatternWord, StringComparison.Ordinal);
        if (at < 0) return null;
        var name = line[(at + PatternWord.Length)..];
        var known = Enum.GetValues<TokenizerPattern>();
        return Array.Exists(known, pattern => Word(pattern) == name)
            ? known.First(pattern => Word(pattern) == name)
            : throw TokenizerParts.Bad(
                path, $"line 1 names the pattern \"{name}\", expected one of {string.Join(", ", known.Select(Word))}");
    }

    private static string Name(Tokenizer tokenizer, int id) =>
        id == tokenizer.EndOfText ? Tokenizer.EndOfTextName : TokenizerParts.Name(tokenizer.Bytes(id).Span);
}
