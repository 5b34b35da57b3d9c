using System.CommandLine;
using System.Globalization;
using Spectre.Console;
using Sweeps.Actors.Cluster.Coordinator;
using Sweeps.Domain.Cluster;
using Sweeps.Orchestrator.Configuration;

namespace Sweeps.Orchestrator.Cli.Cluster;

/// <summary>Commands to a cluster: <c>sweeps cluster</c>, <c>submit</c>, <c>share</c> and <c>drain</c>.</summary>
internal static class ClusterCommands
{
    /// <summary><c>sweeps cluster</c>: its nodes, devices and sweeps.</summary>
    public static Command Status(Terminal terminal)
    {
        var (config, json) = (CommandLine.ConfigOption(), CommandLine.JsonOption());
        var command = new Command("cluster", "Shows the nodes, devices and sweeps of the cluster that a node on this machine belongs to.")
        {
            config, json,
        };
        command.SetAction(parsed => terminal.GuardAsync(parsed.GetValue(json), async () =>
        {
            var answer = await ClusterAccess.AskAsync(ClusterFile.Load(parsed.GetValue(config)), new StatusRequest());
            if (parsed.GetValue(json)) terminal.Json(answer.Status);
            else Print(answer.Status!, terminal);
            return ExitCode.Ok;
        }));
        return command;
    }

    /// <summary><c>sweeps submit FILE</c>: the cluster runs a sweep.</summary>
    public static Command Submit(Terminal terminal)
    {
        var file = new Argument<string>("FILE") { Description = "The sweep: a HOCON file, whose paths all nodes see." };
        var (weight, priority, concurrency) = ShareOptions();
        var mixed = new Option<bool>("--mixed-devices")
        {
            Description = "Let its jobs run on devices of several kinds, whose results differ in their last bits.",
        };
        var (config, json) = (CommandLine.ConfigOption(), CommandLine.JsonOption());
        var command = new Command(
            "submit", "Gives a sweep to the cluster, or goes on with one of that name; what the file adds to it is run too.")
        {
            file, weight, priority, concurrency, mixed, config, json,
        };
        command.SetAction(parsed => terminal.GuardAsync(parsed.GetValue(json), async () =>
        {
            var options = ClusterFile.Load(parsed.GetValue(config));
            var share = new SweepShare
            {
                Weight = parsed.GetValue(weight) ?? 1,
                Priority = parsed.GetValue(priority) ?? 0,
                Concurrency = parsed.GetValue(concurrency) ?? 0,
                MixedDevices = parsed.GetValue(mixed),
            };
            var (spec, reply) = await Submission.SendAsync(parsed.GetRequiredValue(file), options, share);
            if (parsed.GetValue(json)) terminal.Json(new { @event = "submit", name = spec.Name, reply });
            else terminal.Line($"{spec.Name}: {(reply == "accepted" ? "the cluster runs it" : "nothing to do: the cluster has it")}");
            return ExitCode.Ok;
        }));
        return command;
    }

    /// <summary><c>sweeps share NAME</c>: how a sweep shares the devices.</summary>
    public static Command Share(Terminal terminal)
    {
        var name = new Argument<string>("NAME") { Description = "A sweep of the cluster." };
        var (weight, priority, concurrency) = ShareOptions();
        var (config, json) = (CommandLine.ConfigOption(), CommandLine.JsonOption());
        var command = new Command(
            "share", "Changes how a sweep of the cluster shares the devices with the others. What is not named stays.")
        {
            name, weight, priority, concurrency, config, json,
        };
        command.SetAction(parsed => terminal.GuardAsync(parsed.GetValue(json), () => DoAsync(
            new ShareRequest(
                parsed.GetRequiredValue(name), parsed.GetValue(weight), parsed.GetValue(priority), parsed.GetValue(concurrency)),
            parsed.GetRequiredValue(name), "its share is changed", "its share is that already", parsed.GetValue(config),
            terminal, parsed.GetValue(json) ? "share" : null)));
        return command;
    }

