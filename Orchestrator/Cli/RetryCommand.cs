using System.CommandLine;
using System.Globalization;
using Sweeps.Actors.Sweeps;
using Sweeps.Orchestrator.Cli.Cluster;
using Sweeps.Orchestrator.Configuration;

namespace Sweeps.Orchestrator.Cli;

/// <summary><c>sweeps retry DIR [TRIAL...]</c>: tries again what failed by its own fault.</summary>
internal static class RetryCommand
{
    private const int MostNames = 10;

    public static Command Create(Terminal terminal)
    {
        var folder = StoredSweep.FolderArgument();
        var trials = new Argument<string[]>("TRIAL")
        {
            Description = "Failed trials, as `sweeps run` and reports name them, such as corpus or models/MODEL. Default: all that failed.",
            Arity = ArgumentArity.ZeroOrMore,
        };
        var (config, json) = (CommandLine.ConfigOption(), CommandLine.JsonOption());
        var command = new Command(
            "retry",
            "Opens failed trials again, once what they failed by is mended. The process that runs the sweep goes on with them, or "
                + "else the next `sweeps run`. "
            + "Failed prunings are not tried again: they are what their search has learned.")
        {
            folder, trials, config, json,
        };
        command.SetAction(parsed => terminal.GuardAsync(parsed.GetValue(json), async () =>
        {
            var place = parsed.GetRequiredValue(folder);
            var given = parsed.GetValue(trials) ?? [];
            if (ClusterAccess.Find(place, parsed.GetValue(config)) is { } cluster)
            {
                // Of a cluster's sweep this machine may see no folder.
                var named = given.Length > 0 || !SweepFolder.HasSweep(place) ? given : Failed(place, parsed.GetValue(config));
                return ControlCommands.Print(
                    await cluster.CommandAsync("retry", given), "retry", Accepted(named, isRunning: true), "no trial has failed", place,
                    terminal, parsed.GetValue(json));
            }
            var store = StoredSweep.Store(place, parsed.GetValue(config));
            // Before they are opened: afterwards none has failed.
            var names = given.Length > 0 ? given : Failed(place, parsed.GetValue(config));
            var retry = new RetryTrials([.. given.Select(trial => new TrialId(trial))]);
            var (isRunning, reply) = (true, await ControlCommands.SendAsync(place, retry));
            if (reply is null)
            {
                var options = ClusterFile.Load(parsed.GetValue(config)) with { Store = store };
                (isRunning, reply) = (false, await ControlCommands.ExecuteAsync(place, retry, options));
            }
            return ControlCommands.Print(
                reply, "retry", Accepted(names, isRunning), "no trial has failed", place, terminal, parsed.GetValue(json));
        }));
        return command;
    }

    /// <summary>Says which trials are tried again, and when.</summary>
    /// <param name="trials">their names; empty where they are not known</param>
    /// <param name="isRunning">whether a process runs the sweep</param>
    internal static string Accepted(IReadOnlyList<string> trials, bool isRunning)
    {
        var names = trials.Distinct(StringComparer.Ordinal).ToList();
        var more = names.Count > MostNames ? string.Create(CultureInfo.InvariantCulture, $" and {names.Count - MostNames} more") : "";
        var subject = names.Count == 0 ? "all that failed" : $"{string.Join(", ", names.Take(MostNames))}{more}";
        return (isRunning, names.Count) switch
        {
            (false, _) => $"{subject} will be tried again by the next `sweeps run`",
            (true, 1) => $"{subject} is tried again now",
            (true, _) => $"{subject} are tried again now",
        };
    }

    /// <summary>The trials of a folder's sweep that are tried again when none is named, in the plan's order.</summary>
    private static string[] Failed(string folder, string? config) =>
        [.. StoredSweep.Read(folder, config, SweepReadModel.TriedAgain).Select(trial => trial.Value)];
}
