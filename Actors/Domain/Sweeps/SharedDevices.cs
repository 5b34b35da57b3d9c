namespace Sweeps.Domain.Sweeps;

/// <summary>
/// Tells how long devices worked on bisections. A journal has the time at which a probe was stored, and not when a device took it up: the
/// time between two probes is work and waiting for a device. So bisections that are open at once share the devices that are known by then
/// and work on no trial, and no more is worked than there are devices.
/// </summary>
internal sealed class SharedDevices
{
    // By name: the trial that each works on, null for none.
    private readonly Dictionary<string, TrialId?> _trials = new(StringComparer.Ordinal);
    private DateTimeOffset? _now;
    private int _open;
    private bool _isPaused;

    /// <summary>How long devices would have worked on a bisection that was open all the time, from the first event on.</summary>
    public TimeSpan Worked { get; private set; }

    /// <summary>Goes on to the time of the next event; a clock may be set back.</summary>
    public void Advance(DateTimeOffset time)
    {
        if (_now is { } now && time > now && _open > 0 && !_isPaused)
            Worked += (time - now) * Math.Min(1.0, (double)_trials.Values.Count(trial => trial is null) / _open);
        _now = time;
    }

    /// <summary>A device begins with a trial, whatever was stored of the one before.</summary>
    public void Begin(string device, TrialId trial) => _trials[device] = trial;

    /// <summary>A device works on a trial no more.</summary>
    public void End(string device, TrialId trial)
    {
        if (_trials.GetValueOrDefault(device) == trial) _trials[device] = null;
    }

    public void Open() => _open++;

    public void Close() => _open--;

    /// <summary>No jobs are handed out while the sweep is paused.</summary>
    public void Pause(bool isPaused) => _isPaused = isPaused;
}
