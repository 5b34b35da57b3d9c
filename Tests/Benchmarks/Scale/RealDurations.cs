namespace Sweeps.Benchmarks.Scale;

/// <summary>
/// How long jobs take: the deciles, 5 % to 95 %, of each kind in a run of examples/circuits.hocon on a device of one core; of probes from
/// one to the next, which includes storing them.
/// </summary>
internal static class RealDurations
{
    private static readonly Dictionary<string, double[]> _seconds = new(StringComparer.Ordinal)
    {
        ["train"] = [87.5, 156.9, 175.7, 226.2, 246.0, 264.0, 279.6, 335.1, 391.7, 483.5],
        ["evaluate"] = [0.2, 0.2, 0.4, 0.4, 0.5, 0.6, 0.8, 1.0, 1.2, 1.7],
        ["prune"] = [0.7, 1.1, 1.6, 2.1, 2.8, 3.4, 4.4, 5.5, 7.2, 11.2],
        ["probe"] = [0.044, 0.074, 0.105, 0.139, 0.180, 0.232, 0.300, 0.396, 0.552, 0.964],
        ["validate"] = [1.3, 2.7, 3.8, 5.4, 6.4, 8.8, 11.5, 14.4, 20.5, 35.5],
        ["curve"] = [0.2, 0.3, 0.5, 0.7, 0.9, 1.2, 1.4, 1.8, 2.4, 3.6],
        ["prepare"] = [8.9],
    };

    /// <summary>How long a job takes; the same for the same job.</summary>
    public static TimeSpan Of(Job job)
    {
        var name = JobCatalog.Of(job).Name;
        // A circuit is written by one more probe.
        var seconds = _seconds[name == "circuit" ? "probe" : name];
        return TimeSpan.FromSeconds(seconds[new KeyedRandom(job.Seed, "duration", job.Output, Number(job)).Next(seconds.Length)]);
    }

    // The probes of a bisection differ in nothing else.
    private static string Number(Job job) => job is ProbeJob probe
        ? probe.K.ToString(System.Globalization.CultureInfo.InvariantCulture)
        : "";
}
