using System.Globalization;
using Spectre.Console;
using Sweeps.ModelCore.Interpretability;
using Sweeps.Orchestrator.Reports;

namespace Sweeps.Orchestrator.Cli;

/// <summary>Shows dictionaries and their features.</summary>
internal static class FeaturesPrinter
{
    private const int Places = 4, Patterns = 4;

    /// <summary>One paragraph for each feature.</summary>
    public static void Print(FeaturesFile file, IReadOnlyList<FeatureScores> features, Terminal terminal)
    {
        terminal.Line(Text(
            $"{file.Location}, {file.Kind}: {file.Features.Count} of {file.Count} features, described on {file.Tokens} tokens"));
        foreach (var one in features)
        {
            terminal.Line("");
            terminal.Line(Text($"feature {one.Feature}: {one.Rule}"));
            terminal.Line(
                $"  rule       r {Format.Short(one.RuleR)} (random fragments {Format.Short(one.RuleRandomR)}, first test "
                    + $"{Format.Short(one.DepthOneR)}, null {Format.Short(one.NullRuleR)})");
            if (one.Concept is { } concept)
                terminal.Line($"  concept    {concept} (Matthews correlation {Format.Short(one.ConceptMatthews)})");
            if (one.Patterns.Count > 0)
            {
                var patterns = one.Patterns.Take(Patterns).Select(pattern => $"{pattern.Pattern} {Format.Short(pattern.Activation)}");
                terminal.Line($"  patterns   r {Format.Short(one.NgramR)}: {string.Join("; ", patterns)}");
            }
            terminal.Line(
                $"  active     on {Format.Percent(one.Density)} of tokens, at most {Format.Short(one.MaxActivation)}; purity "
                    + $"{Format.Short(one.Purity)}");
            foreach (var place in one.Contexts.Take(Places))
                terminal.Line($"  {Format.Short(place.Activation),-10} {place.Before}▸{place.Token}");
        }
    }

    public static void Print(IReadOnlyList<(string Model, string Name, DictionaryScores? Scores)> all, Terminal terminal)
    {
        var table = new Table().Border(TableBorder.Simple).AddColumn("model").AddColumn("dictionary");
        foreach (var heading in new[] { "features", "rule", "null", "patterns", "purity", "concept" })
            table.AddColumn(new TableColumn(heading).RightAligned());
        foreach (var (model, name, scores) in all)
        {
            table.AddRow(
                Markup.Escape(model), Markup.Escape(name), Format.Count(scores?.Features), Format.Short(scores?.Rule?.Mean),
                Format.Short(scores?.NullRule?.Mean), Format.Short(scores?.Ngram?.Mean), Format.Short(scores?.Purity?.Mean),
                Format.Short(scores?.Concept?.Mean));
        }
        terminal.Ansi.Write(table);
    }

    private static string Text(FormattableString text) => text.ToString(CultureInfo.InvariantCulture);
}
