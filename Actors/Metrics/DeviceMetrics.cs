using System.Collections.Immutable;

namespace Sweeps.Actors.Metrics;

/// <summary>How a device is: told by its actor, read by whoever asks.</summary>
internal sealed class DeviceMetrics
{
    /// <summary>Why a process was ended, or ended.</summary>
    public const string Exited = "exited", Silent = "silent", Hung = "hung", NotStarted = "not_started", Fault = "fault";

    private static readonly ImmutableArray<(DeviceStatus Status, string Word)> _states =
        [.. Enum.GetValues<DeviceStatus>().Select(status => (status, status.ToString().ToLowerInvariant()))];

    private static readonly TimeProvider _clock = TimeProvider.System;

    private readonly string _device;
    private readonly GaugeSources _sources = [];
    private readonly Lock _lock = new();
    private DeviceStatus _status = DeviceStatus.Starting;
    private HelloMessage? _hello;
    private DeviceMemory? _memory;
    private string? _killed;
    private long? _heard, _progressed, _began, _saved;
    private double _busy;

    public DeviceMetrics(string device)
    {
        _device = device;
        _sources.Add(Instruments.DeviceState.Observe(States));
        _sources.Add(Instruments.DeviceInfo.Observe(Info));
        _sources.Add(Instruments.DeviceBusy.Observe(() => Of(() => _busy + (Since(_began) ?? 0))));
        _sources.Add(Instruments.DeviceHeartbeatAge.Observe(() => Of(() => Since(_heard))));
        _sources.Add(Instruments.DeviceProgressAge.Observe(() => Of(() => Since(_progressed))));
        _sources.Add(Instruments.CheckpointAge.Observe(() => Of(() => Since(_saved))));
        _sources.Add(Instruments.DeviceMemoryLive.Observe(() => Of(() => _memory?.Live)));
        _sources.Add(Instruments.DeviceMemoryPeak.Observe(() => Of(() => _memory?.Peak)));
        _sources.Add(Instruments.DeviceMemoryBudget.Observe(() => Of(() => _memory?.Budget)));
        foreach (var reason in new[] { Exited, Silent, Hung, NotStarted, Fault }) Instruments.DeviceRestarts.Add(0, device, reason);
    }

    public void Is(DeviceStatus status)
    {
        lock (_lock) _status = status;
    }

    public void Begin(Job job)
    {
        lock (_lock)
        {
            _began = _progressed = _clock.GetTimestamp();
            // Only what is saved on its way has a last time that it was.
            _saved = job.CheckpointFolder is null ? null : _began;
        }
    }

    /// <summary>Its process has said something.</summary>
    public void Hear(DeviceMessage message)
    {
        var now = _clock.GetTimestamp();
        lock (_lock)
        {
            _heard = now;
            switch (message)
            {
                case HelloMessage m: _hello = m; break;
                case HeartbeatMessage { Memory: { } memory }: _memory = memory; break;
                case ProgressMessage or EvaluatedMessage: _progressed = now; break;
                case CheckpointMessage m:
                    _saved = _progressed = now;
                    if (m.Seconds > 0) Instruments.CheckpointWrite.Record(m.Seconds, _device);
                    break;
                case ResultMessage or FailedMessage or CancelledMessage: End(); break;
            }
        }
    }

    /// <summary>Its process is being killed for this reason; the first one counts.</summary>
    public void Kill(string reason)
    {
        lock (_lock) _killed ??= reason;
    }

    /// <summary>Its process has ended, or could not be started.</summary>
    /// <param name="expected">whether that was asked for</param>
    public void Exit(bool expected)
    {
        lock (_lock)
        {
            if (!expected) Instruments.DeviceRestarts.Add(1, _device, _killed ?? Exited);
            End();
            (_heard, _hello, _memory, _killed) = (null, null, null, null);
        }
    }

    /// <summary>The device is gone: nothing is told of it any more.</summary>
    public void Forget() => _sources.Release();

    private void End()
    {
        _busy += Since(_began) ?? 0;
        _began = _progressed = _saved = null;
    }

    private static double? Since(long? then) => then is { } at ? _clock.GetElapsedTime(at).TotalSeconds : null;

    private IEnumerable<Reading> Of(Func<double?> read)
    {
        double? value;
        lock (_lock) value = read();
        return value is { } known ? [new Reading(known, _device)] : [];
    }

    private IEnumerable<Reading> States() => _states.Select(state => new Reading(state.Status == _status ? 1 : 0, _device, state.Word));

    private IEnumerable<Reading> Info() =>
        _hello is { } hello ? [new Reading(1, _device, hello.Device, hello.Libtorch, hello.Capability)] : [];
}
