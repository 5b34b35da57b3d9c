using Sweeps.Domain.Bisections;
using Sweeps.Domain.Journal;
using Sweeps.Domain.Trials;

namespace Sweeps.Domain.Sweeps;

/// <summary>What became of a trial, and when, by the clock of the machine that stored it. Reaches no result.</summary>
/// <param name="Id">which; a pruning's probes and its circuit count as the pruning's</param>
/// <param name="Kind">prepare, train, evaluate, prune, validate, curve or pruneedges</param>
/// <param name="Phase">where it is</param>
/// <param name="Attempts">how many were begun, or wait to be</param>
/// <param name="Device">the one that works on it, or worked on it last; null when none has</param>
/// <param name="Queued">when it was first asked for</param>
/// <param name="Ended">when it succeeded, failed or was cancelled; null before</param>
/// <param name="Worked">
/// how long devices worked on it, over all attempts as far as the journal tells; of probes, which wait for devices too, see
/// <see cref="SharedDevices"/>
/// </param>
/// <param name="Reason">why it failed, or why its last attempt was lost; null when nothing went wrong</param>
public sealed record TrialHistory(
    TrialId Id, string Kind, TrialPhase Phase, int Attempts, string? Device, DateTimeOffset Queued, DateTimeOffset? Ended, TimeSpan Worked,
    string? Reason)
{
    /// <summary>Where a training was stopped early, whatever it had come to by then; null when it was not.</summary>
    public EarlyStop? Stopped { get; init; }

    /// <summary>The trials of a journal, in the order in which they were asked for.</summary>
    /// <exception cref="JournalException">the journal cannot be read</exception>
    /// <exception cref="JournalCorruptException">it is damaged</exception>
    public static IReadOnlyList<TrialHistory> Read(IJournalReader journal)
    {
        ArgumentNullException.ThrowIfNull(journal);
        var trials = new Dictionary<string, Builder>(StringComparer.Ordinal);
        var devices = new SharedDevices();
        foreach (var stored in journal.ReadAll())
        {
            devices.Advance(stored.Time);
            var colon = stored.Entity.IndexOf(':', StringComparison.Ordinal);
            var of = colon < 0 ? "" : stored.Entity[..colon];
            if (stored.Event.Name == SweepJournal.TrainingStoppedName)
            {
                var stopped = (TrainingStopped)SweepJournal.Registry.Read(stored, journal.Location);
                if (trials.TryGetValue(stopped.Trial.Value, out var training)) training.Stop(stopped.Stop);
                continue;
            }
            if (stored.Event.Name is SweepJournal.PausedName or SweepJournal.ResumedName)
                devices.Pause(stored.Event.Name == SweepJournal.PausedName);
            if (of is not ("trial" or "bisection")) continue;
            var id = stored.Entity[(colon + 1)..];
            if (!trials.TryGetValue(id, out var trial)) trials.Add(id, trial = new Builder(trials.Count, devices));
            trial.Take(SweepJournal.Registry.Read(stored, journal.Location), stored.Time);
        }
        return [.. trials.Values.Where(trial => trial.State.Job is not null).OrderBy(trial => trial.Order).Select(trial => trial.Build())];
    }

    private sealed class Builder(int order, SharedDevices devices)
    {
        private DateTimeOffset _queued, _last;
        private DateTimeOffset? _working, _ended;
        private TimeSpan _worked, _shared;
        private string? _device, _reason;
        private bool _bisecting;
        private EarlyStop? _stopped;

        public int Order => order;

        public TrialState State { get; private set; } = TrialState.Initial;

        public void Take(object happened, DateTimeOffset time)
        {
            if (happened is TrialEvent trial) Take(trial, time);
            else if (happened is BisectionEvent bisection) Take(bisection, time);
            _last = time;
        }

        public void Stop(EarlyStop stop) => _stopped = stop;

        public TrialHistory Build() => new(
            State.Id, JobCatalog.Of(State.Job!).Name, _bisecting ? TrialPhase.Running : State.Phase, State.Attempt, _device, _queued,
            _bisecting ? null : _ended, _worked, _reason)
        {
            Stopped = _stopped,
        };

        private void Take(TrialEvent happened, DateTimeOffset time)
        {
            State = TrialState.Apply(State, happened);
            switch (happened)
            {
                case TrialQueued:
                    _queued = time;
                    break;
                case TrialStarted e:
                    (_working, _device) = (time, e.Device);
                    devices.Begin(e.Device, State.Id);
                    break;
                case AttemptLost e:
                    Pause(time);
                    _reason = e.Reason;
                    break;
                case TrialResumed:
                    // When the attempt ended is not known: it lived at least as long as its last event.
                    Pause(_last);
                    break;
                case TrialRetried:
                    (_ended, _reason) = (null, null);
                    break;
                case TrialSucceeded:
                    Pause(time);
                    (_ended, _reason) = (time, null);
                    break;
                case TrialFailed e:
                    Pause(time);
                    (_ended, _reason) = (time, e.Reason);
                    break;
                case TrialCancelled:
                    Pause(time);
                    _ended = time;
                    break;
            }
        }

        private void Take(BisectionEvent happened, DateTimeOffset time)
        {
            switch (happened)
            {
                case BisectionStarted or BisectionRetried:
                    _reason = null;
                    Bisect(true);
                    break;
                case ProbeRecorded:
                    _worked += devices.Worked - _shared;
                    break;
                case BisectionAttemptLost e:
                    // As after a restart: how long it had worked is not known.
                    _reason = e.Reason;
                    break;
                case BisectionCompleted:
                    _worked += devices.Worked - _shared;
                    (_ended, _reason) = (time, null);
                    Bisect(false);
                    break;
                case BisectionFailed e:
                    (_ended, _reason) = (time, e.Reason);
                    State = State with { Phase = TrialPhase.Failed };
                    Bisect(false);
                    break;
            }
            _shared = devices.Worked;
        }

        private void Bisect(bool isOpen)
        {
            if (isOpen == _bisecting) return;
            _bisecting = isOpen;
            if (isOpen) devices.Open();
            else devices.Close();
        }

        private void Pause(DateTimeOffset time)
        {
            if (_working is not { } since) return;
            _worked += Span(since, time);
            _working = null;
            devices.End(_device!, State.Id);
        }

        // A clock may be set back.
        private static TimeSpan Span(DateTimeOffset from, DateTimeOffset to) => to > from ? to - from : TimeSpan.Zero;
    }
}
