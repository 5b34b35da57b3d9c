using System.Diagnostics;
using System.Globalization;
using System.Text;
using Akka.Actor;
using Akka.Actor.Setup;
using Akka.Configuration;
using Akka.Persistence;
using Sweeps.Actors.Cluster.Leases;
using Sweeps.Actors.Journal;

namespace Sweeps.Benchmarks;

/// <summary>
/// What a journal takes: real persistent actors that store small events, together or one at a time, and read them back. The batch size and
/// the parallelism of the plugin were chosen with it.
/// </summary>
internal static class JournalBench
{
    private static readonly (int Streams, int Together, int Events)[] s_loads =
    [
        (1, 200, 40_000), (1, 1000, 40_000), (8, 200, 80_000), (8, 1000, 80_000), (1, 1, 1000), (1000, 1, 20_000),
    ];

    /// <summary>Measures SQLite, and PostgreSQL where a connection string is given.</summary>
    public static async Task RunAsync(string root, string? postgreSql, string settings)
    {
        Console.WriteLine($"Journal: small events, every commit synced {settings}");
        foreach (var load in s_loads)
            await RunAsync(folder => new JournalStore.Sqlite(Path.Combine(folder, "journal.db")), root, load, settings);
        if (postgreSql is null) return;
        foreach (var load in s_loads)
        {
            await RunAsync(folder => new JournalStore.PostgreSql(postgreSql, Path.GetFileName(folder)), root, load, settings);
            await RunFencedAsync(postgreSql, load, settings);
        }
    }

    private static async Task RunAsync(
        Func<string, JournalStore> storeOf, string root, (int Streams, int Together, int Events) load, string settings)
    {
        var folder = Directory.CreateDirectory(Path.Combine(root, $"bench-{Guid.NewGuid():N}")).FullName;
        var store = storeOf(folder);
        await using var journal = await RunJournal.OpenAsync(store, folder, "bench");
        var name = store is JournalStore.Sqlite ? "SQLite" : "PostgreSQL";
        await RunAsync(
            new Place(name, journal.Location, journal.Stream, journal.Explain, journal.Reader),
            Quiet(journal.AkkaConfig, settings).And(journal.AkkaSetup),
            load);
    }

    /// <summary>As the holder of a lease writes, whose number the database compares at each commit.</summary>
    private static async Task RunFencedAsync(string postgreSql, (int Streams, int Together, int Events) load, string settings)
    {
        var name = $"bench-{Guid.NewGuid():N}";
        var fence = new JournalFence(name);
        await using var journal = await ClusterJournal.OpenAsync(postgreSql, fence);
        var leases = new PostgreSqlLeases(postgreSql, TimeProvider.System);
        fence.Set((await leases.TryAcquireAsync(name, name, TimeSpan.FromHours(1))).Fence);
        var run = journal.Run(name);
        await run.PrepareAsync("bench");
        await RunAsync(
            new Place("with fence", run.Location, run.Stream, run.Explain, run.Reader),
            Quiet(journal.AkkaConfig, settings).And(journal.AkkaSetup),
            load);
    }

    private static BootstrapSetup Quiet(Config journal, string settings) => BootstrapSetup.Create().WithConfig(
        ConfigurationFactory.ParseString($"akka {{ loglevel = OFF, stdout-loglevel = OFF }}\n{settings}").WithFallback(journal));

    private static async Task RunAsync(Place place, ActorSystemSetup setup, (int Streams, int Together, int Events) load)
    {
        using (var system = ActorSystem.Create("bench", setup))
        {
            var writers = Writers(system, place, load.Streams);
            // Compiles the code.
            await Task.WhenAll(writers.Select(writer => writer.Ask<long>(new Write(load.Together, load.Together))));
            var (processor, start) = (Process.GetCurrentProcess().TotalProcessorTime, Stopwatch.GetTimestamp());
            await Task.WhenAll(writers.Select(writer => writer.Ask<long>(new Write(load.Events / load.Streams, load.Together))));
            var seconds = Stopwatch.GetElapsedTime(start).TotalSeconds;
            processor = Process.GetCurrentProcess().TotalProcessorTime - processor;
            Console.WriteLine(string.Create(
                CultureInfo.InvariantCulture,
                $"  {place.Name,-10} {load.Streams,5} streams, {load.Together,5} events together: {load.Events / seconds,8:F0} events/s, "
                + $"{processor.TotalMicroseconds / load.Events,5:F0} µs of processor an event"));
            await system.Terminate();
        }
        await RecoverAsync(place, setup, load.Streams);
    }

    private static IActorRef[] Writers(ActorSystem system, Place place, int streams)
        => [.. Enumerable.Range(0, streams).Select(i => system.ActorOf(Props.Create(() => new Writer(place, $"stream:{i}"))))];

    private static async Task RecoverAsync(Place place, ActorSystemSetup setup, int streams)
    {
        var start = Stopwatch.GetTimestamp();
        var read = place.Reader.ReadAll().Count();
        var reading = Stopwatch.GetElapsedTime(start);
        using var system = ActorSystem.Create("bench", setup);
        start = Stopwatch.GetTimestamp();
        var recovered = await Task.WhenAll(Writers(system, place, streams).Select(writer => writer.Ask<long>(new Write(0, 1))));
        var recovery = Stopwatch.GetElapsedTime(start);
        if (recovered.Sum() != read) throw new InvalidOperationException($"{read} events were read and {recovered.Sum()} recovered");
        Console.WriteLine(string.Create(
            CultureInfo.InvariantCulture,
            $"  {place.Name,-10} {streams,5} streams, {read,6} events: read in {reading.TotalMicroseconds / read:F1} µs each, "
            + $"recovered in {recovery.TotalMicroseconds / read:F1} µs each"));
        await system.Terminate();
    }

    private sealed record Place(
        string Name, string Location, Func<string, string> Stream, Func<string, long, Exception, Exception> Explain, JournalReader Reader);

    private sealed record Write(int Events, int Together);

    private sealed class Writer(Place place, string stream) : UntypedPersistentActor
    {
        private static readonly byte[] s_event = Encoding.UTF8.GetBytes(
            """{"attempt":1,"device":"cpu-0","loss":[1.25,3.5,2.25],"sha256":"e3b0c44298fc1c149afbf4c8996fb92427ae41e4"}""");

        private readonly JournalChain _chain = new(place.Location, stream);
        private int _left;
        private int _together;
        private IActorRef _asker = ActorRefs.Nobody;

        public override string PersistenceId => place.Stream(stream);

        protected override void OnRecover(object message)
        {
            if (message is JournalRecord record) _chain.Follow(LastSequenceNr, record);
        }

        protected override void OnCommand(object message)
        {
            if (message is not Write write) return;
            (_left, _together, _asker) = (write.Events, write.Together, Sender);
            Next();
        }

        protected override void OnPersistFailure(Exception cause, object @event, long sequenceNr)
            => _asker.Tell(new Status.Failure(place.Explain(stream, sequenceNr, cause)));

        private void Next()
        {
            if (_left == 0)
            {
                _asker.Tell(LastSequenceNr);
                return;
            }
            var count = Math.Min(_left, _together);
            _left -= count;
            PersistAll(Enumerable.Range(0, count).Select(_ => _chain.Seal(stream, "bench", new SerializedEvent("said", 1, s_event))), _ =>
            {
                if (--count == 0) Next();
            });
        }
    }
}
