using System.Text.Json.Serialization;
using Sweeps.ModelCore.Model;
using Sweeps.ModelCore.Pruning;
using Sweeps.ModelCore.Training;
using TorchSharp;

namespace Sweeps.ModelCore.Importing;

/// <summary>What is in the files of a model.</summary>
/// <param name="Form">how it is written</param>
/// <param name="Files">its files</param>
/// <param name="Sha256">of all of them together</param>
/// <param name="Model">its shape, with the context that is asked for</param>
/// <param name="Parameters">entries of all parameters</param>
/// <param name="Nonzeros">nonzero entries by kind of parameter</param>
/// <param name="Tensors">those whose nonzeros are counted, in the order of files</param>
public sealed record ModelInspection(
    SourceForm Form, IReadOnlyList<SourceFile> Files, string Sha256, ModelConfig Model, long Parameters, NonzerosByKind Nonzeros,
    IReadOnlyList<TensorInspection> Tensors)
{
    /// <summary>From this fraction of nonzeros on a model counts as dense: training in half precision leaves single zeros.</summary>
    private const double Dense = 0.999;

    /// <summary>Of the circuits that were published with it, by task: what their files are.</summary>
    public IReadOnlyDictionary<string, GivenInspection> Circuits { get; init; } = new Dictionary<string, GivenInspection>();

    /// <summary>What a sweep remembers of it.</summary>
    [JsonIgnore]
    public ImportedContent Content => new(Model, Nonzeros.Total, Nonzeros.Matrices.Fraction >= Dense ? 1 : Nonzeros.Matrices.Fraction);

    /// <summary>Reads a model for its sake.</summary>
    /// <exception cref="InvalidDataException">the files are damaged, or hold something that is no such model</exception>
    /// <exception cref="IOException">a file is missing or cannot be read</exception>
    public static ModelInspection Of(ImportedModel source)
    {
        var files = SourceFiles.Of(source);
        using var model = SourceModel.Load(source);
        var read = files.Read();
        return new ModelInspection(
            files.Form, read, SourceFiles.Digest(read), model.Config, model.Parameters.Sum(p => p.Spec.NumberOfElements),
            NonzeroCounter.Count(model.Parameters), [.. model.Parameters.Where(p => p.Spec.IsCounted).Select(Of)])
        {
            Circuits = source.Circuits.ToDictionary(circuit => circuit.Key, circuit => Of(circuit.Value, model.Config)),
        };
    }

    private static GivenInspection Of(GivenCircuit circuit, ModelConfig model)
    {
        if (!File.Exists(circuit.Path)) throw new FileNotFoundException($"{circuit.Path} does not exist: expected a viz_data.pt");
        var published = VizData.Load(circuit.Path);
        var kept = published.Kept(new NodeLayout(model, published.HasFinalResid)).Count(k => k);
        return new GivenInspection(SourceFile.Read(circuit.Path).Sha256, kept, published.Prompts?.First.Count * 2);
    }

    private static TensorInspection Of(Parameter parameter)
    {
        using var scope = torch.NewDisposeScope();
        var nonzero = parameter.Value.detach().ne(0);
        var isMatrix = nonzero.dim() == 2;
        return new TensorInspection(
            parameter.Name, parameter.Spec.Kind, parameter.Spec.Shape, nonzero.count_nonzero().ToInt64(),
            isMatrix ? nonzero.size(0) - nonzero.any(1).count_nonzero().ToInt64() : null,
            isMatrix ? nonzero.size(1) - nonzero.any(0).count_nonzero().ToInt64() : null);
    }
}

/// <summary>What is in the file of a published circuit.</summary>
/// <param name="Sha256">of the file</param>
/// <param name="Nodes">kept nodes</param>
/// <param name="Samples">prompts of its own; null where it has none</param>
public sealed record GivenInspection(string Sha256, int Nodes, int? Samples);

/// <summary>How much of a tensor is not zero.</summary>
/// <param name="Name">its name</param>
/// <param name="Kind">its role</param>
/// <param name="Shape">its shape; matrices are (out, in)</param>
/// <param name="Nonzeros">entries that are not zero</param>
/// <param name="DeadRows">rows of a matrix without a nonzero; null for a vector</param>
/// <param name="DeadColumns">columns of a matrix without a nonzero; null for a vector</param>
public sealed record TensorInspection(
    string Name, ParameterKind Kind, IReadOnlyList<long> Shape, long Nonzeros, long? DeadRows, long? DeadColumns)
{
    /// <summary>Its fraction of nonzeros.</summary>
    [JsonIgnore]
    public double L0 => (double)Nonzeros / Shape.Aggregate(1L, (product, size) => product * size);
}
