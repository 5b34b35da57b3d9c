using System.Globalization;
using System.Text.Json;
using Sweeps.ModelCore.Importing;
using Sweeps.Orchestrator.Configuration;

namespace Sweeps.Orchestrator.Cli;

/// <summary>
/// Looks at the models that a sweep file imports before anything begins: what they are belongs to the sweep's description.
/// </summary>
internal static class ImportedModels
{
    /// <summary>The description with the digest and the content of every imported model.</summary>
    /// <param name="document">the sweep file, for the places of what is wrong</param>
    /// <param name="spec">what it says</param>
    /// <param name="begun">
    /// the description that its folder was begun with; null for a new sweep. What that has imported is not read again, and may be gone
    /// </param>
    /// <exception cref="InvalidConfigurationException">
    /// a model is missing, cannot be read, or does not fit the tokenizer; the exception lists everything
    /// </exception>
    /// <exception cref="CliException">this machine cannot read models</exception>
    public static SweepSpec Identify(SweepDocument document, SweepSpec spec, SweepSpec? begun)
    {
        if (spec.Imported.Count == 0) return spec;
        var found = new SortedDictionary<string, ImportedModel>(StringComparer.Ordinal);
        document.Read((_, binder) =>
        {
            var vocabulary = Vocabulary(spec.Tokenizer);
            foreach (var (name, source) in spec.Imported)
            {
                // Everything that the file says must be as it was; only then are both the same model with the same circuits.
                if (begun?.Imported.GetValueOrDefault(name) is { Content: not null } known && SaysTheSame(source, known))
                    found.Add(name, Known(source, known));
                else if (Examine(name, source, vocabulary, binder) is { } examined)
                    found.Add(name, examined);
            }
        });
        return spec with { Imported = found };
    }

    /// <summary>What the files of a model hold.</summary>
    /// <exception cref="CliException">
    /// they hold no model that could be read, with <see cref="ExitCode.Invalid"/>; or this machine cannot read any
    /// </exception>
    public static ModelInspection Inspect(ImportedModel source) => DeviceQuestion.Ask<ImportedModel, ModelInspection>("--inspect", source);

    private static bool SaysTheSame(ImportedModel source, ImportedModel known) => Said(source) == Said(known);

    private static string Said(ImportedModel model) => JsonSerializer.Serialize(
        model with
        {
            Sha256 = null,
            Content = null,
            Circuits = model.Circuits.OrderBy(circuit => circuit.Key, StringComparer.Ordinal).ToDictionary(
                circuit => circuit.Key, circuit => circuit.Value with { Sha256 = null }),
        },
        JobJson.Options);

    /// <summary>What was imported already, with the digests that its files have by now, where they are still there.</summary>
    private static ImportedModel Known(ImportedModel source, ImportedModel known) => source with
    {
        Sha256 = Digest(() => SourceFiles.Digest(SourceFiles.Of(source).Read())) ?? source.Sha256 ?? known.Sha256,
        Content = known.Content,
        Circuits = known.Circuits.ToDictionary(
            circuit => circuit.Key,
            circuit =>
                circuit.Value with
                {
                    Sha256 = Digest(() => SourceFile.Read(circuit.Value.Path).Sha256)
                    ?? source.Circuits[circuit.Key].Sha256 ?? circuit.Value.Sha256
                }),
    };

    private static ImportedModel? Examine(string name, ImportedModel source, int? vocabulary, RecordBinder binder)
    {
        ModelInspection inspection;
        try
        {
            inspection = Inspect(source);
        }
        catch (CliException e) when (e.ExitCode == ExitCode.Invalid)
        {
            binder.Add($"imported.{name}", $"imported.{name}: {e.Message}");
            return null;
        }
        if (source.Sha256 is { } expected && expected != inspection.Sha256)
            binder.Add(
                $"imported.{name}.sha256",
                $"imported.{name}.sha256 is {expected}, but its files have {inspection.Sha256}: expected the same");
        if (vocabulary is { } size && size != inspection.Model.VocabSize)
        {
            binder.Add($"imported.{name}", string.Create(
                CultureInfo.InvariantCulture,
                $"imported.{name} has a vocabulary of {inspection.Model.VocabSize} tokens, and the tokenizer one of {size}: expected the "
                    + $"tokenizer that it was trained with"));
        }
        foreach (var (task, circuit) in source.Circuits)
        {
            if (circuit.Sha256 is { } digest && digest != inspection.Circuits[task].Sha256)
                binder.Add(
                    $"imported.{name}.circuits.{task}.sha256",
                    $"imported.{name}.circuits.{task}.sha256 is {digest}, but its file has {inspection.Circuits[task].Sha256}: expected "
                        + $"the same");
        }
        return source with
        {
            Sha256 = inspection.Sha256,
            Content = inspection.Content,
            Circuits = source.Circuits.ToDictionary(
                circuit => circuit.Key, circuit => circuit.Value with { Sha256 = inspection.Circuits[circuit.Key].Sha256 }),
        };
    }

    private static string? Digest(Func<string> read)
    {
        try
        {
            return read();
        }
        catch (Exception e) when (e is IOException or InvalidDataException or UnauthorizedAccessException)
        {
            return null; // the sweep has its own copy
        }
    }

    // Files that are gone or damaged are told of elsewhere, where the corpus still needs them.
    private static int? Vocabulary(TokenizerOptions tokenizer)
    {
        try
        {
            return GivenVocabulary.Size(tokenizer);
        }
        catch (Exception e) when (e is IOException or InvalidDataException or UnauthorizedAccessException)
        {
            return null;
        }
    }
}
