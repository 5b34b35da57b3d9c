namespace Sweeps.Orchestrator.Cli.Running;

/// <summary>A run's progress, and what went wrong of late. Not thread-safe.</summary>
internal sealed class RunWatch(RunProgress progress)
{
    private const int MostNotices = 4;

    private readonly Queue<string> _notices = new();

    public void Apply(SweepProgress message)
    {
        progress.Apply(message);
        if ((message is TrialChanged { Reason: not null } trial ? RunText.Change(trial) : RunText.Notice(message)) is not { } notice)
            return;
        _notices.Enqueue(notice);
        if (_notices.Count > MostNotices) _notices.Dequeue();
    }

    public RunStatus Status(TimeProvider time) => new(
        time.GetUtcNow(), Environment.ProcessId, progress.Fraction, progress.Elapsed, progress.TimeLeft, progress.Stages, progress.Running,
        progress.Searches, [.. _notices]);
}
