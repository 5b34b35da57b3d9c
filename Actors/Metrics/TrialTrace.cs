using System.Diagnostics;

namespace Sweeps.Actors.Metrics;

/// <summary>
/// The way of a trial as spans of a trace of its own: the trial, and below it each wait for a device and each attempt. While nobody listens
/// there are none.
/// </summary>
internal sealed class TrialTrace(string sweep)
{
    private static readonly ActivitySource _source = new(Instruments.MeterName);

    private Activity? _trial;
    private Activity? _step;

    /// <summary>The trace's id, by which lines of a log are found with it; null where nobody listens.</summary>
    public string? Id { get; private set; }

    /// <summary>Takes an event in; <paramref name="state"/> is the state after it.</summary>
    public void Take(TrialState state, TrialEvent happened)
    {
        if (!_source.HasListeners()) return;
        switch (happened)
        {
            case TrialQueued or TrialResumed or TrialRetried:
                Abandon();
                _trial = Start(JobCatalog.Of(state.Job!).Name, parent: null);
                Id = _trial?.TraceId.ToHexString();
                _trial?.SetTag("sweeps.sweep", sweep).SetTag("sweeps.trial", state.Id.Value);
                _step = Step("queue", state);
                break;
            case TrialStarted e:
                Stop(ref _step);
                _step = Step("attempt", state)?.SetTag("sweeps.device", e.Device);
                break;
            case CheckpointReached e:
                _step?.AddEvent(new ActivityEvent("checkpoint", tags: new ActivityTagsCollection { ["sweeps.step"] = e.Step }));
                break;
            case AttemptLost e:
                _step?.SetStatus(ActivityStatusCode.Error, e.Reason);
                Stop(ref _step);
                _step = Step("queue", state);
                break;
            case { } when state.Phase is TrialPhase.Succeeded or TrialPhase.Failed or TrialPhase.Cancelled:
                if (state.Phase == TrialPhase.Failed) _trial?.SetStatus(ActivityStatusCode.Error, state.Reason);
                _trial?.SetTag("sweeps.outcome", state.Phase.ToString().ToLowerInvariant());
                Abandon();
                break;
        }
    }

    /// <summary>Ends what is open: nothing more will happen here.</summary>
    public void Abandon()
    {
        Stop(ref _step);
        Stop(ref _trial);
    }

    private Activity? Step(string name, TrialState state) =>
        _trial is null ? null : Start(name, _trial)?.SetTag("sweeps.attempt", state.Attempt);

    // What runs on this thread is many trials in turn, and none of them is the present one.
    private static Activity? Start(string name, Activity? parent)
    {
        var present = Activity.Current;
        Activity.Current = null;
        var started = _source.StartActivity(name, ActivityKind.Internal, parent?.Context ?? default);
        Activity.Current = present;
        return started;
    }

    private static void Stop(ref Activity? span)
    {
        if (span is null) return;
        var present = Activity.Current;
        span.Dispose();
        Activity.Current = present;
        span = null;
    }
}
