namespace Sweeps.Actors.Cluster.Leases;

/// <summary>What becomes of a try to get a lease.</summary>
/// <param name="Fence">the number of the present holding, from 1; grows with each new holder</param>
/// <param name="Until">when it lapses, by the database's clock</param>
public abstract record LeaseAnswer(long Fence, DateTimeOffset Until)
{
    /// <summary>It is the asker's until then.</summary>
    public sealed record Granted(long Fence, DateTimeOffset Until) : LeaseAnswer(Fence, Until);

    /// <summary>Another has it.</summary>
    /// <param name="Owner">who</param>
    /// <param name="Fence">with which number</param>
    /// <param name="Until">when it lapses, unless it is renewed</param>
    public sealed record Held(string Owner, long Fence, DateTimeOffset Until) : LeaseAnswer(Fence, Until);
}
