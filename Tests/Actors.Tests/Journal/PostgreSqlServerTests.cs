using Sweeps.Actors.Journal;

namespace Sweeps.Actors.Tests.Journal;

/// <summary>A server that would lose events, and one that is lost itself.</summary>
public sealed class PostgreSqlServerTests : JournalTests
{
    private const int Crashes = 4;

    private readonly PostgresServer _server = new();
    private readonly string _database;

    public PostgreSqlServerTests() => _database = _server.CreateDatabase();

    protected override JournalStore Store => new JournalStore.PostgreSql(_database, "run-1");

    public override void Dispose()
    {
        _server.Dispose();
        base.Dispose();
    }

    [Theory]
    [InlineData("fsync")]
    [InlineData("full_page_writes")]
    public async Task A_server_that_does_not_keep_what_it_acknowledges_is_refused(string setting)
    {
        _server.Stop();
        _server.Start($"{setting}=off");
        var refused = await Assert.ThrowsAsync<JournalException>(() => OpenAsync());
        Assert.Contains($"{setting} is off: a crash of the server would lose", refused.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task When_the_server_crashes_again_and_again_no_event_is_lost_and_none_comes_twice()
    {
        await using var host = await OpenAsync();
        List<string> acknowledged = [];
        for (var crash = 0; crash < Crashes; crash++)
        {
            var actor = await host.RecoveredAsync("sweep");
            var stop = Task.CompletedTask;
            for (var i = 0; ; i++)
            {
                string[] texts = [.. Enumerable.Range(0, 20).Select(n => $"{crash} {i} {n}")];
                if (i == 10) stop = Task.Run(_server.Stop);
                try
                {
                    await actor.WriteAsync(texts);
                    acknowledged.AddRange(texts);
                }
                catch (JournalException)
                {
                    break;
                }
            }
            await stop;
            // Who asks meanwhile is told that there is no server.
            await Assert.ThrowsAsync<JournalException>(() => host.Actor("sweep").Recovered);
            _server.Start();
            var recovered = await host.Actor("sweep").Recovered;
            // The last write was not acknowledged: it may have been committed, all of it or nothing.
            Assert.Equal(acknowledged, recovered.Take(acknowledged.Count));
            Assert.True(
                recovered.Count - acknowledged.Count is 0 or 20,
                $"{recovered.Count - acknowledged.Count} events of a write of 20 were stored");
            acknowledged = [.. recovered];
        }
        Assert.Equal(acknowledged, host.Journal.Reader.ReadAll().Select(e => TestStream.Text(e.Event)));
        Assert.Equal(acknowledged.Count, acknowledged.Distinct().Count());
        host.Journal.Reader.CheckIntegrity();
    }
}
