using System.CommandLine;
using Sweeps.Actors.Cluster;
using Sweeps.Actors.Cluster.Coordinator;
using Sweeps.Actors.Devices;
using Sweeps.Actors.Sweeps;
using Sweeps.Orchestrator.Cli.Running;

namespace Sweeps.Orchestrator.Cli.Cluster;

/// <summary><c>sweeps node</c>: this machine as a node of a cluster.</summary>
internal static class NodeCommand
{
    private static readonly TimeSpan _pause = TimeSpan.FromSeconds(2);

    public static Command Create(Terminal terminal)
    {
        var devices = RunCommand.DevicesOption();
        var once = new Option<bool>("--once") { Description = "Leave when no sweep of the cluster is at work any more: for batch queues." };
        var (config, json) = (CommandLine.ConfigOption(), CommandLine.JsonOption());
        var command = new Command(
            "node",
            "Makes this machine a node of a cluster, until it is told to leave: by Ctrl-C or SIGTERM, or `sweeps drain`. Jobs then write "
                + "their checkpoints and go on elsewhere. The section cluster of the configuration says which cluster.")
        {
            devices, once, config, json,
        };
        command.SetAction(parsed => terminal.GuardAsync(parsed.GetValue(json), () => RunAsync(
            RunCommand.Options(parsed, devices, config), parsed.GetValue(once), new NodeLog(terminal, parsed.GetValue(json), TimeProvider.System))));
        return command;
    }

    private static async Task<int> RunAsync(NodeOptions options, bool once, NodeLog log)
    {
        using var signals = new StopSignals();
        var launcher = ProcessDeviceLauncher.OfThisProgram(options.Cluster.Folder, options, options.Cluster.BearableSilence);
        var devices = await DevicesAsync(options, launcher, signals.Token);
        for (var isFirst = true; ; isFirst = false)
        {
            var end = await LiveAsync(options, devices, launcher, once, isFirst, log, signals.Token);
            switch (end)
            {
                case NodeEnd.Left:
                    log.Write("has left the cluster");
                    return signals.ExitCode;
                case NodeEnd.Refused refused: throw new CliException(ExitCode.Refused, refused.Reason);
                case NodeEnd.Failed failed: throw new CliException(ExitCode.Environment, failed.Cause.Message, failed.Cause);
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
        NodeOptions options, IReadOnlyList<DeviceSpec> devices, IDeviceLauncher launcher, bool once, bool isFirst, NodeLog log,
        CancellationToken stop)
    {
        var time = TimeProvider.System;
        try
        {
            await using var node = await ClusterNode.StartAsync(
                options, devices, launcher, (spec, folder) => new SweepWatcher(spec, folder, options, time), log, time, stop);
            log.Write($"{options.Cluster.Host}:{options.Cluster.Port} joins, with {devices.Count} devices");
            await using var listener = node.Listen(time);
            await using var leave = stop.Register(() => _ = node.LeaveAsync());
            if (once) _ = LeaveWhenIdleAsync(node, stop);
            return await node.Completion;
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
        NodeOptions options, IDeviceLauncher launcher, CancellationToken cancellation)
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

    /// <summary>Waits until there was a sweep and none is at work any more.</summary>
    private static async Task LeaveWhenIdleAsync(ClusterNode node, CancellationToken stop)
    {
        while (!stop.IsCancellationRequested && !node.Completion.IsCompleted)
        {
            var status = (await node.AskAsync(new StatusRequest())).Status;
            if (status is { Sweeps.Count: > 0 } && status.Sweeps.All(sweep => sweep.End is not null))
            {
                await node.LeaveAsync();
                return;
            }
            await Task.Delay(_pause, CancellationToken.None);
        }
    }

    // The runtime adds the parameter's name on a line of its own.
    private static string OneLine(string message) => message.Split(" (Parameter")[0];
}
