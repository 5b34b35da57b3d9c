using System.Collections.Immutable;

namespace Sweeps.Domain;

/// <summary>What an aggregate answers to a command.</summary>
public abstract record Reply
{
    private Reply()
    {
    }

    /// <summary>Done; the events say what changed.</summary>
    public sealed record Accepted : Reply;

    /// <summary>It was done before: nothing changes, and that is no error.</summary>
    public sealed record AlreadyDone : Reply;

    /// <summary>It cannot be done.</summary>
    /// <param name="Reason">one sentence</param>
    public sealed record Refused(string Reason) : Reply;
}

/// <summary>The outcome of a pure decision: persist the events, then send the reply.</summary>
/// <param name="Reply">for whoever gave the command</param>
/// <param name="Events">what happened, in order; empty unless accepted</param>
public readonly record struct Decision<TEvent>(Reply Reply, ImmutableArray<TEvent> Events);

/// <summary>Short ways to write decisions.</summary>
internal static class Decision
{
    public static Decision<TEvent> Accept<TEvent>(params ReadOnlySpan<TEvent> events) => new(new Reply.Accepted(), [.. events]);

    public static Decision<TEvent> Nothing<TEvent>() => new(new Reply.AlreadyDone(), []);

    public static Decision<TEvent> Refuse<TEvent>(string reason) => new(new Reply.Refused(reason), []);
}
