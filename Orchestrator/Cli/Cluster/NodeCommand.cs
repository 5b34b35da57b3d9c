using System.CommandLine;
using Sweeps.Actors.Cluster;
using Sweeps.Actors.Cluster.Coordinator;
using Sweeps.Actors.Devices;
using Sweeps.Actors.Sweeps;
using Sweeps.ModelCore.Jobs;
using Sweeps.Orchestrator.Cli.Running;
using Sweeps.Orchestrator.Tracing;
using Sweeps.Orchestrator.Web;
using Sweeps.Orchestrator.Web.Events;
using Sweeps.Orchestrator.Web.Metrics;
using Sweeps.Orchestrator.Web.Sources;

namespace Sweeps.Orchestrator.Cli.Cluster;

/// <summary><c>sweeps node</c>: this machine as a node of a cluster.</summary>
internal static class NodeCommand
{
    private static readonly TimeSpan _pause = TimeSpan.FromSeconds(2);

    public static Command Create(Terminal terminal)
    {
        var devices = RunCommand.DevicesOption();
        var once = new Option<bool>("--once")
        {
            Description = "Leave when no sweep of the cluster is at work any more: for batch queues. A node that has seen none at work "
                + "waits five minutes for one.",
        };
        var (http, config, json) = (RunCommand.HttpOption(), CommandLine.ConfigOption(), CommandLine.JsonOption());
        var command = new Command(
            "node",
            "Makes this machine a node of a cluster, until it is told to leave: by Ctrl-C or SIGTERM, or `sweeps drain`. Jobs then write "
                + "their checkpoints and go on elsewhere. The section cluster of the configuration says which cluster.")
        {
            devices, once, http, config, json,
        };
        command.SetAction(parsed => terminal.GuardAsync(parsed.GetValue(json), () => RunAsync(
            RunCommand.Options(parsed, devices, http, config), parsed.GetValue(once),
            new NodeLog(terminal, parsed.GetValue(json), TimeProvider.System))));
        return command;
    }

    private static async Task<int> RunAsync(NodeOptions options, bool once, NodeLog log)
    {
        using var signals = new StopSignals();
        var launcher = ProcessDeviceLauncher.OfThisProgram(options.Cluster.Folder, options, options.Cluster.BearableSilence);
        var devices = await DevicesAsync(options, launcher, signals.Token);
        // Of all its lives: one that was cut off has seen what it has seen.
        var rule = once ? Rule(options) : null;
        await using var web = Prepare(options);
        var name = options.Cluster.Name.Length > 0 ? options.Cluster.Name : Environment.MachineName;
        using var traces = TraceExport.Start(options, name);
        using var metrics = MetricsExport.OfNode(name, ("sweeps", options.Cluster.Folder), ("state", options.Cluster.State));
        var source = new NodeSource(options, TimeProvider.System);
        _ = web.StartAsync(source, options.Cluster.State);
        if (web.Announce(options.Cluster.State) is { } problem) log.Write(problem);
        if (web.Url is { } url) log.Write($"{url} shows the cluster");
        await using var relay = new EventRelay(web.Events, source.AskAsync, TimeProvider.System);
        for (var isFirst = true; ; isFirst = false)
        {
            var end = await LiveAsync(options, devices, launcher, rule, source, web.Events, isFirst, log, signals.Token);
            source.Node = null;
            switch (end)
            {
                case NodeEnd.Left:
                    log.Write("has left the cluster");
                    return signals.ExitCode;
                case NodeEnd.Refused refused:
                    web.Fail();
                    throw new CliException(ExitCode.Refused, refused.Reason);
                case NodeEnd.Failed failed:
                    web.Fail();
                    throw new CliException(ExitCode.Environment, failed.Cause.Message, failed.Cause);
                case NodeEnd.CutOff cut: log.Write($"was cut off: {cut.Reason}; joins again"); break;
            }
            try
            {
                await Task.Delay(_pause, signals.Token);
            }
            catch (OperationCanceledException)
            {
                return signals.ExitCode;
            }
        }
    }

