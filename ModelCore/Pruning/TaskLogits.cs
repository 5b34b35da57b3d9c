namespace Sweeps.ModelCore.Pruning;

/// <summary>
/// What a circuit says at the last position of each sequence, and the task loss as a function of a scale s and a shift b of the final
/// logits. The two candidates of a pair are A and B; s multiplies all logits, b is added to the difference A − B (half to A, minus half to
/// B),
/// the same for every sequence: a constant that favoured each sequence's own right answer would be no calibration but an oracle.
/// </summary>
internal sealed class TaskLogits
{
    /// <summary>The two candidates' logits.</summary>
    /// <param name="difference">A − B per sequence, float32 as the model gives it</param>
    /// <param name="answerIsA">whether the right completion is A's</param>
    internal TaskLogits(float[] difference, bool[] answerIsA) => (Difference, AnswerIsA) = (difference, answerIsA);

    /// <summary>All logits, for the loss over the whole vocabulary.</summary>
    /// <param name="logits">(sequences, vocabulary) row by row</param>
    /// <param name="tokenA">A's token per sequence</param>
    /// <param name="tokenB">B's token per sequence</param>
    /// <param name="answerIsA">whether the right completion is A's</param>
    internal TaskLogits(float[] logits, long[] tokenA, long[] tokenB, bool[] answerIsA)
    {
        (Logits, TokenA, TokenB, AnswerIsA) = (logits, tokenA, tokenB, answerIsA);
        Vocabulary = logits.Length / answerIsA.Length;
        Difference = new float[answerIsA.Length];
        for (var i = 0; i < Difference.Length; i++)
            Difference[i] = logits[(i * Vocabulary) + tokenA[i]] - logits[(i * Vocabulary) + tokenB[i]];
    }

    internal float[] Difference { get; }

    internal bool[] AnswerIsA { get; }

    private float[]? Logits { get; }

    private long[]? TokenA { get; }

    private long[]? TokenB { get; }

    private int Vocabulary { get; }

    /// <summary>Mean cross-entropy in nats, and its derivatives by scale and shift.</summary>
    internal (double Loss, double ByScale, double ByShift) Loss(double scale, double shift)
    {
        var d = Derivatives(scale, shift);
        return (d.Loss, d.ByScale, d.ByShift);
    }

    /// <summary>Mean cross-entropy in nats, and its first and second derivatives by scale and shift.</summary>
    internal LossDerivatives Derivatives(double scale, double shift) =>
        Logits is null ? TwoCandidates(scale, shift) : WholeVocabulary(scale, shift);

    /// <summary>The loss and its derivatives: the first by each, the second by scale twice, by both, by shift twice.</summary>
    internal readonly record struct LossDerivatives(
        double Loss, double ByScale, double ByShift, double ByScaleTwice, double ByBoth, double ByShiftTwice)
    {
        internal LossDerivatives Over(int count) =>
            new(Loss / count, ByScale / count, ByShift / count, ByScaleTwice / count, ByBoth / count, ByShiftTwice / count);
    }

    /// <summary>The mean margin of the right completion over the wrong one is linear in scale and shift: its two coefficients.</summary>
    internal (double ByScale, double ByShift) MeanMargin()
    {
        double byScale = 0, byShift = 0;
        for (var i = 0; i < Difference.Length; i++)
        {
            double sign = AnswerIsA[i] ? 1 : -1;
            byScale += sign * Difference[i];
            byShift += sign;
        }
        return (byScale / Difference.Length, byShift / Difference.Length);
    }

    /// <summary>
    /// Fraction of sequences whose right completion has the higher logit; a tie counts half, so that what always says the same, as after a
    /// fit with scale and shift 0, is guessing.
    /// </summary>
    internal double Accuracy(double scale, double shift)
    {
        var halves = 0;
        for (var i = 0; i < Difference.Length; i++)
        {
            var margin = (AnswerIsA[i] ? 1 : -1) * ((scale * Difference[i]) + shift);
            halves += margin > 0 ? 2 : margin == 0 ? 1 : 0;
        }
        return halves / (2.0 * Difference.Length);
    }

    private LossDerivatives TwoCandidates(double scale, double shift)
    {
        double loss = 0, byScale = 0, byShift = 0, byScaleTwice = 0, byBoth = 0, byShiftTwice = 0;
        for (var i = 0; i < Difference.Length; i++)
        {
            double sign = AnswerIsA[i] ? 1 : -1, difference = Difference[i];
            var margin = sign * ((scale * difference) + shift);
            var e = Math.Exp(-Math.Abs(margin));
            loss += Math.Max(-margin, 0) + double.LogP1(e); // log(1 + e^−margin) without overflow
            var slope = -sign * (margin >= 0 ? e / (1 + e) : 1 / (1 + e));
            byScale += slope * difference;
            byShift += slope;
            var curvature = e / ((1 + e) * (1 + e));
            byScaleTwice += curvature * difference * difference;
            byBoth += curvature * difference;
            byShiftTwice += curvature;
        }
        return new LossDerivatives(loss, byScale, byShift, byScaleTwice, byBoth, byShiftTwice).Over(Difference.Length);
    }

    private LossDerivatives WholeVocabulary(double scale, double shift)
    {
        double loss = 0, byScale = 0, byShift = 0, byScaleTwice = 0, byBoth = 0, byShiftTwice = 0;
        var moved = new double[Vocabulary];
        for (var i = 0; i < Difference.Length; i++)
        {
            var row = Logits.AsSpan(i * Vocabulary, Vocabulary);
            var (a, b) = ((int)TokenA![i], (int)TokenB![i]);
            for (var v = 0; v < row.Length; v++) moved[v] = scale * row[v];
            moved[a] += shift / 2;
            moved[b] -= shift / 2;
            var max = double.NegativeInfinity;
            foreach (var z in moved) max = Math.Max(max, z);
            double sum = 0, weighted = 0, squares = 0;
            for (var v = 0; v < row.Length; v++)
            {
                var p = Math.Exp(moved[v] - max);
                double z = row[v];
                sum += p;
                weighted += p * z;
                squares += p * z * z;
            }
            var (answer, sign) = AnswerIsA[i] ? (a, 1) : (b, -1);
            var (pA, pB, mean) = (Math.Exp(moved[a] - max) / sum, Math.Exp(moved[b] - max) / sum, weighted / sum);
            loss += max + Math.Log(sum) - moved[answer];
            byScale += mean - row[answer];
            byShift += ((pA - pB) / 2) - (sign / 2.0);
            // Variances and covariance of the logit and of ±1/2 at the candidates.
            byScaleTwice += Math.Max(0, (squares / sum) - (mean * mean));
            byBoth += ((pA * (row[a] - mean)) - (pB * (row[b] - mean))) / 2;
            byShiftTwice += ((pA + pB) - ((pA - pB) * (pA - pB))) / 4;
        }
        return new LossDerivatives(loss, byScale, byShift, byScaleTwice, byBoth, byShiftTwice).Over(Difference.Length);
    }
}
