namespace Sweeps.Actors.Runtime;

/// <summary>How to make an actor, again after each restart, and the limits it lives under. Immutable.</summary>
public sealed record Props
{
    private Props(Func<ActorBase> factory, string actorType)
    {
        Factory = factory;
        ActorType = actorType;
    }

    internal Func<ActorBase> Factory { get; }

    internal string ActorType { get; }

    /// <summary>The most messages the actor may stash; one more throws <see cref="StashOverflowException"/> in it. Default 1000.</summary>
    public int StashCapacity { get; private init; } = 1000;

    /// <summary>
    /// The most messages that may wait in the mailbox; one more becomes a dead letter and an error in the log. Default
    /// 1,000,000: senders are expected to wait for replies, and the limit turns a runaway one into a visible failure.
    /// </summary>
    public int MailboxCapacity { get; private init; } = 1_000_000;

    /// <summary>Props whose <paramref name="factory"/> makes a fresh actor at each call, at the start and at each restart.</summary>
    public static Props Create<T>(Func<T> factory)
        where T : ActorBase
    {
        ArgumentNullException.ThrowIfNull(factory);
        return new Props(factory, typeof(T).Name);
    }

    /// <summary>Props of an actor without constructor arguments.</summary>
    public static Props Create<T>()
        where T : ActorBase, new()
        => Create(() => new T());

    /// <summary>The same with another <see cref="StashCapacity"/> (at least 1).</summary>
    public Props WithStashCapacity(int capacity)
    {
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(capacity);
        return this with { StashCapacity = capacity };
    }

    /// <summary>The same with another <see cref="MailboxCapacity"/> (at least 1).</summary>
    public Props WithMailboxCapacity(int capacity)
    {
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(capacity);
        return this with { MailboxCapacity = capacity };
    }
}
