using Spectre.Console;
using Sweeps.ModelCore.Importing;
using Sweeps.ModelCore.Model;
using Sweeps.Orchestrator.Reports;

namespace Sweeps.Orchestrator.Cli.Doctor;

/// <summary>Shows what is in the files of a model.</summary>
internal static class ModelPrinter
{
    // The authors' models are named by their width over this one, EF, and by the fraction p that a model of this width has: matrices
    // have p / EF² nonzeros, embeddings p / EF (train.py).
    private const double ReferenceWidth = 256;

    public static void Print(ModelInspection found, Terminal terminal)
    {
        foreach (var file in found.Files) terminal.Line($"{file.Sha256}  {Human.Bytes(file.Bytes),10}  {file.Path}");
        if (found.Files.Count > 1) terminal.Line($"{found.Sha256}  together");
        terminal.Line("");
        terminal.Line(Describe(found.Model));
        var nonzeros = found.Nonzeros;
        terminal.Line(
            $"{Format.Count(found.Parameters)} parameters; nonzero: {Format.Count(nonzeros.Total)} of matrices, embeddings, positions "
                + $"and biases. " +
            $"L0 of the matrices {Format.Short(nonzeros.Matrices.Fraction)}, of the embeddings "
                + $"{Format.Short(nonzeros.Embeddings.Fraction)}.");
        var table = new Table().Border(TableBorder.Simple).AddColumn("tensor").AddColumn("shape");
        foreach (var heading in new[] { "nonzeros", "L0", "p", "dead rows", "dead columns" })
            table.AddColumn(new TableColumn(heading).RightAligned());
        foreach (var tensor in found.Tensors)
        {
            table.AddRow(
                Markup.Escape(tensor.Name), string.Join(" × ", tensor.Shape), Format.Count(tensor.Nonzeros), Format.Short(tensor.L0),
                Format.Short(Reference(tensor, found.Model)), Format.Count(tensor.DeadRows), Format.Count(tensor.DeadColumns));
        }
        terminal.Ansi.Write(table);
        terminal.Line(
            $"p is L0 · (d_model / {ReferenceWidth})² for matrices and L0 · d_model / {ReferenceWidth} for embeddings: the same for all "
                + $"models of one budget of nonzeros.");
        terminal.Line("A row is dead where nothing makes that output, a column where nothing reads that input.");
    }

    internal static string Describe(ModelConfig model)
    {
        List<string> words =
        [
            $"{Format.Count(model.NLayer)} layers of d_model {Format.Count(model.DModel)}: {Format.Count(model.NHead)} heads of width "
                + $"{Format.Count(model.DHead)} and {Format.Count(model.MlpWidth)} neurons each",
            $"{Format.Count(model.VocabSize)} tokens, at most {Format.Count(model.NCtx)} in context",
            model.ActivationSites.Count == 0 || model.ActivationFraction == 1
                ? "all activations are kept"
                : $"AbsTopK keeps {Format.Percent(model.ActivationFraction)} of the activations at "
                    + $"{string.Join(", ", model.ActivationSites.Select(NodeLocation.SiteName))}",
            model.TopKOfResidual() == model.DModel
                ? "the residual is whole" : $"and {Format.Percent(model.ActivationFraction)} of the residual before each sublayer",
            model.AdditivePositions ? "positions are added to the residual" : model.DPosEmb > 0
                ? $"positions of width {Format.Count(model.DPosEmb)} beside each read" : "no positions",
            model.AttentionSink ? "attention sinks" : "no attention sinks",
            model.BigramTable ? "a bigram table" : "no bigram table",
        ];
        return string.Join("; ", words) + ".";
    }

    private static double? Reference(TensorInspection tensor, ModelConfig model) => tensor.Kind switch
    {
        ParameterKind.Matrix or ParameterKind.OutputProjection =>
            tensor.L0 * model.DModel * model.DModel / (ReferenceWidth * ReferenceWidth),
        ParameterKind.Embedding => tensor.L0 * model.DModel / ReferenceWidth,
        _ => null,
    };
}
