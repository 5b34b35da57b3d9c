using System.Diagnostics;
using System.Globalization;
using Akka.Actor;
using Sweeps.Actors.Devices;

namespace Sweeps.Benchmarks.Scale;

/// <summary>
/// What the broker takes to give a device that has become free its next job, and to take another job into the queue in its place.
/// </summary>
internal static class BrokerDecisions
{
    private const int Decisions = 20_000, JobsPerModel = 20;
    private static readonly ArtifactRef _file = new("none", new string('0', 64), 0);

    /// <param name="waiting">
    /// jobs in the queue, at most as many as it takes; a model has twenty of them, and the broker prefers the model that a device holds
    /// </param>
    /// <param name="devices">all busy but for the one that has become free</param>
    public static Timings Measure(int waiting, int devices)
    {
        var random = new KeyedRandom(1, "broker");
        var jobs = Math.Min(waiting, BrokerState.MaxQueued - devices);
        var state = BrokerState.Initial;
        for (var i = 0; i < devices; i++) state = state.Ready(Text($"cpu-{i}"), ActorRefs.Nobody);
        var queued = 0;
        for (var i = 0; i < jobs + devices; i++) state = state.Enqueue(Ticket(queued++));
        while (state.Next() is { } first) state = state.Assign(first);
        var seconds = new double[Decisions];
        for (var i = 0; i < Decisions; i++)
        {
            var (device, ticket) = (Text($"cpu-{random.Next(devices)}"), Ticket(queued++));
            var start = Stopwatch.GetTimestamp();
            state = state.Free(device);
            state = state.Assign(state.Next()!).Enqueue(ticket);
            seconds[i] = Stopwatch.GetElapsedTime(start).TotalSeconds;
        }
        return new Timings(seconds);
    }

    private static JobTicket Ticket(int number)
    {
        var model = new ArtifactRef(Text($"model-{number / JobsPerModel}"), Text($"{number / JobsPerModel:d64}"), 1);
        var job = new EvaluateJob
        {
            Output = "none",
            Seed = 1,
            Model = model,
            MeanCache = _file,
            Corpus = new CorpusArtifacts(_file, _file, _file, _file),
            Task = "task",
            TaskSeed = 1,
            Options = new PruningOptions(),
        };
        return new JobTicket("sweep", new TrialId(Text($"trial-{number}")), 1, job, null, ActorRefs.Nobody);
    }

    private static string Text(FormattableString text) => text.ToString(CultureInfo.InvariantCulture);
}
