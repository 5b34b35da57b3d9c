using System.Globalization;

namespace Sweeps.ModelCore.Data;

/// <summary>Rows of tokens with the tokens that follow them, both (rows, context), row by row.</summary>
/// <param name="Inputs">token ids, rows × context</param>
/// <param name="Targets">for each input the next token of the corpus, rows × context</param>
/// <param name="Rows">number of sequences</param>
/// <param name="Context">tokens per sequence</param>
public sealed record TokenBatch(long[] Inputs, long[] Targets, int Rows, int Context)
{
    internal static TokenBatch Read(TokenFile tokens, ReadOnlySpan<long> offsets, int context)
    {
        var batch = new TokenBatch(new long[offsets.Length * context], new long[offsets.Length * context], offsets.Length, context);
        Span<int> window = new int[context + 1];
        for (var row = 0; row < offsets.Length; row++)
        {
            tokens.CopyTo(offsets[row], window);
            for (var i = 0; i < context; i++)
            {
                batch.Inputs[(row * context) + i] = window[i];
                batch.Targets[(row * context) + i] = window[i + 1];
            }
        }
        return batch;
    }
}

/// <summary>
/// Training batches at random places of the corpus. Batch t is a pure function of (corpus, sizes, seed, t): the whole state is
/// <see cref="Position"/>, which a checkpoint saves.
/// </summary>
/// <param name="tokens">the corpus; it must outlive the sampler</param>
/// <param name="batch">sequences per batch</param>
/// <param name="context">tokens per sequence</param>
/// <param name="seed">keys the places</param>
internal sealed class BatchSampler(TokenFile tokens, int batch, int context, ulong seed)
{
    private readonly long _places = BatchSizes.Check(tokens, batch, context) - context;

    /// <summary>The number of the batch that <see cref="Next"/> gives; set it to resume.</summary>
    public long Position { get; set; }

    /// <summary>The batch at <see cref="Position"/>, then moves on.</summary>
    public TokenBatch Next() => At(Position++);

    /// <summary>Batch number <paramref name="position"/>, whatever was drawn before.</summary>
    public TokenBatch At(long position)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(position);
        var random = new KeyedRandom(seed, "batch", position.ToString(CultureInfo.InvariantCulture));
        var offsets = new long[batch];
        for (var row = 0; row < batch; row++) offsets[row] = (long)(random.NextDouble() * _places);
        return TokenBatch.Read(tokens, offsets, context);
    }
}

/// <summary>Evaluation batches: consecutive windows of the corpus that share no target; what does not fill a batch is left out.</summary>
/// <param name="tokens">the corpus; it must outlive this object</param>
/// <param name="batch">sequences per batch</param>
/// <param name="context">tokens per sequence</param>
internal sealed class SequentialBatches(TokenFile tokens, int batch, int context)
{
    /// <summary>Number of batches; at least 1.</summary>
    public int Count { get; } = BatchSizes.Batches(tokens, batch, context);

    /// <summary>Batch <paramref name="index"/>, from 0.</summary>
    public TokenBatch At(int index)
    {
        ArgumentOutOfRangeException.ThrowIfGreaterThanOrEqual((uint)index, (uint)Count, nameof(index));
        var offsets = new long[batch];
        for (var row = 0; row < batch; row++) offsets[row] = (((long)index * batch) + row) * context;
        return TokenBatch.Read(tokens, offsets, context);
    }
}

internal static class BatchSizes
{
    public static long Check(TokenFile tokens, int batch, int context)
    {
        ArgumentNullException.ThrowIfNull(tokens);
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(batch);
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(context);
        return tokens.Count > context ? tokens.Count
            : throw new JobInputException($"the corpus has {tokens.Count} tokens, expected more than the context of {context}");
    }

    public static int Batches(TokenFile tokens, int batch, int context)
    {
        var count = (Check(tokens, batch, context) - 1) / ((long)batch * context);
        return count > 0 ? checked((int)count)
            : throw new JobInputException($"the corpus has {tokens.Count} tokens, expected more than one batch of {batch} × {context}");
    }
}
