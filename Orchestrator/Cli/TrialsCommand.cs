using System.CommandLine;
using System.Globalization;
using Spectre.Console;
using Sweeps.Orchestrator.Cli.Running;

namespace Sweeps.Orchestrator.Cli;

/// <summary><c>sweeps trials DIR</c>: every trial of a sweep, where it is, how long it took, and why it failed.</summary>
internal static class TrialsCommand
{
    public static Command Create(Terminal terminal)
    {
        var folder = StoredSweep.FolderArgument();
        var failed = new Option<bool>("--failed") { Description = "Only trials that failed, or whose last attempt was lost." };
        var under =
            new Option<string?>("--under")
            {
                Description = "Only trials whose name begins like this, such as models/ or searches/MODEL.",
                HelpName = "NAME",
            };
        var (config, json) = (CommandLine.ConfigOption(), CommandLine.JsonOption());
        var command = new Command(
            "trials",
            "Lists the trials of a sweep: state, attempts, device, when each was begun, how long it took, and why it failed. It may "
                + "be running.")
        {
            folder, failed, under, config, json,
        };
        command.SetAction(parsed => terminal.Guard(parsed.GetValue(json), () =>
        {
            var place = parsed.GetRequiredValue(folder);
            var trials = StoredSweep.Read(place, parsed.GetValue(config), TrialHistory.Read)
                .Where(trial => !parsed.GetValue(failed) || trial.Reason is not null)
                .Where(trial => trial.Id.Value.StartsWith(parsed.GetValue(under) ?? "", StringComparison.Ordinal))
                .ToList();
            if (parsed.GetValue(json))
            {
                foreach (var trial in trials) terminal.Json(trial);
                return ExitCode.Ok;
            }
            if (trials.Count == 0) terminal.Line("no such trials");
            else terminal.Ansi.Write(Table(trials));
            foreach (var trial in trials.Where(trial => trial.Stopped is not null)) terminal.Line($"{trial.Id}: {trial.Stopped}");
            foreach (var trial in trials.Where(trial => trial.Reason is not null)) terminal.Line($"{trial.Id}: {trial.Reason}");
            terminal.Line($"What each of them said on its way is in {Path.Combine(place, TrialLogs.Folder)}.");
            return ExitCode.Ok;
        }));
        return command;
    }

    private static Table Table(IReadOnlyList<TrialHistory> trials)
    {
        var table = new Table().Border(TableBorder.Simple).AddColumns("trial", "kind", "state", "device", "asked for", "ended");
        foreach (var heading in new[] { "attempts", "worked" }) table.AddColumn(new TableColumn(heading).RightAligned());
        foreach (var trial in trials)
        {
            table.AddRow(
                Markup.Escape(trial.Id.Value), trial.Kind, State(trial), Markup.Escape(trial.Device ?? ""),
                Human.Time(trial.Queued.ToLocalTime()), trial.Ended is { } ended ? Human.Time(ended.ToLocalTime()) : "",
                trial.Attempts.ToString(CultureInfo.InvariantCulture), Human.Seconds(trial.Worked));
        }
        return table;
    }

    private static string State(TrialHistory trial) =>
        trial.Stopped is null ? trial.Phase.ToString().ToLowerInvariant() : "stopped early";
}
