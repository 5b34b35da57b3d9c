namespace Sweeps.Actors.Cluster.Leases;

/// <summary>A lease as it stands in the database.</summary>
/// <param name="Owner">who has it, or had it last; null when it was released</param>
/// <param name="Fence">the number of that holding</param>
/// <param name="Expires">when it lapses or has lapsed, by the database's clock</param>
/// <param name="IsHeld">whether it is somebody's at the moment of reading, by the database's clock</param>
public sealed record LeaseState(string? Owner, long Fence, DateTimeOffset Expires, bool IsHeld);
