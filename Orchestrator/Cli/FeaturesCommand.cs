using System.CommandLine;
using System.Globalization;
using Sweeps.ModelCore.Interpretability;
using Sweeps.Orchestrator.Configuration;
using Sweeps.Orchestrator.Reports;

namespace Sweeps.Orchestrator.Cli;

/// <summary>
/// <c>sweeps features FILE</c> or <c>sweeps features DIR [MODEL] [DICTIONARY]</c>: what the features of a dictionary mean, or which
/// dictionaries there are.
/// </summary>
internal static class FeaturesCommand
{
    public static Command Create(Terminal terminal)
    {
        var which = new Argument<string[]>("FILE | DIR [MODEL] [DICTIONARY]")
        {
            Description = "A file of features; or a sweep's folder, a model and a dictionary, as reports name them. Without a dictionary: "
                + "those that there are.",
            Arity = new ArgumentArity(1, 3),
        };
        var top = new Option<int>("--top")
        {
            Description = "How many features to show. Default: 20.",
            HelpName = "N",
            DefaultValueFactory = _ => 20,
        };
        var feature = new Option<int?>("--feature") { Description = "Show this feature alone, by its number.", HelpName = "NUMBER" };
        var sort = new Option<string>("--sort")
        {
            Description = $"What comes first: {string.Join(", ", DescribedFeatures.Orders.Keys)}. Default: rule.",
            HelpName = "SCORE",
            DefaultValueFactory = _ => "rule",
        };
        var (config, json) = (CommandLine.ConfigOption(), CommandLine.JsonOption());
        var command = new Command(
            "features", "Shows what the features of sparse autoencoders mean: rules, how well they hold, and where features fire.")
        {
            which, top, feature, sort, config, json,
        };
        command.SetAction(parsed => terminal.Guard(parsed.GetValue(json), () =>
        {
            var words = parsed.GetRequiredValue(which);
            if (words is [var file] && !Directory.Exists(file))
            {
                Show(terminal, Read(file), parsed);
                return ExitCode.Ok;
            }
            var sweep = StoredSweep.Load(words[0], parsed.GetValue(config));
            if (words.Length == 3)
                Show(terminal, Read(Path.Combine(words[0], Find(sweep, words[0], words[1], words[2]).Path)), parsed);
            else List(terminal, sweep, words, parsed.GetValue(json));
            return ExitCode.Ok;
        }));
        return command;

        void Show(Terminal to, FeaturesFile file, ParseResult parsed)
        {
            var order = parsed.GetRequiredValue(sort);
            if (!DescribedFeatures.Orders.TryGetValue(order, out var key))
                throw new CliException(
                    ExitCode.Invalid, $"--sort is {order}: {NearestName.Expected(order, [.. DescribedFeatures.Orders.Keys])}");
            var shown = parsed.GetValue(top);
            if (shown < 1) throw new CliException(ExitCode.Invalid, $"--top is {shown}: expected at least 1");
            IReadOnlyList<FeatureScores> features = parsed.GetValue(feature) is { } number
                ? [file.Features.FirstOrDefault(one => one.Feature == number) ?? throw new CliException(
                    ExitCode.Invalid,
                    $"--feature is {number.ToString(CultureInfo.InvariantCulture)}, which is not described: expected one of "
                        + $"{file.Features.Count} of the {file.Count} features that were drawn")]
                : [.. DescribedFeatures.Sorted(file.Features, key).Take(shown)];
            if (parsed.GetValue(json)) foreach (var one in features) to.Json(one);
            else FeaturesPrinter.Print(file, features, to);
        }
    }

    private static FeaturesFile Read(string path)
    {
        try
        {
            return FeaturesFile.Parse(File.ReadAllBytes(path));
        }
        catch (Exception e) when (e is InvalidDataException or IOException or UnauthorizedAccessException)
        {
            throw new CliException(ExitCode.Invalid, $"{path}: {e.Message}", e);
        }
    }

    private static ArtifactRef Find(SweepReadModel sweep, string folder, string modelId, string name)
    {
        var model = FoundIn.Model(sweep, folder, modelId);
        var all = DescribedFeatures.Of(model).ToList();
        if (all.Count == 0)
            throw new CliException(
                ExitCode.Invalid, $"{modelId} has no dictionaries: expected a sweep with autoencoders, and a model that was selected");
        var (known, _, file) = all.Find(one => one.Name == name);
        if (known is null)
            throw new CliException(
                ExitCode.Invalid, $"{modelId} has no dictionary {name}: {NearestName.Expected(name, [.. all.Select(one => one.Name)])}");
        return file ?? throw new CliException(
            ExitCode.Invalid, $"the features of {name} are not described: expected autoencoders.scores, in a sweep that has got so far");
    }

    private static void List(Terminal terminal, SweepReadModel sweep, string[] words, bool json)
    {
        var models = words.Length == 1
            ? sweep.Models.Where(model => model.Dictionaries.Count > 0)
            : [FoundIn.Model(sweep, words[0], words[1])];
        var all = models.SelectMany(
            model => DescribedFeatures.Of(model).Select(one => (Model: model.Plan.Id.Value, one.Name, one.Scores))).ToList();
        if (all.Count == 0) throw new CliException(ExitCode.Invalid, $"{words[0]} has no dictionaries: expected a sweep with autoencoders");
        if (json)
        {
            foreach (var (model, dictionary, scores) in all) terminal.Json(new { Model = model, Dictionary = dictionary, Scores = scores });
            return;
        }
        FeaturesPrinter.Print(all, terminal);
    }
}
