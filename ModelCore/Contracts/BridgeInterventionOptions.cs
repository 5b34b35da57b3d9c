namespace Sweeps.Contracts;

/// <summary>How changes of a sparse model's nodes are carried to the dense model, and what they are compared with.</summary>
public sealed record BridgeInterventionOptions
{
    /// <summary>Where they are added; default to what one sublayer reads, as in the paper.</summary>
    public InterventionPlace Where { get; init; }

    /// <summary>Pairs of prompts of equal length, at most: so many train pairs choose nodes, so many test pairs measure.</summary>
    public int Pairs { get; init; } = 32;

    /// <summary>Strengths above 0: 1/steps, 2/steps, … 1; default 20.</summary>
    public int Steps { get; init; } = 20;

    /// <summary>Numbers of nodes that are changed at once, the most effective first; default 1, 2 and 4.</summary>
    public IReadOnlyList<int> Together { get; init; } = [1, 2, 4];

    /// <summary>Random directions of the same length; default 64, 0 for none.</summary>
    public int RandomDraws { get; init; } = 64;

    /// <summary>Columns of other channels, made as long; default 16, 0 for none.</summary>
    public int ChannelDraws { get; init; } = 16;

    /// <summary>Orders of the positions that the change is spread over anew; default 16, 0 for none.</summary>
    public int ShuffleDraws { get; init; } = 16;

    /// <summary>
    /// Validation tokens over which the sizes of residuals are taken, and a ridge bridge is fitted, about; default 65,536.
    /// </summary>
    public int ReferenceTokens { get; init; } = 65_536;

    /// <summary>λ of a ridge bridge, relative to the mean variance of the sparse model's channels; default 0.1.</summary>
    public double Ridge { get; init; } = 0.1;

    /// <summary>What is wrong with these values, one sentence each; empty when nothing is.</summary>
    public IEnumerable<string> Validate()
    {
        if (Pairs < 1) yield return $"pairs is {Pairs}: expected at least 1";
        if (Steps < 1) yield return $"steps is {Steps}: expected at least 1";
        if (Together.Count == 0) yield return "together is empty: expected at least one number of nodes";
        foreach (var count in Together)
            if (count < 1) yield return $"together has {count}: expected at least 1";
        if (RandomDraws < 0) yield return $"random_draws is {RandomDraws}: expected 0 (none) or more";
        if (ChannelDraws < 0) yield return $"channel_draws is {ChannelDraws}: expected 0 (none) or more";
        if (ShuffleDraws < 0) yield return $"shuffle_draws is {ShuffleDraws}: expected 0 (none) or more";
        if (ReferenceTokens < 1) yield return $"reference_tokens is {ReferenceTokens}: expected at least 1";
        if (!(Ridge >= 0 && double.IsFinite(Ridge))) yield return $"ridge is {Ridge}: expected 0 or more";
    }
}
