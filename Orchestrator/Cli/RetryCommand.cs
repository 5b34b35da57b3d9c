using System.CommandLine;
using Sweeps.Orchestrator.Cli.Cluster;
using Sweeps.Orchestrator.Configuration;

namespace Sweeps.Orchestrator.Cli;

/// <summary><c>sweeps retry DIR [TRIAL...]</c>: tries again what failed by its own fault.</summary>
internal static class RetryCommand
{
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
            if (ClusterAccess.Find(place, parsed.GetValue(config)) is { } cluster)
            {
                return ControlCommands.Print(
                    await cluster.CommandAsync("retry", parsed.GetValue(trials)), "retry", "they are tried again now",
                        "no trial has failed",
                    place, terminal, parsed.GetValue(json));
            }
            var store = StoredSweep.Store(place, parsed.GetValue(config));
            var retry = new RetryTrials([.. (parsed.GetValue(trials) ?? []).Select(trial => new TrialId(trial))]);
            var (accepted, reply) = ("they are tried again now", await ControlCommands.SendAsync(place, retry));
            if (reply is null)
            {
                var options = ClusterFile.Load(parsed.GetValue(config)) with { Store = store };
                (accepted, reply) = ("they will be tried again by the next `sweeps run`", await ControlCommands.ExecuteAsync(
                    place, retry, options));
            }
            return ControlCommands.Print(reply, "retry", accepted, "no trial has failed", place, terminal, parsed.GetValue(json));
        }));
        return command;
    }
}
