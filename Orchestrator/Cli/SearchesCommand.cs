using System.CommandLine;
using Sweeps.Orchestrator.Reports;

namespace Sweeps.Orchestrator.Cli;

/// <summary>
/// <c>sweeps search show ID</c>: what a search has found so far; <c>sweeps search compare DIR...</c>: one way of searching against another.
/// </summary>
internal static class SearchesCommand
{
    public static Command Create(Terminal terminal) =>
        new("search", "Looks into searches for hyperparameters.") { Show(terminal), Compare(terminal) };

    private static Command Show(Terminal terminal)
    {
        var id = new Argument<string>("ID") { Description = "MODEL/TASK, or the search's folder, such as runs/demo/searches/MODEL/TASK." };
        var folder =
            new Option<string?>("--dir")
            {
                Description = $"The sweep's folder. Default: whichever in {RunCommand.Runs}/ has the search.",
                HelpName = "DIR",
            };
        var (config, json) = (CommandLine.ConfigOption(), CommandLine.JsonOption());
        var command = new Command(
            "show",
            "Shows a search: its best so far after each round, the Pareto front, which hyperparameters mattered, and every pruning. It "
                + "may be running.") { id, folder, config, json };
        command.SetAction(parsed => terminal.Guard(parsed.GetValue(json), () =>
        {
            var (name, task, search) = StoredSearch.Find(parsed.GetRequiredValue(id), parsed.GetValue(folder), parsed.GetValue(config));
            if (parsed.GetValue(json))
            {
                terminal.Json(new { id = name, task });
                return ExitCode.Ok;
            }
            terminal.Line($"{name}: {SearchTables.Summary(task, search)}");
            terminal.Ansi.Write(TerminalSummary.Of(task, search));
            return ExitCode.Ok;
        }));
        return command;
    }

    private static Command Compare(Terminal terminal)
    {
        var folders =
            new Argument<string[]>("DIR")
            {
                Description = "Folders of sweeps that differ in how they search; the first is what the "
                    + "others are measured against.",
                Arity = new ArgumentArity(2, 8),
            };
        var output = new Option<string?>("--out")
        {
            Description = "Write comparison.md, with plots, into this folder.",
            HelpName = "FOLDER",
        };
        var (config, json) = (CommandLine.ConfigOption(), CommandLine.JsonOption());
        var command = new Command("compare", "Compares the searches that several sweeps made in the same models.") { folders, output,
            config, json };
        command.SetAction(parsed => terminal.Guard(parsed.GetValue(json), () =>
        {
            var sweeps = parsed.GetRequiredValue(folders).Select(folder => StoredSweep.Load(folder, parsed.GetValue(config)));
            var comparison = Compare([.. sweeps.Select(sweep => ReportBuilder.Build(sweep))]);
            if (parsed.GetValue(json)) terminal.Json(comparison);
            else terminal.Ansi.Write(TerminalSummary.Of(comparison.Page()));
            if (parsed.GetValue(output) is not { } place) return ExitCode.Ok;
            var written = ReportWriter.WriteMarkdown(comparison.Page(), new ArtifactStore(place), "comparison.md");
            if (!parsed.GetValue(json)) terminal.Line($"Comparison: {written}");
            return ExitCode.Ok;
        }));
        return command;
    }

    private static SearchComparison Compare(IReadOnlyList<ReportDocument> reports)
    {
        try
        {
            return SearchComparison.Of(reports);
        }
        catch (InvalidDataException e)
        {
            throw new CliException(ExitCode.Invalid, e.Message, e);
        }
    }
}
