using Akka.Actor;
using Akka.Configuration;
using Sweeps.Actors.Journal;

namespace Sweeps.Actors.Tests.Journal;

/// <summary>A journal and an actor system that writes to it, as a run of the program has them.</summary>
internal sealed class JournalHost : IAsyncDisposable
{
    private readonly ActorSystem _system;

    private JournalHost(RunJournal journal, Config more)
    {
        Journal = journal;
        _system = ActorSystem.Create(
            "test", BootstrapSetup.Create().WithConfig(more.WithFallback(journal.AkkaConfig)).And(journal.AkkaSetup));
    }

    public RunJournal Journal { get; }

    public static async Task<JournalHost> OpenAsync(JournalStore store, string folder, string more = "")
        => new(
            await RunJournal.OpenAsync(store, folder, $"process {Environment.ProcessId}"),
            ConfigurationFactory.ParseString($"akka {{ loglevel = OFF, stdout-loglevel = OFF }}\n{more}"));

    public TestStream Actor(string stream) => new(_system, Journal, stream);

    /// <summary>An actor that has recovered.</summary>
    public async Task<TestStream> RecoveredAsync(string stream)
    {
        var actor = Actor(stream);
        await actor.Recovered;
        return actor;
    }

    public async ValueTask DisposeAsync()
    {
        await _system.Terminate();
        await Journal.DisposeAsync();
    }
}
