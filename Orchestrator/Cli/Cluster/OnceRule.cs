using Sweeps.Actors.Cluster.Coordinator;

namespace Sweeps.Orchestrator.Cli.Cluster;

/// <summary>When a node with <c>--once</c> leaves: when the cluster's sweeps have ended, or nobody coordinates any more.</summary>
/// <param name="name">the node's</param>
/// <param name="coordinates">whether it may coordinate</param>
internal sealed class OnceRule(string name, bool coordinates)
{
    /// <summary>
    /// How long a node that has seen no sweep at work waits for one: those that have ended may be of earlier times, and one may be about to
    /// be submitted.
    /// </summary>
    public static readonly TimeSpan ForSweep = TimeSpan.FromMinutes(5);

    /// <summary>How long a node waits for an answer of whoever coordinates, before it gives up.</summary>
    public static readonly TimeSpan ForAnswer = TimeSpan.FromMinutes(15);

    /// <summary>
    /// How long a node that may coordinate lets the nodes with devices leave before it does: without it they would not know that the sweeps
    /// have ended.
    /// </summary>
    public static readonly TimeSpan ForDevices = TimeSpan.FromSeconds(30);

    private bool _hasSeenWork;
    private TimeSpan? _answered;
    private TimeSpan? _ended;

    /// <summary>What to do now.</summary>
    public enum Step
    {
        /// <summary>Ask again later.</summary>
        Stay,

        /// <summary>Leave: nothing is left to do.</summary>
        Leave,

        /// <summary>Leave: nobody has coordinated for too long.</summary>
        GiveUp,
    }

    /// <summary>Returns what to do after an answer, or none.</summary>
    /// <param name="status">how the cluster is; null when nobody has answered</param>
    /// <param name="now">since some moment before it, the same for all calls</param>
    /// <param name="hasWorked">whether the node has been given a job: then a sweep was at work, even one that ended between two questions
    /// </param>
    public Step Next(ClusterStatus? status, TimeSpan now, bool hasWorked = false)
    {
        _hasSeenWork |= hasWorked;
        if (status is null) return now - (_answered ??= now) > ForAnswer ? Step.GiveUp : Step.Stay;
        _answered = now;
        if (status.Sweeps.Any(sweep => sweep.End is null))
        {
            (_hasSeenWork, _ended) = (true, null);
            return Step.Stay;
        }
        var ended = _ended ??= now;
        if (!_hasSeenWork && now - ended < ForSweep) return Step.Stay;
        var hasOthers = status.Nodes.Any(node => node.Name != name);
        var patience = (_hasSeenWork ? TimeSpan.Zero : ForSweep) + ForDevices;
        return coordinates && hasOthers && now - ended < patience ? Step.Stay : Step.Leave;
    }
}
