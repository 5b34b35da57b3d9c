namespace Sweeps.Contracts;

/// <summary>A kind of job. Made by <see cref="Of"/>, so that the types fit.</summary>
public sealed record JobKind
{
    private JobKind(string name, Type job, Type result, int priority) => (Name, Job, Result, Priority) = (name, job, result, priority);

    /// <summary>Its name in JSON, in the log and in metrics; never changes once a job of the kind was stored.</summary>
    public string Name { get; }

    /// <summary>The record of its work.</summary>
    public Type Job { get; }

    /// <summary>The record of what it finds; kinds may share one.</summary>
    public Type Result { get; }

    /// <summary>
    /// The smaller goes first. Stages go in their order, so that the long serial searches begin early; within a search, what finishes a
    /// pruning
    /// goes before new prunings, because the next round waits for the slowest of this one.
    /// </summary>
    public int Priority { get; }

    /// <summary>A kind.</summary>
    /// <param name="name">lower-case letters</param>
    /// <param name="priority">at least 0</param>
    /// <exception cref="ArgumentException">the name or the priority is not of that form</exception>
    public static JobKind Of<TJob, TResult>(string name, int priority)
        where TJob : Job
        where TResult : JobResult
    {
        ArgumentException.ThrowIfNullOrEmpty(name);
        ArgumentOutOfRangeException.ThrowIfNegative(priority);
        if (!name.All(char.IsAsciiLetterLower))
            throw new ArgumentException($"'{name}' is no name for a kind of job: expected lower-case letters", nameof(name));
        return new JobKind(name, typeof(TJob), typeof(TResult), priority);
    }
}
