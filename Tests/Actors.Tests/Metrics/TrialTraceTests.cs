using System.Diagnostics;
using Sweeps.Actors.Devices;
using Sweeps.Actors.Metrics;

namespace Sweeps.Actors.Tests.Metrics;

/// <summary>The way of a trial as spans, by .NET's own listener.</summary>
public sealed class TrialTraceTests
{
    [Fact]
    public void A_trial_that_is_lost_once_waits_and_runs_twice_below_one_span()
    {
        var spans = new List<Activity>();
        using var listener = new ActivityListener
        {
            ShouldListenTo = source => source.Name == Instruments.MeterName,
            Sample = (ref ActivityCreationOptions<ActivityContext> _) => ActivitySamplingResult.AllDataAndRecorded,
            ActivityStopped = span =>
            {
                lock (spans) spans.Add(span);
            },
        };
        ActivitySource.AddActivityListener(listener);
        var spec = FakeResults.Spec with { Name = "traced" };
        var begun = 0;
        IEnumerable<Step> Script(RunRequest request, DeviceSpec device) => request.Job is TrainJob && begun++ == 0
            ? [Scripts.Checkpoint(request, 1), Scripts.Dies(3)]
            : Scripts.Smooth(request, device);
        var simulation = new Simulation(new Disk(), spec, devices: 2, Script);

        Assert.Equal(SweepEnd.Completed, simulation.ToEnd()!.End);

        // Others of this process are traced too.
        List<Activity> mine;
        lock (spans) mine = [.. spans];
        var trials = mine.Where(span => span.GetTagItem("sweeps.sweep") as string == "traced").ToList();
        Assert.Equal(
            simulation.Launcher.Requests.Select(request => request.Trial).Distinct().Order(),
            trials.Select(span => (string)span.GetTagItem("sweeps.trial")!).Order());
        Assert.All(trials, trial => Assert.Equal("succeeded", trial.GetTagItem("sweeps.outcome")));
        Assert.Null(Activity.Current);
        foreach (var trial in trials)
        {
            var steps = mine.Where(span => span.ParentSpanId == trial.SpanId).Select(span => span.OperationName).ToList();
            var lost = mine.Where(span => span.ParentSpanId == trial.SpanId && span.Status == ActivityStatusCode.Error).ToList();
            var attempts = simulation.Launcher.Requests.Count(request => request.Trial == (string)trial.GetTagItem("sweeps.trial")!);
            Assert.Equal(Enumerable.Repeat<string[]>(["queue", "attempt"], attempts).SelectMany(step => step), steps);
            Assert.Equal(attempts - 1, lost.Count);
            Assert.All(lost, span => Assert.Equal("checkpoint", Assert.Single(span.Events).Name));
        }
        // What is logged of a trial has the id of its trace.
        var logged = simulation.Progress.OfType<TrialChanged>().GroupBy(change => change.Trial.Value, change => change.Trace);
        Assert.Equal(
            trials.Select(trial => ((string)trial.GetTagItem("sweeps.trial")!, trial.TraceId.ToHexString())).Order(),
            logged.Select(trial => (trial.Key, Assert.Single(trial.Distinct())!)).Order());
        Assert.Contains(trials, trial => mine.Count(span => span.ParentSpanId == trial.SpanId) == 4);
    }
}
