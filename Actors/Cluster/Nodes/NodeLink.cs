using System.Collections.Immutable;

namespace Sweeps.Actors.Cluster.Nodes;

/// <summary>
/// One end of the conversation between a device node and the coordinator of one term: whatever the network loses, repeats or delays, each
/// side hears every word of the other once, in order. A value: nothing here sends or waits.
/// </summary>
/// <remarks>
/// Akka delivers a message at most once. Words are kept until the other side has said that it heard them, and said again from the first
/// that it has not. Whatever arrives out of turn is dropped, since it will be said again.
/// </remarks>
internal sealed record NodeLink(long Term)
{
    public const int MostInFrame = 64;

    /// <summary>Most words that may wait to be heard; beyond that the other side counts as gone.</summary>
    public const int MostUnheard = 100_000;

    /// <summary>Said, and not known to be heard, the oldest first.</summary>
    public ImmutableQueue<LinkWord> Unheard { get; private init; } = [];

    public int UnheardCount { get; private init; }

    /// <summary>The number of the last word that was heard of the other side.</summary>
    public long Heard { get; private init; }

    /// <summary>The number of the first of <see cref="Unheard"/>, or of the next word.</summary>
    private long First { get; init; } = 1;

    /// <summary>With another word, and the frame that says it.</summary>
    public (NodeLink Link, LinkFrame Frame) Say(LinkWord word) => (
        this with { Unheard = Unheard.Enqueue(word), UnheardCount = UnheardCount + 1 },
        new LinkFrame(Term, First + UnheardCount, [word], Heard));

    /// <summary>Everything that is not known to be heard, again.</summary>
    public IEnumerable<LinkFrame> Again() => Unheard.Chunk(MostInFrame).Select(
        (words, i) => new LinkFrame(Term, First + ((long)i * MostInFrame), [.. words], Heard));

    /// <summary>A frame that says no more than how much was heard.</summary>
    public LinkFrame Acknowledgement() => new(Term, First + UnheardCount, [], Heard);

    /// <summary>After a frame of the other side.</summary>
    /// <param name="frame">of this term</param>
    /// <returns>the link, and the words of the frame that are new and in turn</returns>
    public (NodeLink Link, ImmutableArray<LinkWord> Words) Hear(LinkFrame frame)
    {
        var (unheard, first, count) = (Unheard, First, UnheardCount);
        while (count > 0 && first <= frame.Heard) (unheard, first, count) = (unheard.Dequeue(), first + 1, count - 1);
        var known = (int)Math.Clamp(Heard + 1 - frame.First, 0, frame.Words.Length);
        ImmutableArray<LinkWord> words = frame.First > Heard + 1 ? [] : frame.Words[known..];
        return (this with { Unheard = unheard, First = first, UnheardCount = count, Heard = Heard + words.Length }, words);
    }
}
