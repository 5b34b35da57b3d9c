using Akka.Actor;
using Akka.Actor.Setup;
using Sweeps.Actors.Journal;

namespace Sweeps.Simulator.Virtual;

/// <summary>Events of one stream that are stored together or not at all.</summary>
/// <param name="Stream">its persistence id</param>
/// <param name="First">the number of the first of them</param>
/// <param name="Records">what is stored</param>
internal sealed record Append(string Stream, long First, IReadOnlyList<JournalRecord> Records);

/// <summary>
/// How the journal of one process behaves, over a disk that outlives it. Tasks end within virtual time: their continuations run in the step
/// that completes them.
/// </summary>
internal abstract class SimulatedStore(Disk disk)
{
    /// <summary>How a system's plugins find the store of its process.</summary>
    public static Setup Setup(SimulatedStore store) => new StoreSetup(store);

    /// <summary>The store of the process that a plugin belongs to.</summary>
    public static SimulatedStore Of(ActorSystem system) => system.Settings.Setup.Get<StoreSetup>().Value.Store;

    /// <summary>What crashes leave.</summary>
    public Disk Disk => disk;

    /// <summary>Stores what one persistent actor wants stored; done when that is acknowledged.</summary>
    public abstract Task WriteAsync(IReadOnlyList<Append> appends);

    /// <summary>Reads from the disk.</summary>
    public abstract Task<T> ReadAsync<T>(Func<T> read);

    private sealed class StoreSetup(SimulatedStore store) : Setup
    {
        public SimulatedStore Store => store;
    }
}
