using System.Collections.Concurrent;
using System.Text;

namespace Sweeps.ModelCore.Data;

/// <summary>
/// Byte-level byte pair encoding: any bytes encode, and decoding gives them back exactly. Text is cut into pieces by the rule of
/// <see cref="Pattern"/>. Ids fit 16 bits. Safe for use by several threads.
/// </summary>
public sealed class Tokenizer
{
    /// <summary>Ids are stored in 16 bits.</summary>
    public const int MaxVocabSize = 65536;

    /// <summary>The entry that stands between documents; text never encodes to it.</summary>
    public const string EndOfTextName = "<|endoftext|>";

    private const int MaxCached = 1 << 17;

    private readonly PieceLength _pieces;
    private readonly byte[][] _entries; // id → bytes; empty for end-of-text
    private readonly int[] _byteIds = new int[256];
    private readonly Dictionary<(int, int), (int Rank, int Merged)> _ranks = [];
    private readonly ConcurrentDictionary<byte[], int[]> _cache = new(ByteArrayComparer.Instance);
    private int _cached;

    /// <summary>Entries with their bytes, and merges in order of rank as pairs of ids with the id of the result.</summary>
    internal Tokenizer(byte[][] entries, int endOfText, IReadOnlyList<(int Left, int Right, int Merged)> merges, TokenizerPattern pattern)
    {
        (_entries, EndOfText, Merges, Pattern, _pieces) = (entries, endOfText, merges, pattern, PreTokenizer.Of(pattern));
        for (var id = 0; id < entries.Length; id++)
            if (entries[id].Length == 1) _byteIds[entries[id][0]] = id;
        for (var rank = 0; rank < merges.Count; rank++)
            _ranks.TryAdd((merges[rank].Left, merges[rank].Right), (rank, merges[rank].Merged));
    }

    /// <summary>Number of entries, end-of-text included.</summary>
    public int VocabSize => _entries.Length;

    /// <summary>Id of the entry between documents; the last one in a tokenizer trained here.</summary>
    public int EndOfText { get; }

    /// <summary>How text is cut before byte pairs merge.</summary>
    public TokenizerPattern Pattern { get; }

    internal IReadOnlyList<(int Left, int Right, int Merged)> Merges { get; }

    /// <summary>
    /// Learns a vocabulary of exactly <paramref name="vocabSize"/> entries: id b is byte b, then merges from the most frequent, end-of-text
    /// last.
    /// Deterministic, whatever the order of the documents.
    /// </summary>
    /// <exception cref="JobInputException">the size is outside 257..65536, or more than the documents give</exception>
    public static Tokenizer Train(
        IEnumerable<ReadOnlyMemory<byte>> documents, int vocabSize, TokenizerPattern pattern = TokenizerPattern.Tinypython,
        CancellationToken cancellation = default)
    {
        ArgumentNullException.ThrowIfNull(documents);
        if (vocabSize is < 257 or > MaxVocabSize)
            throw new JobInputException($"tokenizer.vocab_size is {vocabSize}: expected 257 to {MaxVocabSize}");
        var trainer = new BytePairTrainer(pattern);
        foreach (var document in documents)
        {
            cancellation.ThrowIfCancellationRequested();
            trainer.Add(document.Span);
        }
        var learned = trainer.Merges(vocabSize - 257, cancellation);
        var entries = new byte[vocabSize][];
        for (var b = 0; b < 256; b++) entries[b] = [(byte)b];
        for (var i = 0; i < learned.Count; i++) entries[256 + i] = [.. entries[learned[i].Left], .. entries[learned[i].Right]];
        entries[^1] = [];
        return new Tokenizer(entries, vocabSize - 1, [.. learned.Select((m, i) => (m.Left, m.Right, 256 + i))], pattern);
    }

    /// <summary>Reads encoder.json and vocab.bpe from a folder; errors as <see cref="Load(string, string, TokenizerPattern?)"/>.</summary>
    public static Tokenizer Load(string folder) =>
        Load(Path.Combine(folder, TokenizerFiles.Encoder), Path.Combine(folder, TokenizerFiles.Merges));

