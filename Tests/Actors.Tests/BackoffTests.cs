namespace Sweeps.Actors.Tests;

public class BackoffTests
{
    private static readonly TimeSpan _first = TimeSpan.FromSeconds(1), _max = TimeSpan.FromSeconds(30);

    [Fact]
    public void Waits_double_up_to_their_bound_and_at_least_half_of_each_is_waited()
    {
        foreach (var (count, whole) in new[] { (1, 1), (2, 2), (3, 4), (4, 8), (5, 16), (6, 30), (7, 30), (10_000, 30) })
            Assert.All(
                Enumerable.Range(0, 50), i => Assert.InRange(Backoff.Wait(_first, _max, count, $"{i}").TotalSeconds, whole * 0.5, whole));
    }

    [Fact]
    public void What_failed_together_does_not_come_back_together()
    {
        var waits = Enumerable.Range(0, 1000).Select(i => Backoff.Wait(_first, _max, 5, $"trial {i}")).Order().ToList();
        Assert.True(waits.Distinct().Count() > 990);
        // Spread over the eight seconds between a half and the whole: no second has more than twice its share.
        Assert.All(waits.GroupBy(w => (int)w.TotalSeconds), second => Assert.InRange(second.Count(), 60, 250));
    }

    [Fact]
    public void The_same_key_waits_the_same_time_always() =>
        Assert.Equal(Backoff.Wait(_first, _max, 3, "a"), Backoff.Wait(_first, _max, 3, "a"));
}
