using System.CommandLine;
using Sweeps.Orchestrator.Reports;

namespace Sweeps.Orchestrator.Cli;

/// <summary><c>sweeps search show ID</c>: what a search has found so far.</summary>
internal static class SearchesCommand
{
    /// <summary>The command.</summary>
    public static Command Create(Terminal terminal) => new("search", "Looks into searches for hyperparameters.") { Show(terminal) };

    private static Command Show(Terminal terminal)
    {
        var id = new Argument<string>("ID") { Description = "MODEL/TASK, or the search's folder, such as runs/demo/searches/MODEL/TASK." };
        var folder = new Option<string?>("--dir") { Description = $"The sweep's folder. Default: whichever in {RunCommand.Runs}/ has the search.", HelpName = "DIR" };
        var json = CommandLine.JsonOption();
        var command = new Command("show", "Shows a search: its best so far after each round, the Pareto front, which hyperparameters mattered, and every pruning. It may be running.") { id, folder, json };
        command.SetAction(parsed => terminal.Guard(parsed.GetValue(json), () =>
        {
            var (name, task, search) = StoredSearch.Find(parsed.GetRequiredValue(id), parsed.GetValue(folder));
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
}
