using System.Collections.Concurrent;
using Sweeps.Actors.Cluster.Coordinator;
using Sweeps.Orchestrator.Web.Sources;

namespace Sweeps.Orchestrator.Tests.Web;

/// <summary>A folder's sweep in a cluster that accepts every command, and remembers it.</summary>
internal sealed class FakeSource(string folder) : ISweepSource
{
    public const string Node = "device-1";

    public ConcurrentQueue<object> Commands { get; } = new();

    public string Id => ServedSweep.IdOf(folder);

    public Task<string?> WhyNotReadyAsync(CancellationToken cancellation) => Task.FromResult<string?>(null);

    public Task<IReadOnlyList<ServedSweep>> SweepsAsync(CancellationToken cancellation) =>
        Task.FromResult<IReadOnlyList<ServedSweep>>([new ServedSweep(Id, folder, new HostedStatus(Id, new(), null, null, null))]);

    public Task<Reply> CommandAsync(ServedSweep sweep, SweepCommand command)
    {
        Commands.Enqueue(command);
        return Task.FromResult<Reply>(new Reply.Accepted());
    }

    public Task<ServedNodes> NodesAsync(CancellationToken cancellation) => Task.FromResult(new ServedNodes(
        "orchestrator-1 at 10.0.0.1:4053", 3,
        [
            new NodeStatus(
                Node, "akka.tcp://sweeps@10.0.0.2:4053", [new DeviceState($"{Node}:cpu-0", DeviceStatus.Ready)], Draining: false),
        ]));

    public Task<ClusterAnswer?> AskAsync(ClusterRequest request)
    {
        if (request is StatusRequest)
        {
            return Task.FromResult<ClusterAnswer?>(new ClusterAnswer(
                "accepted", null,
                new ClusterStatus("orchestrator-1 at 10.0.0.1:4053", 3, [], [new HostedStatus(Id, new(), null, null, null)])));
        }
        Commands.Enqueue(request);
        return Task.FromResult<ClusterAnswer?>(new ClusterAnswer("accepted"));
    }
}
