using System.CommandLine;
using Sweeps.Orchestrator.Reports;

namespace Sweeps.Orchestrator.Cli;

/// <summary><c>sweeps show DIR</c>: what a sweep has found so far.</summary>
internal static class ShowCommand
{
    /// <summary>The command.</summary>
    public static Command Create(Terminal terminal)
    {
        var folder = StoredSweep.FolderArgument();
        var (config, json) = (CommandLine.ConfigOption(), CommandLine.JsonOption());
        var command = new Command("show", "Shows what a sweep has found so far; it may be running.") { folder, config, json };
        command.SetAction(parsed => terminal.Guard(parsed.GetValue(json), () =>
        {
            var sweep = StoredSweep.Load(parsed.GetRequiredValue(folder), parsed.GetValue(config));
            if (parsed.GetValue(json))
            {
                terminal.Json(sweep);
                return ExitCode.Ok;
            }
            terminal.Line($"{sweep.Spec.Name}: {Status(sweep)}");
            terminal.Ansi.Write(TerminalSummary.Of(sweep));
            return ExitCode.Ok;
        }));
        return command;
    }

    private static string Status(SweepReadModel sweep) => sweep.Status switch
    {
        SweepStatus.Unfinished => "unfinished (`sweeps run` goes on, unless it is running now)",
        SweepStatus.Paused => "paused",
        SweepStatus.Completed when sweep.Failures.Count == 0 => "complete",
        SweepStatus.Completed => $"complete, but {sweep.Failures.Count} failed (`sweeps retry` tries failed trials again)",
        SweepStatus.Cancelled => "cancelled",
        _ => throw new ArgumentOutOfRangeException(nameof(sweep), sweep.Status, "expected a status"),
    };
}
