using Sweeps.Actors.Devices;

namespace Sweeps.Actors.Metrics;

/// <summary>How many jobs wait and run, as the broker's state of the moment has them: an immutable value, read by whoever asks.</summary>
internal sealed class BrokerMetrics
{
    private readonly GaugeSources _sources = [];
    private volatile BrokerState _state = BrokerState.Initial;

    public BrokerMetrics()
    {
        _sources.Add(Instruments.QueueLength.Observe(() => Sweeps(_state, state => state.Waiting)));
        _sources.Add(Instruments.QueueRunning.Observe(() => Sweeps(_state, state => state.Running)));
    }

    public void Is(BrokerState state) => _state = state;

    /// <summary>The broker is gone: nothing is told of it any more.</summary>
    public void Forget() => _sources.Release();

    private static IEnumerable<Reading> Sweeps(BrokerState state, Func<BrokerState, Func<string, int>> count) =>
        state.Sweeps.Select(sweep => new Reading(count(state)(sweep), sweep));
}
