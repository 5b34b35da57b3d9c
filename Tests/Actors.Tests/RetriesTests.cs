using Npgsql;

namespace Sweeps.Actors.Tests;

public class RetriesTests
{
    [Fact]
    public async Task A_database_that_is_not_there_yet_is_waited_for()
    {
        var tries = 0;
        var opened = await Retries.Database(new ImpatientTime()).ExecuteAsync(_ =>
            ++tries < 4 ? throw new JournalException("db", "refused", new NpgsqlException("refused", new IOException())) : ValueTask.FromResult(tries));
        Assert.Equal(4, opened);
    }

    [Fact]
    public async Task What_waiting_does_not_mend_is_told_at_once()
    {
        var tries = 0;
        await Assert.ThrowsAsync<JournalLockedException>(async () => await Retries.Database(new ImpatientTime()).ExecuteAsync<int>(_ =>
        {
            tries++;
            throw new JournalLockedException("db", "process 1");
        }));
        Assert.Equal(1, tries);
    }
}
