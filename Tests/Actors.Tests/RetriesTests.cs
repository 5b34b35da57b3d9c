using System.Diagnostics.Metrics;
using Npgsql;
using Sweeps.Tests;

namespace Sweeps.Actors.Tests;

public class RetriesTests
{
    [Fact]
    public async Task A_database_that_is_not_there_yet_is_waited_for_and_whoever_waits_is_told()
    {
        var (tries, told) = (0, new List<string>());
        var opened = await Retries.Database.Build(new ImpatientTime(), told.Add).ExecuteAsync(_ =>
            ++tries < 4
                ? throw new JournalException("db", "refused", new NpgsqlException("refused", new IOException()))
                : ValueTask.FromResult(tries));
        Assert.Equal(4, opened);
        Assert.Equal(3, told.Count);
        Assert.Matches(@"^db: refused.*; tried again in \d\.\d s \(2 of 7\)$", told[0]);
    }

    [Fact]
    public async Task What_waiting_does_not_mend_is_told_at_once()
    {
        var tries = 0;
        await Assert.ThrowsAsync<JournalLockedException>(
            async () => await Retries.Database.Build(new ImpatientTime()).ExecuteAsync<int>(_ =>
        {
            tries++;
            throw new JournalLockedException("db", "process 1");
        }));
        Assert.Equal(1, tries);
    }

    [Fact]
    public void What_is_tried_again_is_counted_by_a_meter_under_what_was_tried()
    {
        var name = Guid.NewGuid().ToString("N");
        var retries = 0;
        using var listener = new MeterListener
        {
            InstrumentPublished = (instrument, l) =>
            {
                if (instrument is { Meter.Name: "Polly", Name: "resilience.polly.strategy.events" }) l.EnableMeasurementEvents(instrument);
            },
        };
        listener.SetMeasurementEventCallback<int>((_, count, tags, _) =>
        {
            var of = tags.ToArray().ToDictionary(tag => tag.Key, tag => tag.Value as string);
            if (of["pipeline.name"] != name || of["event.name"] != "OnRetry") return;
            retries += count;
        });
        listener.Start();
        var tries = 0;
        (Retries.Database with { Name = name, MayPass = _ => true }).Build(new ImpatientTime()).Execute(() =>
        {
            if (++tries < 3) throw new IOException("away");
        });
        Assert.Equal(2, retries);
    }
}
