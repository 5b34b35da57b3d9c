using System.Runtime.InteropServices;

namespace Sweeps.ModelCore.Data;

/// <summary>
/// The loss that a model must beat to have learnt more than the frequencies of pairs: an interpolated Kneser–Ney bigram model
/// (Kneser and Ney 1995; Chen and Goodman 1999, section 2.7), counted on the training tokens.
/// </summary>
/// <remarks>
/// p(w|v) = max(c(v,w) − D, 0)/c(v) + D·N(v)/c(v) · p₁(w), with N(v) the number of different tokens after v;
/// p₁(w) = max(N(·,w) − D, 0)/N + D·M/N · 1/V, with N(·,w) the number of different tokens before w, N the number of different
/// pairs and M of different second tokens. D is the best of 0.05, 0.15 … 0.95 for the last tenth of the training
/// tokens under the counts of the rest; then all of them are counted.
/// </remarks>
internal static class BigramBaseline
{
    /// <summary>Mean negative log-likelihood, in nats, of each validation token after the first given the one before it.</summary>
    /// <param name="train">tokens to count</param>
    /// <param name="validation">tokens to predict</param>
    /// <param name="vocabSize">V; all ids are below it</param>
    /// <exception cref="JobInputException">there are fewer than 20 training or 2 validation tokens, or an id is not below V</exception>
    public static double NatsPerToken(TokenFile train, TokenFile validation, int vocabSize)
    {
        ArgumentNullException.ThrowIfNull(train);
        ArgumentNullException.ThrowIfNull(validation);
        if (train.Count < 20) throw new JobInputException($"the training corpus has {train.Count} tokens, expected at least 20");
        if (validation.Count < 2) throw new JobInputException($"the validation corpus has {validation.Count} tokens, expected at least 2");
        var cut = train.Count - (train.Count / 10);
        var tuning = Count(train, 0, cut, vocabSize);
        var slice = Pairs(train, cut - 1, train.Count, vocabSize);
        var discount = Enumerable.Range(0, 10).Select(i => 0.05 + (0.1 * i)).MinBy(d => Loss(tuning, slice, d));
        return Loss(Count(train, 0, train.Count, vocabSize), Pairs(validation, 0, validation.Count, vocabSize), discount);
    }

    internal static double NatsPerToken(TokenFile train, TokenFile validation, int vocabSize, double discount) =>
        Loss(Count(train, 0, train.Count, vocabSize), Pairs(validation, 0, validation.Count, vocabSize), discount);

    private static double Loss(Counts counts, Dictionary<uint, long> pairs, double discount)
    {
        var (sum, total) = (0.0, 0L);
        // Summed in the order of the pairs: the last bits of the result must not depend on how a dictionary is laid out.
        foreach (var (pair, n) in pairs.OrderBy(p => p.Key))
        {
            sum -= n * Math.Log(counts.Probability((int)(pair >> 16), (int)(pair & 0xFFFF), discount));
            total += n;
        }
        return sum / total;
    }

    private static Dictionary<uint, long> Pairs(TokenFile tokens, long start, long end, int vocabSize)
    {
        var pairs = new Dictionary<uint, long>();
        var previous = Checked(tokens[start], vocabSize);
        for (var i = start + 1; i < end; i++)
        {
            var token = Checked(tokens[i], vocabSize);
            CollectionsMarshal.GetValueRefOrAddDefault(pairs, ((uint)previous << 16) | (uint)token, out _)++;
            previous = token;
        }
        return pairs;
    }

    private static Counts Count(TokenFile tokens, long start, long end, int vocabSize)
    {
        var pairs = Pairs(tokens, start, end, vocabSize);
        var (after, kindsAfter, kindsBefore) = (new long[vocabSize], new int[vocabSize], new int[vocabSize]);
        foreach (var (pair, n) in pairs)
        {
            after[pair >> 16] += n;
            kindsAfter[pair >> 16]++;
            kindsBefore[pair & 0xFFFF]++;
        }
        return new Counts(pairs, after, kindsAfter, kindsBefore, kindsBefore.Count(n => n > 0));
    }

    private static int Checked(int token, int vocabSize) => token < vocabSize
        ? token : throw new JobInputException($"the corpus has the token {token}, expected ids below the vocabulary of {vocabSize}");

    private sealed record Counts(Dictionary<uint, long> Pairs, long[] After, int[] KindsAfter, int[] KindsBefore, int Seconds)
    {
        public double Probability(int previous, int token, double discount)
        {
            var lower = (Math.Max(KindsBefore[token] - discount, 0) / Pairs.Count)
                + (discount * Seconds / Pairs.Count / KindsBefore.Length);
            if (After[previous] == 0) return lower;
            var count = Pairs.GetValueOrDefault(((uint)previous << 16) | (uint)token);
            return (Math.Max(count - discount, 0) / After[previous]) + (discount * KindsAfter[previous] / After[previous] * lower);
        }
    }
}
