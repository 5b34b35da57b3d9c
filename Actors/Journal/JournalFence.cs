namespace Sweeps.Actors.Journal;

/// <summary>
/// The number by which a cluster's journal knows this process as the holder of a lease. The process sets it once it has the lease, and
/// before the first persistent actor starts; every connection that writes carries it. Thread-safe.
/// </summary>
/// <remarks>
/// A process has one number in its life: whoever has lost the lease and wins it anew starts again, since actors of the time before might
/// still be alive.
/// </remarks>
public sealed class JournalFence
{
    /// <summary>Most characters of a lease's name.</summary>
    public const int MaxNameLength = 40;

    // 0 until it is set.
    private long _number;

    /// <param name="lease">the lease's name: 1 to 40 of the letters a to z and A to Z, digits, '.', '_' and '-'</param>
    /// <exception cref="ArgumentException">the name is malformed</exception>
    public JournalFence(string lease) => Lease = CheckName(lease);

    /// <summary>The name of the lease.</summary>
    public string Lease { get; }

    /// <summary>Whether the process has had the lease.</summary>
    public bool IsSet => Interlocked.Read(ref _number) != 0;

    /// <summary>The number of this process's holding of the lease, from 1.</summary>
    /// <exception cref="InvalidOperationException">the process has not had the lease</exception>
    public long Number => Interlocked.Read(ref _number) is var number and not 0
        ? number
        : throw new InvalidOperationException($"this process has not had the lease '{Lease}': it may not write to the journal");

    /// <summary>Notes that this process has the lease.</summary>
    /// <param name="number">the number with which it was granted, from 1; the same one may be set again</param>
    /// <exception cref="InvalidOperationException">the process had the lease before, with another number</exception>
    public void Set(long number)
    {
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(number);
        var before = Interlocked.CompareExchange(ref _number, number, 0);
        if (before != 0 && before != number)
        {
            throw new InvalidOperationException(
                $"this process had the lease '{Lease}' with number {before} and has it with {number} now: it must start again");
        }
    }

    // What connection strings, command lines of a server's session and application names hold without being quoted.
    internal static string CheckName(string lease)
        => lease is { Length: > 0 and <= MaxNameLength } && lease.All(c => char.IsAsciiLetterOrDigit(c) || c is '.' or '_' or '-')
            ? lease
            : throw new ArgumentException(
                $"'{lease}' is no name of a lease: expected 1 to {MaxNameLength} ASCII letters, digits, '.', '_' and '-'", nameof(lease));
}
