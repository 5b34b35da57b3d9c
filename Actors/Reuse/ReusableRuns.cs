using Sweeps.Actors.Devices;
using Sweeps.Actors.Sweeps;
using Sweeps.Domain.Reuse;

namespace Sweeps.Actors.Reuse;

/// <summary>The runs that a sweep may reuse.</summary>
internal static class ReusableRuns
{
    /// <summary>What they have found, by <see cref="JobKey"/>; of several the first counts.</summary>
    /// <param name="folders">of the runs; one that cannot be read any more is left out</param>
    /// <param name="store">where journals are looked for</param>
    /// <param name="warn">is told what is left out</param>
    public static IReadOnlyDictionary<string, ReusableResult> Read(IEnumerable<string> folders, StoreOptions store, Action<string> warn)
    {
        var all = new Dictionary<string, ReusableResult>(StringComparer.Ordinal);
        foreach (var folder in folders)
        {
            try
            {
                foreach (var (key, result) in ReusableResult.Read(folder, SweepFolder.Read(folder, store))) all.TryAdd(key, result);
            }
            catch (Exception e) when (e is FileNotFoundException or JournalException or JournalCorruptException)
            {
                warn($"nothing is reused of {folder}: {e.Message}");
            }
        }
        return all;
    }
}