    /// <summary><c>sweeps drain NODE</c>: lets a node leave.</summary>
    public static Command Drain(Terminal terminal)
    {
        var node = new Argument<string>("NODE") { Description = "A device node of the cluster, as `sweeps cluster` names it." };
        var (config, json) = (CommandLine.ConfigOption(), CommandLine.JsonOption());
        var command = new Command(
            "drain", "Lets a node leave the cluster in order: its jobs write their checkpoints and go on elsewhere, and its process ends.")
        {
            node, config, json,
        };
        command.SetAction(parsed => terminal.GuardAsync(parsed.GetValue(json), () => DoAsync(
            new DrainRequest(parsed.GetRequiredValue(node)), parsed.GetRequiredValue(node), "it leaves", "it is leaving already",
            parsed.GetValue(config), terminal, parsed.GetValue(json) ? "drain" : null)));
        return command;
    }

    /// <summary>Asks for something, and says what came of it.</summary>
    /// <param name="request">what</param>
    /// <param name="subject">of what, for people</param>
    /// <param name="accepted">what it means that it is done</param>
    /// <param name="alreadyDone">what it means that there was nothing to do</param>
    /// <param name="config">the node's configuration, or null for the default</param>
    /// <param name="terminal">where it is said</param>
    /// <param name="json">the event's name for JSON, or null for words</param>
    /// <returns>the exit code</returns>
    public static async Task<int> DoAsync(
        ClusterRequest request, string subject, string accepted, string alreadyDone, string? config, Terminal terminal, string? json)
    {
        var answer = await ClusterAccess.AskAsync(ClusterFile.Load(config), request);
        if (json is not null) terminal.Json(new { @event = json, reply = answer.Reply });
        else terminal.Line($"{subject}: {(answer.Reply == "accepted" ? accepted : $"nothing to do: {alreadyDone}")}");
        return ExitCode.Ok;
    }

    private static (Option<double?> Weight, Option<int?> Priority, Option<int?> Concurrency) ShareOptions() => (
        new Option<double?>("--weight") { Description = "A sweep of weight 2 gets twice the devices of one of weight 1.", HelpName = "W" },
        new Option<int?>("--priority") { Description = "Sweeps of a higher priority come first, whatever the weights.", HelpName = "P" },
        new Option<int?>("--concurrency") { Description = "Most of its jobs at a time; 0 for no limit.", HelpName = "N" });

    private static void Print(ClusterStatus status, Terminal terminal)
    {
        terminal.Line(string.Create(CultureInfo.InvariantCulture, $"coordinated by {status.Coordinator}, term {status.Term}"));
        var nodes = new Table().AddColumns("node", "address", "devices", "");
        foreach (var node in status.Nodes)
        {
            var devices = string.Join(", ", node.Devices.Select(d => $"{d.Name} {d.Status.ToString().ToLowerInvariant()}"));
            nodes.AddRow(new Text(node.Name), new Text(node.Address), new Text(devices), new Text(node.Draining ? "leaving" : ""));
        }
        terminal.Ansi.Write(nodes);
        var sweeps = new Table().AddColumns("sweep", "state", "weight", "priority", "most jobs", "devices");
        foreach (var sweep in status.Sweeps)
        {
            var share = sweep.Share;
            sweeps.AddRow(
                new Text(sweep.Name), new Text(State(sweep)), new Text(share.Weight.ToString(CultureInfo.InvariantCulture)),
                new Text(share.Priority.ToString(CultureInfo.InvariantCulture)),
                new Text(share.Concurrency == 0 ? "" : share.Concurrency.ToString(CultureInfo.InvariantCulture)),
                new Text(share.MixedDevices ? "mixed" : sweep.Kind ?? ""));
        }
        terminal.Ansi.Write(sweeps);
    }

    private static string State(HostedStatus sweep) => sweep.End switch
    {
        null => "at work",
        SweepEnd.Failed => $"stopped: {sweep.Reason} (`sweeps resume` goes on)",
        { } end => end.ToString().ToLowerInvariant(),
    };
}
