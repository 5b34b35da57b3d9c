using Sweeps.Actors.Cluster;
using Sweeps.Actors.Cluster.Coordinator;
using Sweeps.Actors.Devices;
using Sweeps.Actors.Sweeps;

namespace Sweeps.Orchestrator.Web.Sources;

/// <summary>The sweeps of the cluster that this process is a node of, by the word of whoever coordinates it.</summary>
/// <param name="options">the node's</param>
/// <param name="time">how long an answer counts</param>
internal sealed class NodeSource(NodeOptions options, TimeProvider time) : ISweepSource
{
    // Many look on at once, and the coordinator has other things to do.
    private static readonly TimeSpan _fresh = TimeSpan.FromSeconds(1);

    private readonly Lock _lock = new();
    private volatile ClusterNode? _node;
    private Task<ClusterStatus>? _status;
    private long _asked;

    /// <summary>Whom to ask: this life of the process as a node; null between two lives.</summary>
    public ClusterNode? Node
    {
        get => _node;
        set => _node = value;
    }

    /// <inheritdoc/>
    public async Task<string?> WhyNotReadyAsync(CancellationToken cancellation)
    {
        try
        {
            await StatusAsync(cancellation);
            return null;
        }
        catch (RequestException e)
        {
            return e.Message;
        }
    }

    /// <inheritdoc/>
    public async Task<IReadOnlyList<ServedSweep>> SweepsAsync(CancellationToken cancellation) =>
    [
        .. from sweep in (await StatusAsync(cancellation)).Sweeps
           let folder = Path.Combine(options.Cluster.Folder, sweep.Name)
           where SweepFolder.HasSweep(folder)
           orderby sweep.Name
           select new ServedSweep(sweep.Name, folder, sweep),
    ];

    /// <inheritdoc/>
    public async Task<ServedNodes> NodesAsync(CancellationToken cancellation)
    {
        var status = await StatusAsync(cancellation);
        return new ServedNodes(status.Coordinator, status.Term, status.Nodes);
    }

    /// <inheritdoc/>
    public async Task<Reply> CommandAsync(ServedSweep sweep, SweepCommand command) => (await AskNodeAsync(command switch
    {
        PauseSweep => new ControlRequest(sweep.Id, "pause"),
        ResumeSweep => new ControlRequest(sweep.Id, "resume"),
        CancelSweep => new ControlRequest(sweep.Id, "cancel"),
        CancelPart part => new ControlRequest(sweep.Id, "cancel", [part.Subject]),
        RetryTrials retry => new ControlRequest(sweep.Id, "retry", [.. retry.Trials.Select(trial => trial.Value)]),
        _ => throw new ArgumentOutOfRangeException(nameof(command), command, "expected a command that users give"),
    })).ToReply();

    /// <inheritdoc/>
    public async Task<ClusterAnswer?> AskAsync(ClusterRequest request) => await AskNodeAsync(request);

    private Task<ClusterStatus> StatusAsync(CancellationToken cancellation)
    {
        lock (_lock)
        {
            if (_status is null || time.GetElapsedTime(_asked) >= _fresh) (_status, _asked) = (ReadAsync(), time.GetTimestamp());
            return _status.WaitAsync(cancellation);
        }
    }

    private async Task<ClusterStatus> ReadAsync()
    {
        var answer = await AskNodeAsync(new StatusRequest());
        return answer.Status ?? throw RequestException.Unavailable(answer.Reason ?? "the cluster's answer is of another version");
    }

    private Task<ClusterAnswer> AskNodeAsync(ClusterRequest request)
    {
        // What is asked for may change what there is.
        if (request is not (StatusRequest or EventsRequest)) lock (_lock) _status = null;
        return _node is { } node
            ? node.AskAsync(request)
            : throw RequestException.Unavailable("this node is no member of the cluster at present: it joins again");
    }
}
