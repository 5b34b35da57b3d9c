using System.Runtime.InteropServices;

namespace Sweeps.ModelCore.Data;

/// <summary>
/// Learns byte pair merges (Sennrich et al. 2016): counts distinct pre-tokens once, then again and again merges the most
/// frequent pair of neighbours, updating only the pre-tokens that hold it. Of equally frequent pairs the one with the smaller
/// ids wins, so the result is a pure function of the counts.
/// </summary>
internal sealed class BytePairTrainer(TokenizerPattern pattern)
{
    private readonly PieceLength _pieces = PreTokenizer.Of(pattern);
    private readonly Dictionary<byte[], long> _counts = new(ByteArrayComparer.Instance);

    /// <summary>Counts the pre-tokens of one document.</summary>
    public void Add(ReadOnlySpan<byte> document)
    {
        var counts = _counts.GetAlternateLookup<ReadOnlySpan<byte>>();
        while (document.Length > 0)
        {
            var length = _pieces(document);
            CollectionsMarshal.GetValueRefOrAddDefault(counts, document[..length], out _)++;
            document = document[length..];
        }
    }

    /// <summary>The first <paramref name="count"/> merges as pairs of ids; id 256 + i is the result of merge i.</summary>
    /// <exception cref="JobInputException">the documents hold too few different pairs</exception>
    public List<(int Left, int Right)> Merges(int count, CancellationToken cancellation)
    {
        var words = new List<(int[] Ids, long Count)>(_counts.Count);
        var pairs = new Dictionary<(int, int), Pair>();
        foreach (var (bytes, n) in _counts)
        {
            AddPairs(pairs, bytes.Select(b => (int)b).ToArray(), words.Count, n, null);
            words.Add((bytes.Select(b => (int)b).ToArray(), n));
        }
        var queue = new PriorityQueue<(int Left, int Right), (long Count, int Left, int Right)>(
            Comparer<(long Count, int Left, int Right)>.Create(
            (a, b) => a.Count != b.Count ? b.Count.CompareTo(a.Count) : (a.Left, a.Right).CompareTo((b.Left, b.Right))));
        foreach (var ((left, right), pair) in pairs) queue.Enqueue((left, right), (pair.Count, left, right));

        var merges = new List<(int, int)>(count);
        var changed = new HashSet<(int, int)>();
        while (merges.Count < count)
        {
            cancellation.ThrowIfCancellationRequested();
            if (!queue.TryDequeue(out var best, out var key))
            {
                throw new JobInputException(
                    $"tokenizer.vocab_size is {count + 257}, but the corpus gives a vocabulary of at most {merges.Count + 257}: "
                        + "lower it or use a larger or more varied corpus");
            }
            // Counts in the queue may be stale; each change enqueued a fresh entry.
            if (!pairs.TryGetValue(best, out var current) || current.Count != key.Count) continue;
            var merged = 256 + merges.Count;
            merges.Add(best);
            changed.Clear();
            foreach (var w in current.Words)
            {
                var (ids, n) = words[w];
                var next = BytePair.Merge(ids, best.Left, best.Right, merged);
                if (next.Length == ids.Length) continue;
                AddPairs(pairs, ids, w, -n, changed);
                AddPairs(pairs, next, w, n, changed);
                words[w] = (next, n);
            }
            pairs.Remove(best);
            foreach (var (left, right) in changed)
                if (pairs.TryGetValue((left, right), out var pair) && pair.Count > 0)
                    queue.Enqueue((left, right), (pair.Count, left, right));
        }
        return merges;
    }

    // A word stays listed under a pair that it has lost: it is checked again when that pair is merged.
    private static void AddPairs(Dictionary<(int, int), Pair> pairs, int[] ids, int word, long count, HashSet<(int, int)>? changed)
    {
        for (var i = 0; i + 1 < ids.Length; i++)
        {
            var key = (ids[i], ids[i + 1]);
            ref var pair = ref CollectionsMarshal.GetValueRefOrAddDefault(pairs, key, out _);
            pair ??= new Pair();
            pair.Count += count;
            if (count > 0) pair.Words.Add(word);
            changed?.Add(key);
        }
    }

    private sealed class Pair
    {
        public long Count { get; set; }

        public HashSet<int> Words { get; } = [];
    }
}