    /// <summary>Reads a GPT-2 style pair of files.</summary>
    /// <param name="encoderPath">encoder.json</param>
    /// <param name="mergesPath">vocab.bpe</param>
    /// <param name="pattern">how text is cut; null for what the first line of vocab.bpe says, or tinypython where it says nothing</param>
    /// <exception cref="InvalidDataException">
    /// a file is missing or not sound; the message names file, line or entry, and what was expected
    /// </exception>
    public static Tokenizer Load(string encoderPath, string mergesPath, TokenizerPattern? pattern = null) =>
        TokenizerFiles.Load(encoderPath, mergesPath, pattern);

    /// <summary>Writes encoder.json and vocab.bpe into a folder, which is created; each appears whole or not at all.</summary>
    public void Save(string folder) => TokenizerFiles.Save(this, folder);

    /// <summary>The ids of <paramref name="text"/>, none of them end-of-text.</summary>
    public int[] Encode(ReadOnlySpan<byte> text)
    {
        var ids = new List<int>((text.Length / 3) + 1);
        Encode(text, ids);
        return [.. ids];
    }

    /// <summary>The ids of the UTF-8 form of <paramref name="text"/>.</summary>
    public int[] Encode(string text) => Encode(Encoding.UTF8.GetBytes(text));

    /// <summary>Appends the ids of <paramref name="text"/> to <paramref name="ids"/>.</summary>
    public void Encode(ReadOnlySpan<byte> text, List<int> ids)
    {
        ArgumentNullException.ThrowIfNull(ids);
        var cache = _cache.GetAlternateLookup<ReadOnlySpan<byte>>();
        while (text.Length > 0)
        {
            var piece = text[.._pieces(text)];
            text = text[piece.Length..];
            if (!cache.TryGetValue(piece, out var encoded))
            {
                encoded = EncodePiece(piece);
                if (Interlocked.Increment(ref _cached) <= MaxCached) cache.TryAdd(piece, encoded);
            }
            ids.AddRange(encoded);
        }
    }

    /// <summary>The bytes of <paramref name="ids"/>; end-of-text has none.</summary>
    /// <exception cref="ArgumentOutOfRangeException">an id is outside the vocabulary</exception>
    public byte[] Decode(ReadOnlySpan<int> ids)
    {
        var bytes = new List<byte>(ids.Length * 3);
        foreach (var id in ids) bytes.AddRange(Bytes(id).Span);
        return [.. bytes];
    }

    /// <summary>The text of <paramref name="ids"/>; bytes that are not UTF-8 show as U+FFFD.</summary>
    public string DecodeText(params ReadOnlySpan<int> ids) => Encoding.UTF8.GetString(Decode(ids));

    /// <summary>The bytes of one entry; empty for end-of-text.</summary>
    /// <exception cref="ArgumentOutOfRangeException">the id is outside the vocabulary</exception>
    public ReadOnlyMemory<byte> Bytes(int id)
    {
        if ((uint)id >= (uint)_entries.Length)
            throw new ArgumentOutOfRangeException(nameof(id), id, $"token id is outside the vocabulary of {_entries.Length}");
        return _entries[id];
    }

    /// <summary>One entry as shown to people: text with \n, \r, \t and other control or invalid bytes escaped.</summary>
    public string Display(int id)
    {
        if (id == EndOfText) return EndOfTextName;
        var text = new StringBuilder();
        foreach (var c in DecodeText(id))
        {
            text.Append(c switch
            {
                '\n' => "\\n",
                '\r' => "\\r",
                '\t' => "\\t",
                _ when char.IsControl(c) => $"\\x{(int)c:x2}",
                _ => c.ToString(),
            });
        }
        return text.ToString();
    }

    private int[] EncodePiece(ReadOnlySpan<byte> piece)
    {
        var ids = new int[piece.Length];
        for (var i = 0; i < ids.Length; i++) ids[i] = _byteIds[piece[i]];
        while (ids.Length > 1)
        {
            var (bestRank, best, merged) = (int.MaxValue, (Left: 0, Right: 0), 0);
            for (var i = 0; i + 1 < ids.Length; i++)
            {
                if (_ranks.TryGetValue((ids[i], ids[i + 1]), out var m) && m.Rank < bestRank)
                    (bestRank, best, merged) = (m.Rank, (ids[i], ids[i + 1]), m.Merged);
            }
            if (bestRank == int.MaxValue) break;
            ids = BytePair.Merge(ids, best.Left, best.Right, merged);
        }
        return ids;
    }
}
