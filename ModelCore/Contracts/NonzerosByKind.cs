using System.Text.Json.Serialization;

namespace Sweeps.Contracts;

/// <summary>
/// The entries of a model's parameters that are not 0, of those that are counted: not of gains, sinks and the bigram table.
/// </summary>
/// <param name="Matrices">of attention and MLP</param>
/// <param name="Embeddings">token embedding and unembedding</param>
/// <param name="Positions">the position embedding</param>
/// <param name="Biases">of linear maps</param>
public sealed record NonzerosByKind(Nonzeros Matrices, Nonzeros Embeddings, Nonzeros Positions, Nonzeros Biases)
{
    /// <summary>Of all kinds.</summary>
    [JsonIgnore]
    public long Total => Matrices.Count + Embeddings.Count + Positions.Count + Biases.Count;
}

/// <summary>The entries of some parameters that are not 0.</summary>
/// <param name="Count">how many</param>
/// <param name="Entries">of how many</param>
public readonly record struct Nonzeros(long Count, long Entries)
{
    /// <summary>Their fraction; 0 of no entries.</summary>
    [JsonIgnore]
    public double Fraction => Entries == 0 ? 0 : (double)Count / Entries;
}
