using Sweeps.Actors.Cluster.Coordinator;
using Sweeps.Actors.Sweeps;
using Sweeps.Orchestrator.Web.Reading;

namespace Sweeps.Orchestrator.Web.Sources;

/// <summary>The one sweep that this process runs.</summary>
/// <param name="folder">its folder, absolute</param>
/// <param name="host">runs it</param>
/// <param name="board">how its devices are</param>
/// <param name="time">how long the sweep may take to answer</param>
internal sealed class RunSource(string folder, SweepHost host, DeviceBoard board, TimeProvider time) : ISweepSource
{
    private static readonly TimeSpan _patience = TimeSpan.FromSeconds(8);

    private readonly IReadOnlyList<ServedSweep> _sweeps = [new(ServedSweep.IdOf(folder), folder)];

    /// <inheritdoc/>
    public Task<string?> WhyNotReadyAsync(CancellationToken cancellation) =>
        Task.FromResult(host.Completion.IsCompleted ? "the run has ended" : null);

    /// <inheritdoc/>
    public Task<IReadOnlyList<ServedSweep>> SweepsAsync(CancellationToken cancellation) => Task.FromResult(_sweeps);

    /// <inheritdoc/>
    public Task<ServedNodes> NodesAsync(CancellationToken cancellation) => Task.FromResult(new ServedNodes(
        null, null,
        [
            new NodeStatus(
                Environment.MachineName, "", [.. board.Devices.Select(device => new DeviceState(device.Device, device.Status))],
                Draining: false),
        ]));

    /// <inheritdoc/>
    public async Task<Reply> CommandAsync(ServedSweep sweep, SweepCommand command)
    {
        try
        {
            return await host.Command(command).WaitAsync(_patience, time);
        }
        catch (TimeoutException)
        {
            return new Reply.Refused($"the sweep gave no answer within {_patience.TotalSeconds:F0} seconds");
        }
    }
}
