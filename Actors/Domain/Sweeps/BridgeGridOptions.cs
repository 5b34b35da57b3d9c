using System.Text.Json.Serialization;

namespace Sweeps.Domain.Sweeps;

/// <summary>
/// Sparse models that are trained once more, together with bridges to a dense model of the sweep. They are models of their own, with
/// circuits of their own, whose nodes are then changed in the dense model.
/// </summary>
public sealed record BridgeGridOptions
{
    /// <summary>What follows the id of the model that a bridged one is like.</summary>
    internal const string Suffix = "-bridged";

    /// <summary>
    /// The dense model: the id of one of the grid, or an imported one's name; default none, without which a sweep has no bridges.
    /// </summary>
    public string? Dense { get; init; }

    /// <summary>Ids of the grid's models whose shape, training and data the bridged ones have.</summary>
    public IReadOnlyList<string> Sparse { get; init; } = [];

    /// <summary>What the bridges are, and how they are trained.</summary>
    public BridgeOptions Training { get; init; } = new();

    /// <summary>Validation tokens that bridges are measured on, about; default 65,536.</summary>
    public int EvalTokens { get; init; } = 65_536;

    /// <summary>Whether nodes of the circuits are changed in the dense model; default yes.</summary>
    public bool Interventions { get; init; } = true;

    /// <summary>
    /// Whether that is also done with the circuits of the models that the bridged ones are like, through decoders that are fitted by ridge
    /// regression: the difference is what joint training adds; default yes.
    /// </summary>
    public bool Regression { get; init; } = true;

    /// <summary>How.</summary>
    public BridgeInterventionOptions Intervention { get; init; } = new();

    /// <summary>Whether the sweep has bridges.</summary>
    [JsonIgnore]
    public bool IsOn => Dense is not null;

    /// <summary>What is wrong with these values; empty when nothing is.</summary>
    public IEnumerable<string> Validate()
    {
        if (EvalTokens < 1) yield return $"eval_tokens is {EvalTokens}: expected at least 1";
        foreach (var same in Sparse.GroupBy(name => name).Where(same => same.Count() > 1))
            yield return $"sparse has {same.Key} {same.Count()} times: expected each model once";
    }
}
