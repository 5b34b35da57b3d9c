namespace Sweeps.Orchestrator.Cli.Running;

/// <summary>Lets of each trial's progress one message a second pass, and everything else. Not thread-safe.</summary>
internal sealed class ProgressPace(TimeProvider time)
{
    private static readonly TimeSpan _pace = TimeSpan.FromSeconds(1);

    private readonly Dictionary<TrialId, long> _last = [];

    /// <summary>Returns whether a message passes.</summary>
    public bool Passes(SweepProgress value)
    {
        switch (value)
        {
            case TrialProgressed { Trial: var trial }:
                if (_last.TryGetValue(trial, out var last) && time.GetElapsedTime(last) < _pace) return false;
                _last[trial] = time.GetTimestamp();
                return true;
            case TrialChanged { Phase: not TrialPhase.Running } changed:
                _last.Remove(changed.Trial);
                return true;
            default:
                return true;
        }
    }
}
