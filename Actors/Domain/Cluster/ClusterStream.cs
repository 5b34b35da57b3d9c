using Sweeps.Domain.Journal;

namespace Sweeps.Domain.Cluster;

/// <summary>The stream of a cluster and the stored names of its events. A name, once written, keeps its meaning for ever.</summary>
internal static class ClusterStream
{
    /// <summary>The stream, and the name of the run that it belongs to in the database.</summary>
    public const string Name = "cluster";

    public static EventRegistry Registry { get; } = new EventRegistryBuilder()
        .Add<SweepHosted>("sweep-hosted")
        .Add<SweepResubmitted>("sweep-resubmitted")
        .Add<ShareChanged>("share-changed")
        .Add<KindChosen>("kind-chosen")
        .Add<HostedSweepEnded>("hosted-sweep-ended")
        .Add<DrainRequested>("drain-requested")
        .Add<DrainEnded>("drain-ended")
        .AddModifier(Contracts.JobCatalog.AddNames)
        .Build();
}
