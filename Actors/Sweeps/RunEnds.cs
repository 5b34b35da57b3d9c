namespace Sweeps.Actors.Sweeps;

/// <summary>How a run of a sweep ends, for those outside of its actors. Thread-safe.</summary>
internal sealed class RunEnds
{
    private readonly TaskCompletionSource<SweepOutcome> _outcome = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly TaskCompletionSource<Reply> _begun = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly TaskCompletionSource _devicesStopped = new(TaskCreationOptions.RunContinuationsAsynchronously);

    /// <summary>Done when the sweep has recovered and taken the submission, or refused it.</summary>
    public Task<Reply> Begun => _begun.Task;

    /// <summary>What failed the run, or null.</summary>
    public Exception? Cause { get; private set; }

    /// <summary>Done when the sweep has ended, cannot go on, or is told to stop; the actors are still there.</summary>
    public Task<SweepOutcome> Outcome => _outcome.Task;

    /// <summary>Done when, after <see cref="StopDevices"/>, all devices have stopped, or did not in time.</summary>
    public Task Stopped => _devicesStopped.Task;

    /// <summary>The sweep answers to its submission.</summary>
    public void Begin(Reply reply) => _begun.TrySetResult(reply);

    /// <summary>Ends the run; the first outcome counts.</summary>
    public void End(SweepOutcome outcome) => _outcome.TrySetResult(outcome);

    public void Fail(Exception cause)
    {
        Cause ??= cause;
        End(new SweepOutcome(SweepEnd.Failed, [], cause.Message));
    }

    public void DevicesStopped() => _devicesStopped.TrySetResult();
}
