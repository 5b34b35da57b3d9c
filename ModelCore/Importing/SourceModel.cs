using Sweeps.ModelCore.Model;
using TorchSharp;
using static TorchSharp.torch;

namespace Sweeps.ModelCore.Importing;

/// <summary>Reads models that were trained elsewhere.</summary>
internal static class SourceModel
{
    /// <summary>Reads a model, with the context that <paramref name="source"/> asks for.</summary>
    /// <exception cref="InvalidDataException">the files are damaged, or hold something that is no such model</exception>
    /// <exception cref="IOException">a file is missing or cannot be read</exception>
    public static Transformer Load(ImportedModel source, Device? device = null)
    {
        ArgumentNullException.ThrowIfNull(source);
        var files = SourceFiles.Of(source);
        var model = files.Form switch
        {
            SourceForm.OpenAi => OpenAiCheckpoint.Load(source.Path, device),
            SourceForm.Sweeps => ModelFile.Load(files.Paths[0], device),
            _ => TensorMapping.Load(files.Paths[1]).Read(files.Paths[0], device),
        };
        if (source.NCtx is not { } context || context == model.Config.NCtx) return model;
        using (model)
        {
            return context < model.Config.NCtx
                ? Shortened(model, context)
                : throw new InvalidDataException($"n_ctx is {context}: expected at most the model's own, {model.Config.NCtx}");
        }
    }

    private static Transformer Shortened(Transformer model, int context)
    {
        using var scope = torch.NewDisposeScope();
        var tensors = model.Parameters.ToDictionary(
            p => p.Name,
            p => p.Spec.Kind == ParameterKind.PositionEmbedding ? p.Value.detach().narrow(0, 0, context).clone() : p.Value.detach(),
            StringComparer.Ordinal);
        tensors.Add(Transformer.FinalLogitsBiasName, model.FinalLogitsBias.detach());
        return new Transformer(model.Config with { NCtx = context }, tensors);
    }
}
