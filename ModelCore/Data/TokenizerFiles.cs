using System.Text;
using System.Text.Encodings.Web;
using System.Text.Json;
using Sweeps.Files;

namespace Sweeps.ModelCore.Data;

/// <summary>GPT-2's file format: encoder.json maps entries, their bytes written as printable characters, to ids; vocab.bpe lists merges.</summary>
internal static class TokenizerFiles
{
    public const string Encoder = "encoder.json";
    public const string Merges = "vocab.bpe";

    private const long MaxBytes = 64 << 20; // far above what 65,536 entries take

    private static readonly char[] ByteToChar = PrintableBytes();
    private static readonly Dictionary<char, byte> CharToByte = ByteToChar.Select((c, b) => (c, b)).ToDictionary(x => x.c, x => (byte)x.b);
    private static readonly JsonSerializerOptions Json = new() { Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping };

    public static void Save(Tokenizer tokenizer, string folder)
    {
        Directory.CreateDirectory(folder);
        var entries = Enumerable.Range(0, tokenizer.VocabSize).ToDictionary(id => Name(tokenizer, id), id => id);
        AtomicFile.Write(Path.Combine(folder, Encoder), s => JsonSerializer.Serialize(s, entries, Json));
        var lines = new StringBuilder("#version: 0.2\n");
        foreach (var (left, right, _) in tokenizer.Merges) lines.Append(Name(tokenizer, left)).Append(' ').Append(Name(tokenizer, right)).Append('\n');
        AtomicFile.Write(Path.Combine(folder, Merges), s => s.Write(Encoding.UTF8.GetBytes(lines.ToString())));
    }

    public static Tokenizer Load(string encoderPath, string mergesPath)
    {
        var ids = ReadEncoder(encoderPath);
        var entries = new byte[ids.Count][];
        foreach (var (name, id) in ids)
        {
            if (id < 0 || id >= ids.Count)
                throw Bad(encoderPath, $"entry \"{name}\" has id {id}, expected 0 to {ids.Count - 1} for {ids.Count} entries");
            if (entries[id] is not null) throw Bad(encoderPath, $"id {id} is given twice, the second time to \"{name}\"");
            entries[id] = name == Tokenizer.EndOfTextName ? [] : ToBytes(name, encoderPath, $"entry \"{name}\"");
        }
        if (!ids.TryGetValue(Tokenizer.EndOfTextName, out var endOfText)) throw Bad(encoderPath, $"has no entry {Tokenizer.EndOfTextName}");
        for (var b = 0; b < 256; b++)
            if (!ids.ContainsKey(ByteToChar[b].ToString())) throw Bad(encoderPath, $"has no entry \"{ByteToChar[b]}\" for byte {b}");
        return new Tokenizer(entries, endOfText, ReadMerges(mergesPath, encoderPath, ids));
    }

    private static Dictionary<string, int> ReadEncoder(string path)
    {
        Dictionary<string, int>? ids;
        try
        {
            ids = JsonSerializer.Deserialize<Dictionary<string, int>>(ReadText(path));
        }
        catch (JsonException e)
        {
            throw Bad(path, $"is not a JSON object of names and ids: {e.Message}");
        }
        if (ids is null || ids.Count is < 257 or > Tokenizer.MaxVocabSize)
            throw Bad(path, $"has {ids?.Count ?? 0} entries, expected 257 to {Tokenizer.MaxVocabSize}");
        return ids;
    }

    private static List<(int, int, int)> ReadMerges(string path, string encoderPath, Dictionary<string, int> ids)
    {
        var merges = new List<(int, int, int)>();
        var lines = ReadText(path).Split('\n');
        for (var i = 0; i < lines.Length; i++)
        {
            var line = lines[i].TrimEnd('\r');
            if (line.Length == 0 || (i == 0 && line.StartsWith("#version", StringComparison.Ordinal))) continue;
            var parts = line.Split(' ');
            if (parts.Length != 2) throw Bad(path, $"line {i + 1} is \"{line}\", expected two entries with a space between them");
            var merge = (Left: Id(parts[0]), Right: Id(parts[1]), Merged: Id(parts[0] + parts[1]));
            if (parts.Contains(Tokenizer.EndOfTextName) || parts[0] + parts[1] == Tokenizer.EndOfTextName)
                throw Bad(path, $"line {i + 1} is \"{line}\", but text never encodes to {Tokenizer.EndOfTextName}");
            merges.Add(merge);

            int Id(string name) => ids.TryGetValue(name, out var id)
                ? id : throw Bad(path, $"line {i + 1} is \"{line}\", but \"{name}\" is not an entry of {encoderPath}");
        }
        return merges;
    }

    private static string ReadText(string path)
    {
        if (new FileInfo(path) is not { Exists: true } file) throw Bad(path, "does not exist");
        if (file.Length > MaxBytes) throw Bad(path, $"has {file.Length} bytes, expected at most {MaxBytes}");
        return File.ReadAllText(path, Encoding.UTF8);
    }

    private static string Name(Tokenizer tokenizer, int id) =>
        id == tokenizer.EndOfText ? Tokenizer.EndOfTextName : string.Concat(tokenizer.Bytes(id).ToArray().Select(b => ByteToChar[b]));

    private static byte[] ToBytes(string name, string path, string where)
    {
        if (name.Length == 0) throw Bad(path, $"{where} is empty");
        return [.. name.Select(c => CharToByte.TryGetValue(c, out var b) ? b : throw Bad(path, $"{where} has the character '{c}' (U+{(int)c:X4}), which stands for no byte"))];
    }

    // Printable Latin-1 characters stand for themselves, the other bytes for the characters from U+0100 on, in order.
    private static char[] PrintableBytes()
    {
        var map = new char[256];
        var next = 256;
        for (var b = 0; b < 256; b++)
            map[b] = b is (>= '!' and <= '~') or (>= 0xA1 and <= 0xAC) or (>= 0xAE and <= 0xFF) ? (char)b : (char)next++;
        return map;
    }

    private static InvalidDataException Bad(string path, string problem) => new($"tokenizer file {path}: {problem}");
}
