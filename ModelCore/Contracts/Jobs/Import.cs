namespace Sweeps.Contracts;

/// <summary>
/// Takes over a model that was trained elsewhere: checks that it is the one that the sweep was begun with, writes it in the form of the
/// sweep's own, takes the mean activation of every node and measures it, all on the sweep's corpus. Its result is that of a training
/// without
/// steps.
/// </summary>
public sealed record ImportJob : Job
{
    /// <summary>Tokens of each measurement where nothing else is asked for.</summary>
    public const int Tokens = 65_536;

    /// <summary>
    /// Tokens that pass through the model together, or one sequence if that is longer: enough for the products, little for the memory.
    /// </summary>
    public const int BatchTokens = 4096;

    /// <summary>The model's files, with their digest.</summary>
    public required ImportedModel Source { get; init; }

    /// <summary>The encoded corpus.</summary>
    public required CorpusArtifacts Corpus { get; init; }

    /// <summary>Entries of the tokenizer that encoded it, which the model's vocabulary must have too.</summary>
    public required int VocabSize { get; init; }

    /// <summary>Training tokens over which the mean activation of every node is taken, as after a training.</summary>
    public int MeanCacheTokens { get; init; } = Tokens;

    /// <summary>Tokens, of training and of validation, on which the losses are measured, at most.</summary>
    public int EvaluationTokens { get; init; } = Tokens;
}
