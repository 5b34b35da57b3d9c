using Sweeps.Actors.Devices;
using Sweeps.Actors.Journal;

namespace Sweeps.Benchmarks;

/// <summary>Where journals of benchmarks are kept.</summary>
internal static class Stores
{
    /// <summary>For the line above the numbers; without user and password.</summary>
    public static string Describe(StoreOptions store)
        => store.Postgresql.Length == 0
            ? "SQLite journal"
            : $"journal in {new JournalStore.PostgreSql(store.Postgresql, "bench").Location}";
}
