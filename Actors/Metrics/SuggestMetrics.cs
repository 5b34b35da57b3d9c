namespace Sweeps.Actors.Metrics;

/// <summary>How long decisions take that make suggestions.</summary>
internal static class SuggestMetrics
{
    private static readonly TimeProvider _clock = TimeProvider.System;

    /// <summary>The decision, whose time is noted when suggestions come of it.</summary>
    /// <param name="decide">it</param>
    /// <param name="of">what is searched: prunings or trainings</param>
    /// <param name="suggests">whether an event is of suggestions</param>
    public static Func<TState, TCommand, Decision<TEvent>> Timed<TState, TCommand, TEvent>(
        Func<TState, TCommand, Decision<TEvent>> decide, string of, Func<TEvent, bool> suggests) => (state, command) =>
    {
        var begun = _clock.GetTimestamp();
        var decision = decide(state, command);
        foreach (var happened in decision.Events)
        {
            if (!suggests(happened)) continue;
            Instruments.SuggestDuration.Record(_clock.GetElapsedTime(begun).TotalSeconds, of);
            break;
        }
        return decision;
    };
}
