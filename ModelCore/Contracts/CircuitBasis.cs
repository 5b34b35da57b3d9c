namespace Sweeps.Contracts;

/// <summary>
/// What the nodes of residual reads and writes are in a circuit: the model's channels, or features of dictionaries, such as sparse
/// autoencoders, at some of them. Means and standard deviations of nodes are taken over the same tokens whatever the basis, so that
/// circuits compare.
/// </summary>
public sealed record CircuitBasis
{
    /// <summary>
    /// At most one dictionary for each of {layer}.attn.act_in, attn.resid_delta, mlp.act_in and mlp.resid_delta; a location without one
    /// keeps its channels. Default none.
    /// </summary>
    public IReadOnlyList<NamedDictionary> Dictionaries { get; init; } = [];

    /// <summary>What becomes of what the dictionaries do not explain; default keep.</summary>
    public ReconstructionError Error { get; init; }

    /// <summary>Features that a baseline uses for each activation; autoencoders have their own number. Default 16.</summary>
    public int ActiveFeatures { get; init; } = 16;

    /// <summary>Training tokens over which means and standard deviations are taken; default 65,536.</summary>
    public int Tokens { get; init; } = 65_536;

    /// <summary>The seed of the draw of these tokens.</summary>
    public required ulong Seed { get; init; }

    /// <summary>What is wrong with these values, one sentence each; empty when nothing is.</summary>
    public IEnumerable<string> Validate()
    {
        if (!Enum.IsDefined(Error)) yield return $"error is {Error}: expected keep or mean";
        if (ActiveFeatures < 1) yield return $"active_features is {ActiveFeatures}: expected at least 1";
        if (Tokens < 2) yield return $"tokens is {Tokens}: expected at least 2";
    }
}
