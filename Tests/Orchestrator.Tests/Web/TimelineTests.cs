using System.Diagnostics;
using Sweeps.Orchestrator.Web.Reading;

namespace Sweeps.Orchestrator.Tests.Web;

/// <summary>What devices did over time.</summary>
public sealed class TimelineTests
{
    private static readonly DateTimeOffset _start = new(2026, 1, 31, 12, 0, 0, TimeSpan.Zero);

    [Fact]
    public void A_bar_ends_where_its_trial_ended_and_one_that_runs_goes_on_until_now()
    {
        var view = new Timeline(
        [
            Ended("models/a", 100, 600), Running("models/b", 50), Trial("models/c", TrialPhase.Waiting, null, 0, null),
        ]).View(_start.AddSeconds(1000), null, 1000);
        var device = Assert.Single(view.Devices);
        Assert.Equal(
            [("models/a", 100.0, 600.0, TrialPhase.Succeeded), ("models/b", 600, 1000, TrialPhase.Running)],
            device.Bars.Select(bar => (bar.Trial!, Seconds(bar.From), Seconds(bar.Until), bar.State)));
        Assert.Equal((100, 1000, 2), (Seconds(view.From), Seconds(view.Until), view.Trials));
        Assert.Equal(1, device.Busy, 6);
    }

    [Fact]
    public void No_time_counts_twice_and_none_before_the_window()
    {
        var view = new Timeline([Ended("a", 0, 50), Ended("b", 25, 75), Ended("c", 90, 200), Ended("d", 190, 200)]).View(
            _start.AddSeconds(900), TimeSpan.FromSeconds(160), 1000);
        Assert.Equal((40, 200, 4), (Seconds(view.From), Seconds(view.Until), view.Trials));
        // From 40 to 75 and from 90 to 200.
        Assert.Equal(145.0 / 160, view.Devices[0].Busy, 6);
        Assert.Equal([40, 40, 90, 190], view.Devices[0].Bars.Select(bar => Seconds(bar.From)));
    }

    [Fact]
    public void What_is_too_short_to_be_seen_is_put_together_and_says_that_something_failed()
    {
        var view = new Timeline(
        [
            Ended("a", 0, 1), Ended("b", 1, 3) with { Kind = "prune", Phase = TrialPhase.Failed, Reason = "x" }, Ended("c", 3, 4),
            Ended("d", 4, 80), Ended("e", 95, 100),
        ]).View(_start, null, 10);
        Assert.Equal(
            [(null, 3, "prune", TrialPhase.Failed, 4.0), ("d", 1, "train", TrialPhase.Succeeded, 80), ("e", 1, "train",
                TrialPhase.Succeeded, 100)],
            view.Devices[0].Bars.Select(bar => (bar.Trial, bar.Trials, bar.Kind, bar.State, Seconds(bar.Until))));
    }

    [Fact]
    public void A_week_of_a_hundred_thousand_trials_is_a_few_hundred_bars_that_hold_all_of_them()
    {
        const int Count = 100_000;
        const int Devices = 8;
        var each = 7 * 86400.0 * Devices / Count;
        var timeline = new Timeline(
        [
            .. Enumerable.Range(0, Count).Select(i => Ended($"t{i}", i / Devices * each, ((i / Devices) + 0.9) * each) with
            {
                Device = $"cpu-{i % Devices}",
            }),
        ]);
        var begun = Stopwatch.GetTimestamp();
        var view = timeline.View(_start, TimeSpan.FromDays(7), 400);
        // It is asked for every other second.
        Assert.True(Stopwatch.GetElapsedTime(begun) < TimeSpan.FromSeconds(2));
        Assert.Equal((Devices, Count), (view.Devices.Count, view.Trials));
        Assert.Equal(Count, view.Devices.Sum(device => device.Bars.Sum(bar => bar.Trials)));
        Assert.All(view.Devices, device => Assert.InRange(device.Bars.Count, 100, 900));
        Assert.All(view.Devices, device => Assert.Equal(0.9, device.Busy, 3));
    }

    [Fact]
    public void Where_no_device_has_worked_there_is_none() =>
        Assert.Empty(new Timeline([Trial("a", TrialPhase.Waiting, null, 0, null)]).View(_start, null, 10).Devices);

    private static double Seconds(DateTimeOffset time) => (time - _start).TotalSeconds;

    private static TrialHistory Ended(string id, double from, double until) =>
        Trial(id, TrialPhase.Succeeded, _start.AddSeconds(until), until - from, "cpu-0");

    private static TrialHistory Running(string id, double queued) =>
        Trial(id, TrialPhase.Running, null, 0, "cpu-0") with { Queued = _start.AddSeconds(queued) };

    private static TrialHistory Trial(string id, TrialPhase phase, DateTimeOffset? ended, double worked, string? device) => new(
        new TrialId(id), "train", phase, 1, device, _start, ended, TimeSpan.FromSeconds(worked), null);
}
