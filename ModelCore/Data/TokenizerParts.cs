using System.Text;

namespace Sweeps.ModelCore.Data;

/// <summary>A merge as a file has it.</summary>
/// <param name="Left">the first entry, as in the file</param>
/// <param name="Right">the second</param>
/// <param name="Place">where it stands, e.g. <c>line 3</c></param>
internal readonly record struct NamedMerge(string Left, string Right, string Place);

/// <summary>
/// Makes a tokenizer of entries and merges by name, and refuses what would not give the tokens that its makers' program gives: entries
/// that text cannot reach, merges in an order that programs treat differently.
/// </summary>
/// <param name="path">the file of the entries, for messages</param>
/// <param name="mergesPath">the file of the merges</param>
internal sealed class TokenizerParts(string path, string mergesPath)
{
    private static readonly char[] _byteToChar = PrintableBytes();
    private static readonly Dictionary<char, byte> _charToByte =
        _byteToChar.Select((c, b) => (c, b)).ToDictionary(x => x.c, x => (byte)x.b);

    /// <summary>The printable characters that stand for <paramref name="bytes"/> in GPT-2's files.</summary>
    public static string Name(ReadOnlySpan<byte> bytes)
    {
        var name = new StringBuilder(bytes.Length);
        foreach (var b in bytes) name.Append(_byteToChar[b]);
        return name.ToString();
    }

    /// <summary>Refuses a number of entries that no tokenizer here can have.</summary>
    /// <exception cref="InvalidDataException">there are too few or too many</exception>
    public static void CheckSize(string path, int entries)
    {
        if (entries is < 257 or > Tokenizer.MaxVocabSize)
            throw Bad(path, $"has {entries} entries, expected 257 to {Tokenizer.MaxVocabSize}");
    }

    /// <summary>The tokenizer.</summary>
    /// <param name="ids">entries and their ids, end-of-text among them</param>
    /// <param name="merges">from the first rank on</param>
    /// <param name="pattern">how text is cut</param>
    /// <exception cref="InvalidDataException">they are not sound; the message names file, place or entry, and what was expected</exception>
    public Tokenizer Assemble(IReadOnlyDictionary<string, int> ids, IReadOnlyList<NamedMerge> merges, TokenizerPattern pattern)
    {
        CheckSize(path, ids.Count);
        var entries = new byte[ids.Count][];
        foreach (var (name, id) in ids)
        {
            if (id < 0 || id >= ids.Count)
                throw Bad(path, $"entry \"{name}\" has id {id}, expected 0 to {ids.Count - 1} for {ids.Count} entries");
            if (entries[id] is not null) throw Bad(path, $"id {id} is given twice, the second time to \"{name}\"");
            entries[id] = name == Tokenizer.EndOfTextName ? [] : ToBytes(name);
        }
        if (!ids.TryGetValue(Tokenizer.EndOfTextName, out var endOfText)) throw Bad(path, $"has no entry {Tokenizer.EndOfTextName}");
        for (var b = 0; b < 256; b++)
            if (!ids.ContainsKey(_byteToChar[b].ToString())) throw Bad(path, $"has no entry \"{_byteToChar[b]}\" for byte {b}");
        var made = new bool[ids.Count];
        for (var b = 0; b < 256; b++) made[ids[_byteToChar[b].ToString()]] = true;
        var ranked = Merges(ids, merges, made);
        made[endOfText] = true;
        if (Array.IndexOf(made, false) is >= 0 and var unreachable)
        {
            var name = ids.First(entry => entry.Value == unreachable).Key;
            throw Bad(
                path,
                $"entry \"{name}\" comes from no merge of {mergesPath}, nor do {made.Count(one => !one) - 1} others: expected only bytes, "
                    + $"merges and {Tokenizer.EndOfTextName}");
        }
        return new Tokenizer(entries, endOfText, ranked, pattern);
    }

    private List<(int, int, int)> Merges(IReadOnlyDictionary<string, int> ids, IReadOnlyList<NamedMerge> merges, bool[] made)
    {
        var ranked = new List<(int, int, int)>(merges.Count);
        var known = new HashSet<(int, int)>();
        foreach (var (left, right, place) in merges)
        {
            var merge = (Left: Id(left), Right: Id(right), Merged: Id(left + right));
            if (left == Tokenizer.EndOfTextName || right == Tokenizer.EndOfTextName || left + right == Tokenizer.EndOfTextName)
                throw Said($"but text never encodes to {Tokenizer.EndOfTextName}");
            if (!known.Add((merge.Left, merge.Right))) throw Said("as an earlier one is: expected each merge once");
            // In any other order some programs take the leftmost merge first and others the one of lowest rank, with different tokens.
            if (!made[merge.Left] || !made[merge.Right]) throw Said($"but no earlier merge makes \"{(made[merge.Left] ? right : left)}\"");
            made[merge.Merged] = true;
            ranked.Add(merge);

            int Id(string name) => ids.TryGetValue(name, out var id) ? id : throw Said($"but \"{name}\" is not an entry of {path}");

            InvalidDataException Said(string problem) => Bad(mergesPath, $"{place} is \"{left} {right}\", {problem}");
        }
        return ranked;
    }

    private byte[] ToBytes(string name)
    {
        if (name.Length == 0) throw Bad(path, "entry \"\" is empty");
        return
        [
            .. name.Select(c => _charToByte.TryGetValue(c, out var b) ? b : throw Bad(
                path,
                $"entry \"{name}\" has the character '{c}' (U+{(int)c:X4}), which stands for no byte: expected a byte-level tokenizer")),
        ];
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

    public static InvalidDataException Bad(string path, string problem) => new($"tokenizer file {path}: {problem}");
}
