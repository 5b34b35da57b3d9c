namespace Sweeps.Domain.Tests;

/// <summary>Given events, when a command, then events.</summary>
internal static class Given
{
    /// <summary>The state after <paramref name="events"/>, each written to the journal's format and read back on the way.</summary>
    public static TState State<TState, TEvent>(TState initial, Func<TState, TEvent, TState> apply, IEnumerable<TEvent> events)
        where TEvent : notnull =>
        events.Aggregate(initial, (state, e) => apply(state, Stored(e)));

    /// <summary>An event as it comes back from the journal.</summary>
    public static TEvent Stored<TEvent>(TEvent e)
        where TEvent : notnull =>
        (TEvent)SweepJournal.Registry.Deserialize(SweepJournal.Registry.Serialize(e));

    /// <summary>Asserts that a decision was refused, with a reason that holds <paramref name="part"/>, and has no events.</summary>
    public static void Refuses<TEvent>(string part, Decision<TEvent> decision)
    {
        Assert.Contains(part, Assert.IsType<Reply.Refused>(decision.Reply).Reason, StringComparison.Ordinal);
        Assert.Empty(decision.Events);
    }

    /// <summary>Asserts that a decision changes nothing and is no error.</summary>
    public static void DoesNothing<TEvent>(Decision<TEvent> decision)
    {
        Assert.IsType<Reply.AlreadyDone>(decision.Reply);
        Assert.Empty(decision.Events);
    }

    /// <summary>Asserts that a decision was accepted; returns its events.</summary>
    public static TEvent[] Accepts<TEvent>(Decision<TEvent> decision)
    {
        Assert.IsType<Reply.Accepted>(decision.Reply);
        return [.. decision.Events];
    }
}
