using System.Collections.Concurrent;
using System.Diagnostics;
using System.Diagnostics.Metrics;
using System.Globalization;
using Sweeps.Actors.Devices;
using Sweeps.Actors.Metrics;
using Sweeps.Benchmarks.Scale;
using Sweeps.Orchestrator.Web.Metrics;

namespace Sweeps.Benchmarks;

/// <summary>
/// What metrics add to a sweep, by account. Whole sweeps differ by several percent from each other, which hides less than one; so all that
/// a sweep measures and tells is kept, then done again with nothing else beside it.
/// </summary>
internal static class MetricsAccount
{
    /// <summary>A measurement, as it was made.</summary>
    private sealed record Measured(Instrument Instrument, double Value, KeyValuePair<string, object?>[] Tags);

    public static async Task RunAsync(string root, int runs, int trials)
    {
        var (measured, told) = (new ConcurrentQueue<Measured>(), new ConcurrentQueue<SweepProgress>());
        using (var listener = new MeterListener { InstrumentPublished = Listen })
        {
            listener.SetMeasurementEventCallback<double>(Keep);
            listener.SetMeasurementEventCallback<long>((instrument, value, tags, state) => Keep(instrument, value, tags, state));
            listener.Start();
            await ScaleSweep.RunAsync(root, trials, new StoreOptions(), new Recorder(told));
        }
        // Without a listener, which takes time itself.
        List<double> sweeps = [];
        for (var run = 0; run < 5; run++) sweeps.Add((await ScaleSweep.RunAsync(root, trials, new StoreOptions())).CpuPerTrial);
        var perTrial = new Timings(sweeps).Median;

        var (all, events) = (measured.ToArray(), told.ToArray());
        List<double> on = [];
        for (var run = -3; run < runs; run++)
        {
            using var provider = MetricsExport.Build();
            using var observer = new SweepObserver("account", root, () => new HowFar(0.5, TimeSpan.FromHours(1)), TimeProvider.System);
            GC.Collect();
            var before = Environment.CpuUsage.TotalTime;
            foreach (var measurement in all) Again(measurement);
            foreach (var progress in events) observer.OnNext(progress);
            // The first ones compile the code.
            if (run >= 0) on.Add((Environment.CpuUsage.TotalTime - before).TotalSeconds);
        }
        Timings.PrintHeader();
        var share = on.Select(seconds => seconds / trials / perTrial).Order().ToArray();
        new Timings(on).Print("  what a sweep measures and tells, alone", string.Create(
            CultureInfo.InvariantCulture,
            $"{(double)all.Length / trials:F1} measurements and {(double)events.Length / trials:F1} messages for a training, "
                + $"{new Timings(on).Median / trials * 1e6:F2} µs of its {perTrial * 1e6:F0}: {share[share.Length / 2]:P2} "
                + $"({share[0]:P2} to {share[^1]:P2})"));

        void Keep(Instrument instrument, double value, ReadOnlySpan<KeyValuePair<string, object?>> tags, object? state) =>
            measured.Enqueue(new Measured(instrument, value, tags.ToArray()));
    }

    private static void Listen(Instrument instrument, MeterListener listener)
    {
        if (instrument.Meter.Name == Instruments.MeterName && !instrument.IsObservable) listener.EnableMeasurementEvents(instrument);
    }

    private static void Again(Measured measurement)
    {
        var tags = new TagList(measurement.Tags);
        switch (measurement.Instrument)
        {
            case Counter<long> counter: counter.Add((long)measurement.Value, tags); break;
            case Counter<double> counter: counter.Add(measurement.Value, tags); break;
            case Histogram<double> histogram: histogram.Record(measurement.Value, tags); break;
            case Histogram<long> histogram: histogram.Record((long)measurement.Value, tags); break;
            default: throw new UnreachableException($"{measurement.Instrument.Name} is a {measurement.Instrument.GetType()}");
        }
    }

    private sealed class Recorder(ConcurrentQueue<SweepProgress> told) : IObserver<SweepProgress>
    {
        public void OnCompleted()
        {
        }

        public void OnError(Exception error)
        {
        }

        public void OnNext(SweepProgress value) => told.Enqueue(value);
    }
}
