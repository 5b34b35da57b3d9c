using Npgsql;

namespace Sweeps.Actors.Tests;

public class RetriesTests
{
    [Fact]
    public async Task A_database_that_is_not_there_yet_is_waited_for()
    {
        var tries = 0;
        var opened = await Retries.Database(new Hurried()).ExecuteAsync(_ =>
            ++tries < 4 ? throw new JournalException("db", "refused", new NpgsqlException("refused", new IOException())) : ValueTask.FromResult(tries));
        Assert.Equal(4, opened);
    }

    [Fact]
    public async Task What_waiting_does_not_mend_is_told_at_once()
    {
        var tries = 0;
        await Assert.ThrowsAsync<JournalLockedException>(async () => await Retries.Database(new Hurried()).ExecuteAsync<int>(_ =>
        {
            tries++;
            throw new JournalLockedException("db", "process 1");
        }));
        Assert.Equal(1, tries);
    }

    /// <summary>A clock on which every wait is over at once.</summary>
    private sealed class Hurried : TimeProvider
    {
        public override ITimer CreateTimer(TimerCallback callback, object? state, TimeSpan dueTime, TimeSpan period)
            => base.CreateTimer(callback, state, dueTime == Timeout.InfiniteTimeSpan ? dueTime : TimeSpan.Zero, period);
    }
}
