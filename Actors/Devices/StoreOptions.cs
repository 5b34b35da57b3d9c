namespace Sweeps.Actors.Devices;

/// <summary>Where a node stores events.</summary>
public sealed record StoreOptions
{
    /// <summary>
    /// The PostgreSQL database of the cluster, as Npgsql reads it, such as <c>Host=db;Database=sweeps;Username=sweeps</c>; empty (default)
    /// for a SQLite
    /// file in each sweep's folder, without any server. A sweep goes on where it was begun.
    /// </summary>
    public string Postgresql { get; init; } = "";
}
