using System.CommandLine;
using Sweeps.Actors.Devices;
using Sweeps.Actors.Journal;
using Sweeps.Actors.Sweeps;
using Sweeps.Orchestrator.Cli.Cluster;
using Sweeps.Orchestrator.Configuration;
using Sweeps.Orchestrator.Web.Local;

namespace Sweeps.Orchestrator.Cli;

/// <summary>
/// <c>sweeps pause DIR</c>, <c>resume DIR</c> and <c>cancel DIR</c>: commands to the sweep of a folder, which another process may be
/// running.
/// </summary>
internal static class ControlCommands
{
    /// <summary><c>sweeps pause</c>.</summary>
    public static Command Pause(Terminal terminal) => Create(
        "pause", "Pauses the sweep that a process runs: jobs at work go on to their end, and no others begin. `sweeps resume` goes on.",
        new PauseSweep(), "paused: what is at work goes on to its end", "it is paused already, or has ended", terminal);

    /// <summary><c>sweeps resume</c>.</summary>
    public static Command Resume(Terminal terminal) => Create(
        "resume", "Goes on with a paused sweep that a process runs.", new ResumeSweep(), "it goes on", "it is not paused", terminal);

    /// <summary><c>sweeps cancel</c>.</summary>
    public static Command Cancel(Terminal terminal)
    {
        var folder = StoredSweep.FolderArgument();
        var part = new Argument<string?>("PART")
        {
            Description = "A trial, a search or a pruning, as `sweeps trials` and reports name them, such as models/MODEL, "
                + "searches/MODEL/TASK or searches/MODEL/TASK/0007. Default: the whole sweep, for good.",
            Arity = ArgumentArity.ZeroOrOne,
        };
        var yes = new Option<bool>("--yes") { Description = "Do not ask." };
        var (config, json) = (CommandLine.ConfigOption(), CommandLine.JsonOption());
        var command = new Command(
            "cancel",
            "Gives a sweep up for good, whether a process runs it or not: what it has found is kept, and it never goes on. Or gives up a "
                + "part of it: a trial counts as failed (`sweeps retry` opens it again), a search ends with the best circuit that it "
                + "has, a "
                + "pruning is forgotten.")
        {
            folder, part, yes, config, json,
        };
        command.SetAction(parsed => terminal.GuardAsync(parsed.GetValue(json), async () =>
        {
            var place = parsed.GetRequiredValue(folder);
            var subject = parsed.GetValue(part);
            SweepCommand command = subject is null ? new CancelSweep() : new CancelPart(subject);
            if (subject is null && !parsed.GetValue(yes)
                && !terminal.Confirm($"Give up the sweep in {place} for good? What it has found is kept, and it never goes on. [y/N] "))
                throw new CliException(ExitCode.Invalid, "nothing was cancelled: expected yes, or --yes where nobody can be asked");
            if (ClusterAccess.Find(place, parsed.GetValue(config)) is { } cluster)
            {
                return Print(
                    await cluster.CommandAsync("cancel", subject is null ? null : [subject]), "cancel", "cancelled", "it has ended already",
                        place, terminal,
                    parsed.GetValue(json));
            }
            var store = StoredSweep.Store(place, parsed.GetValue(config));
            var reply = await SendAsync(place, command);
            if (reply is null)
            {
                var options = ClusterFile.Load(parsed.GetValue(config)) with { Store = store };
                reply = await ExecuteAsync(place, command, options);
            }
            return Print(reply, "cancel", "cancelled", "it has ended already", place, terminal, parsed.GetValue(json));
        }));
        return command;
    }

    /// <summary>Gives a command to the process that runs a folder's sweep.</summary>
    /// <returns>its reply, or null when no process runs the sweep</returns>
    /// <exception cref="CliException">a process runs it that does not answer</exception>
    public static async Task<Reply?> SendAsync(string folder, SweepCommand command)
    {
        try
        {
            return await LocalClient.SendAsync(folder, command);
        }
        catch (IOException e)
        {
            throw new CliException(ExitCode.Refused, e.Message, e);
        }
    }

    /// <summary>Gives a command to a sweep that no process runs.</summary>
    /// <exception cref="CliException">a process runs it that does not listen, or the journal cannot be written</exception>
    public static async Task<Reply> ExecuteAsync(string folder, SweepCommand command, NodeOptions options)
    {
        try
        {
            return await StoredSweepCommander.ExecuteAsync(folder, command, options, TimeProvider.System, Console.Error.WriteLine);
        }
        catch (AkkaSettingsException e)
        {
            throw new CliException(ExitCode.Invalid, e.Message, e);
        }
        catch (JournalLockedException e)
        {
            throw new CliException(
                ExitCode.Refused,
                $"{e.Message}. It does not listen for commands here: it runs on another machine, or is about to begin or to end", e);
        }
        catch (Exception e) when (e is JournalException or JournalCorruptException or IOException or UnauthorizedAccessException)
        {
            throw new CliException(ExitCode.Environment, e.Message, e);
        }
    }

    /// <summary>Says what a sweep answered.</summary>
    /// <returns>the exit code</returns>
    /// <exception cref="CliException">it refused</exception>
    public static int Print(Reply reply, string command, string accepted, string alreadyDone, string folder, Terminal terminal, bool json)
    {
        if (reply is Reply.Refused refused) throw new CliException(ExitCode.Refused, $"{folder}: {refused.Reason}");
        var isNew = reply is Reply.Accepted;
        if (json) terminal.Json(new { @event = command, reply = isNew ? "accepted" : "alreadyDone" });
        else terminal.Line($"{folder}: {(isNew ? accepted : $"nothing to do: {alreadyDone}")}");
        return ExitCode.Ok;
    }

    private static Command Create(
        string name, string description, SweepCommand command, string accepted, string alreadyDone, Terminal terminal)
    {
        var folder = StoredSweep.FolderArgument();
        var (config, json) = (CommandLine.ConfigOption(), CommandLine.JsonOption());
        var created = new Command(name, description) { folder, config, json };
        created.SetAction(parsed => terminal.GuardAsync(parsed.GetValue(json), async () =>
        {
            var place = parsed.GetRequiredValue(folder);
            if (ClusterAccess.Find(place, parsed.GetValue(config)) is { } cluster)
                return Print(await cluster.CommandAsync(name), name, accepted, alreadyDone, place, terminal, parsed.GetValue(json));
            var store = SweepFolder.Store(Path.GetFullPath(place), StoredSweep.Store(place, parsed.GetValue(config)));
            var reply = await SendAsync(place, command)
                ?? throw new CliException(ExitCode.Refused, RunJournal.IsOpen(store, Path.GetFullPath(place))
                ? $"{place}: the process that runs this sweep does not listen for commands here: it runs on another machine, or is about "
                    + $"to begin or to end"
                : $"{place}: no process runs this sweep; `sweeps run` goes on with it");
            return Print(reply, name, accepted, alreadyDone, place, terminal, parsed.GetValue(json));
        }));
        return created;
    }
}
