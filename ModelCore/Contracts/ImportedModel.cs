using System.Collections.Frozen;
using System.ComponentModel;

namespace Sweeps.Contracts;

/// <summary>A model that was trained elsewhere, as a sweep file names it.</summary>
public sealed record ImportedModel
{
    /// <summary>
    /// A folder in OpenAI's layout (beeg_config.json, final_model.pt), a folder with a model.safetensors, or a .safetensors file.
    /// </summary>
    public required string Path { get; init; }

    /// <summary>
    /// How tensors of a .safetensors file that Sweeps did not write become this model's; null (default) for one that it wrote.
    /// </summary>
    public string? MappingPath { get; init; }

    /// <summary>
    /// Tokens of context that the model is run with, at most its own; null (default) for all of them. A model that was trained on shorter
    /// sequences than it has room for should be measured on such.
    /// </summary>
    public int? NCtx { get; init; }

    /// <summary>
    /// The SHA-256 that its files must have, lower-case hexadecimal: of one file its own, of several that of what <c>sha256sum</c> prints
    /// for them; null (default) for any. A sweep that was begun has it.
    /// </summary>
    public string? Sha256 { get; init; }

    /// <summary>Circuits that were published with the model, by the task that they are of; default none.</summary>
    public IReadOnlyDictionary<string, GivenCircuit> Circuits { get; init; } = FrozenDictionary<string, GivenCircuit>.Empty;

    /// <summary>What the files hold; null until they were looked at.</summary>
    [Browsable(false)]
    public ImportedContent? Content { get; init; }

    /// <summary>What is wrong with these values; empty when nothing is.</summary>
    public IEnumerable<string> Validate()
    {
        if (Path.Length == 0) yield return "path is empty: expected a folder or a .safetensors file";
        if (NCtx < 2) yield return $"n_ctx is {NCtx}: expected 2 or more, or null";
        if (Digests.Problem(Sha256) is { } problem) yield return problem;
    }
}

/// <summary>A circuit that was published with a model.</summary>
public sealed record GivenCircuit
{
    /// <summary>A viz_data.pt, as OpenAI published them.</summary>
    public required string Path { get; init; }

    /// <summary>
    /// What rightly follows the prompts of the first and of the second tensor of the file's own samples, one token each; empty (default) to
    /// leave those samples alone.
    /// </summary>
    public IReadOnlyList<string> Completions { get; init; } = [];

    /// <summary>The SHA-256 that the file must have; null (default) for any. A sweep that was begun has it.</summary>
    public string? Sha256 { get; init; }

    /// <summary>What is wrong with these values; empty when nothing is.</summary>
    public IEnumerable<string> Validate()
    {
        if (Path.Length == 0) yield return "path is empty: expected a viz_data.pt";
        if (Completions.Count is not (0 or 2)) yield return $"completions has {Completions.Count} texts: expected two, or none";
        if (Digests.Problem(Sha256) is { } problem) yield return problem;
    }
}

/// <summary>What the files of an imported model hold.</summary>
/// <param name="Model">its shape, with the context that it is run with</param>
/// <param name="Nonzeros">nonzero entries of matrices, embeddings, positions and biases</param>
/// <param name="L0">nonzero fraction of the matrices of attention and MLP; 1 where hardly one is zero</param>
public sealed record ImportedContent(ModelConfig Model, long Nonzeros, double L0);
