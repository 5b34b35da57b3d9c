using System.Diagnostics;

namespace Sweeps.Simulator;

/// <summary>Many seeds, one per core at a time, until one is violated or all are done.</summary>
internal sealed class Campaign(ulong first, int seeds, CancellationToken stop)
{
    private static readonly TimeSpan _interval = TimeSpan.FromSeconds(5);
    private readonly Stopwatch _clock = Stopwatch.StartNew();
    private readonly Lock _lock = new();
    private readonly List<Verdict> _violated = [];
    private readonly Tally _tally = new();
    private TimeSpan _shown;
    private int _next, _done;

    /// <summary>Runs them all; false when one was violated.</summary>
    public bool Run()
    {
        Thread[] threads = [.. Enumerable.Range(0, Environment.ProcessorCount).Select(_ => new Thread(Work))];
        foreach (var thread in threads) thread.Start();
        foreach (var thread in threads) thread.Join();
        foreach (var verdict in _violated)
            Console.WriteLine($"{verdict.Trace}{Environment.NewLine}replay: make simulate SEED={verdict.Seed}");
        var stopped = stop.IsCancellationRequested ? ", stopped" : "";
        Console.WriteLine(FormattableString.Invariant(
            $"{_done} seeds from {first} in {_clock.Elapsed:h\\:mm\\:ss}, {_violated.Count} violated{stopped}; {_tally}"));
        return _violated.Count == 0;
    }

    private void Work()
    {
        while (!stop.IsCancellationRequested && _violated.Count == 0)
        {
            var index = Interlocked.Increment(ref _next) - 1;
            if (index >= seeds) return;
            var verdict = Verdict.Of(first + (ulong)index);
            lock (_lock) Count(verdict);
        }
    }

    private void Count(Verdict verdict)
    {
        _done++;
        _tally.Add(verdict.Run);
        if (verdict.Violations.Count > 0) _violated.Add(verdict);
        if (_clock.Elapsed - _shown < _interval) return;
        _shown = _clock.Elapsed;
        var rate = _done / _clock.Elapsed.TotalSeconds;
        Console.WriteLine(
            FormattableString.Invariant(
                $"{_done} of {seeds} seeds, {rate:0.0}/s, {TimeSpan.FromSeconds((seeds - _done) / rate):h\\:mm\\:ss} left"));
    }
}
