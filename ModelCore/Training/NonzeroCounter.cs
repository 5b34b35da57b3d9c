using Sweeps.ModelCore.Model;
using TorchSharp;

namespace Sweeps.ModelCore.Training;

/// <summary>Counts the entries of a model's parameters that are not 0.</summary>
internal static class NonzeroCounter
{
    internal static NonzerosByKind Count(IReadOnlyList<Parameter> parameters)
    {
        using var scope = torch.NewDisposeScope();
        return new NonzerosByKind(
            Of(ParameterKind.Matrix, ParameterKind.OutputProjection), Of(ParameterKind.Embedding), Of(ParameterKind.PositionEmbedding),
            Of(ParameterKind.Bias));

        Nonzeros Of(params ParameterKind[] kinds)
        {
            var own = parameters.Where(p => kinds.Contains(p.Spec.Kind)).ToList();
            return new Nonzeros(own.Sum(p => p.Value.count_nonzero().ToInt64()), own.Sum(p => p.Spec.NumberOfElements));
        }
    }
}
