namespace Sweeps.Actors.Metrics;

/// <summary>Counts what happens to a trial, one after the other, and how long it takes.</summary>
internal sealed class TrialMetrics(string sweep)
{
    private static readonly string[] _outcomes = ["succeeded", "failed", "cancelled"];
    private static readonly string[] _reasons = ["world", "program", "interrupted"];

    private static readonly TimeProvider _clock = TimeProvider.System;
    private long _since = _clock.GetTimestamp();
    private bool _runs;

    /// <summary>Takes an event in; <paramref name="state"/> is the state after it.</summary>
    public void Take(TrialState state, TrialEvent happened)
    {
        var kind = JobCatalog.Of(state.Job!).Name;
        switch (happened)
        {
            case TrialQueued or TrialResumed or TrialRetried:
                Know(kind);
                Turn();
                break;
            case TrialStarted:
                Instruments.AttemptsStarted.Add(1, sweep, kind);
                Instruments.QueueWait.Record(Turn(), kind);
                _runs = true;
                break;
            case AttemptLost lost:
                Instruments.AttemptsLost.Add(1, sweep, lost.ByTheWorld ? "world" : lost.ByTheProgram ? "program" : "interrupted");
                End(kind, "lost");
                break;
            case { } when state.Phase is TrialPhase.Succeeded or TrialPhase.Failed or TrialPhase.Cancelled:
                var outcome = _outcomes[state.Phase - TrialPhase.Succeeded];
                Instruments.TrialsEnded.Add(1, sweep, kind, outcome);
                if (state.Phase == TrialPhase.Succeeded && kind == CircuitKind) Instruments.CircuitsFound.Add(1, sweep);
                End(kind, outcome);
                break;
        }
    }

    /// <summary>Counts a message about an attempt that was over.</summary>
    public void Refused() => Instruments.MessagesRefused.Add(1, sweep);

    private static string CircuitKind { get; } = JobCatalog.All.First(kind => kind.Job == typeof(CircuitJob)).Name;

    // Of a series that begins with its first event, nobody could tell that there was an increase.
    private void Know(string kind)
    {
        Instruments.AttemptsStarted.Add(0, sweep, kind);
        Instruments.MessagesRefused.Add(0, sweep);
        Instruments.CircuitsFound.Add(0, sweep);
        foreach (var outcome in _outcomes) Instruments.TrialsEnded.Add(0, sweep, kind, outcome);
        foreach (var reason in _reasons) Instruments.AttemptsLost.Add(0, sweep, reason);
    }

    private void End(string kind, string outcome)
    {
        var seconds = Turn();
        if (_runs) Instruments.JobDuration.Record(seconds, kind, outcome);
        _runs = false;
    }

    /// <summary>Seconds since the last turn.</summary>
    private double Turn()
    {
        var (last, now) = (_since, _clock.GetTimestamp());
        _since = now;
        return _clock.GetElapsedTime(last, now).TotalSeconds;
    }
}