    private static async Task<NodeEnd> LiveAsync(
        NodeOptions options, IReadOnlyList<DeviceSpec> devices, IDeviceLauncher launcher, OnceRule? rule, NodeSource source,
        EventHub events, bool isFirst, NodeLog log, CancellationToken stop)
    {
        var time = TimeProvider.System;
        try
        {
            await using var node = await ClusterNode.StartAsync(
                options, devices, launcher, (spec, folder) => new SweepWatcher(spec, folder, options, events, time), JobSourceReader.Read,
                log, time, events.After, stop);
            log.Write($"{options.Cluster.Host}:{options.Cluster.Port} joins, with {devices.Count} devices");
            source.Node = node;
            await using var leave = stop.Register(() => _ = node.LeaveAsync());
            var idle = rule is not null ? LeaveWhenIdleAsync(node, rule, time, stop) : Task.FromResult(false);
            var end = await node.Completion;
            // What the others go on without is asked no more.
            if (end is not NodeEnd.Left || !await idle) return end;
            throw new CliException(
                ExitCode.Environment,
                $"no node that coordinates the cluster has answered for {OnceRule.ForAnswer.TotalMinutes:F0} minutes");
        }
        catch (OperationCanceledException) when (stop.IsCancellationRequested)
        {
            return new NodeEnd.Left();
        }
        catch (Exception e) when (e is ArgumentException or AkkaSettingsException)
        {
            throw new CliException(ExitCode.Invalid, e is ArgumentException { ParamName: not null } ? OneLine(e.Message) : e.Message, e);
        }
        catch (JournalException e) when (!isFirst)
        {
            // It has reached the database before: that comes back, or the network does.
            return new NodeEnd.CutOff(e.Message);
        }
        catch (Exception e) when (e is JournalException or JournalCorruptException)
        {
            throw new CliException(ExitCode.Environment, e.Message, e);
        }
    }

    private static async Task<IReadOnlyList<DeviceSpec>> DevicesAsync(
        NodeOptions options, ProcessDeviceLauncher launcher, CancellationToken cancellation)
    {
        if (!options.Cluster.Roles.Contains(ClusterOptions.Device)) return [];
        try
        {
            var cuda = DevicePlan.NeedsCuda(options) ? await launcher.CountCudaAsync(cancellation) : 0;
            return DevicePlan.Resolve(options, Environment.ProcessorCount, cuda, MachineMemory.Bytes());
        }
        catch (NoSuchDeviceException e)
        {
            throw new CliException(ExitCode.Environment, e.Message, e);
        }
    }

    private static WebService Prepare(NodeOptions options)
    {
        try
        {
            return WebService.Prepare(options, Path.Combine(options.Cluster.State, WebLog.FileName), TimeProvider.System);
        }
        catch (WebException e)
        {
            throw new CliException(ExitCode.Environment, e.Message, e);
        }
    }

    private static OnceRule Rule(NodeOptions options) =>
        new(
            options.Cluster.Name.Length > 0 ? options.Cluster.Name : Environment.MachineName,
            options.Cluster.Roles.Contains(ClusterOptions.Orchestrator));

    /// <summary>Leaves when <see cref="OnceRule"/> says so.</summary>
    /// <returns>whether it has left because nobody coordinates</returns>
    private static async Task<bool> LeaveWhenIdleAsync(ClusterNode node, OnceRule rule, TimeProvider time, CancellationToken stop)
    {
        while (!stop.IsCancellationRequested && !node.Completion.IsCompleted)
        {
            var status = (await node.AskAsync(new StatusRequest())).Status;
            var step = rule.Next(status, time.GetElapsedTime(0), node.HasWorked);
            if (step != OnceRule.Step.Stay)
            {
                await node.LeaveAsync();
                return step == OnceRule.Step.GiveUp;
            }
            await Task.Delay(_pause, time, CancellationToken.None);
        }
        return false;
    }

    // The runtime adds the parameter's name on a line of its own.
    private static string OneLine(string message) => message.Split(" (Parameter")[0];
}
