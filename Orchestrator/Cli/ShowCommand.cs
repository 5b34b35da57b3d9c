using System.CommandLine;
using System.Globalization;
using Sweeps.Orchestrator.Cli.Running;
using Sweeps.Orchestrator.Reports;

namespace Sweeps.Orchestrator.Cli;

/// <summary><c>sweeps show DIR</c>: what a sweep has found so far.</summary>
internal static class ShowCommand
{
    public static Command Create(Terminal terminal)
    {
        var folder = StoredSweep.FolderArgument();
        var once = new Option<bool>("--once") { Description = "Do not wait where a process runs the sweep; show what there is." };
        var (config, json) = (CommandLine.ConfigOption(), CommandLine.JsonOption());
        var command = new Command(
            "show", "Shows what a sweep has found so far, and how far it is while a process runs it, until that ends or Ctrl-C.")
        {
            folder, once, config, json,
        };
        command.SetAction(parsed => terminal.GuardAsync(parsed.GetValue(json), async () =>
        {
            var (place, time) = (parsed.GetRequiredValue(folder), TimeProvider.System);
            var sweep = StoredSweep.Load(place, parsed.GetValue(config));
            var running = RunStatus.Read(place, time);
            if (parsed.GetValue(json))
            {
                terminal.Json(sweep);
                if (running is not null) terminal.Json(new { running });
                return ExitCode.Ok;
            }
            if (running is not null && terminal.IsInteractive && !parsed.GetValue(once))
            {
                using var signals = new StopSignals();
                await LiveDrawing.ShowAsync(
                    terminal,
                    time,
                    () => RunStatus.Read(place, time) is { } now ? StatusDrawing.Draw(now, $"{sweep.Spec.Name} in {place}") : null,
                    signals.Token);
                (sweep, running) = (StoredSweep.Load(place, parsed.GetValue(config)), RunStatus.Read(place, time));
            }
            terminal.Line($"{sweep.Spec.Name}: {Status(sweep, running)}");
            if (running is not null)
                terminal.Ansi.Write(StatusDrawing.Draw(running, $"{place} at {Human.Time(running.Time.ToLocalTime())}"));
            terminal.Ansi.Write(TerminalSummary.Of(sweep));
            return ExitCode.Ok;
        }));
        return command;
    }

    private static string Status(SweepReadModel sweep, RunStatus? running) => sweep.Status switch
    {
        SweepStatus.Unfinished when running is not null =>
            string.Create(CultureInfo.InvariantCulture, $"running, process {running.Process}"),
        SweepStatus.Unfinished => "unfinished (`sweeps run` goes on, unless a process runs it already)",
        SweepStatus.Paused => "paused",
        SweepStatus.Completed when sweep.Failures.Count == 0 => "complete",
        SweepStatus.Completed => $"complete, but {sweep.Failures.Count} failed (`sweeps retry` tries failed trials again)",
        SweepStatus.Cancelled => "cancelled",
        _ => throw new ArgumentOutOfRangeException(nameof(sweep), sweep.Status, "expected a status"),
    };
}
