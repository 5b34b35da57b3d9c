using System.Collections.Immutable;

namespace Sweeps.Actors.Devices;

/// <summary>
/// What was measured of memories that several devices share, and of jobs that ran there: an immutable value. Jobs of one kind and size are
/// taken to need what the largest of them has taken, and a tenth more.
/// </summary>
internal sealed record MemoryNeeds
{
    // More than any memory has; sixteen of it can be added.
    private const long Everything = 1L << 56;

    public static MemoryNeeds None { get; } = new();

    private ImmutableDictionary<string, long> Sizes { get; init; } = ImmutableDictionary.Create<string, long>(StringComparer.Ordinal);

    private ImmutableDictionary<(string Kind, string Size), long> Peaks { get; init; } =
        ImmutableDictionary<(string, string), long>.Empty;

    private ImmutableHashSet<TicketKey> Suspects { get; init; } = [];

    /// <summary>With what a process has taken when it ran a job.</summary>
    /// <param name="ticket">of the job</param>
    /// <param name="memory">where</param>
    /// <param name="peak">bytes that the process has taken</param>
    /// <param name="before">of them, those that it had taken before</param>
    /// <param name="size">bytes of that memory</param>
    public MemoryNeeds With(JobTicket ticket, string memory, long peak, long before, long size)
    {
        var key = Key(ticket.Job);
        var isKnown = Peaks.TryGetValue(key, out var known);
        // A process that has not grown says only that the job needs no more than that.
        var now = peak > before ? Math.Max(known, peak) : isKnown ? known : peak;
        return new() { Sizes = Sizes.SetItem(memory, size), Peaks = Peaks.SetItem(key, now), Suspects = Suspects.Remove(ticket.Key) };
    }

    /// <summary>With a trial that has failed, perhaps for want of memory: it runs next as one of which nothing is known.</summary>
    public MemoryNeeds Suspect(JobTicket ticket) => this with { Suspects = Suspects.Add(ticket.Key) };

    /// <summary>Bytes to be kept for a job; where that is not known, more than there are.</summary>
    public long Of(JobTicket ticket, string memory) =>
        Sizes.ContainsKey(memory) && Peaks.TryGetValue(Key(ticket.Job), out var peak) && !Suspects.Contains(ticket.Key)
            ? peak + (peak / 10)
            : Everything;

    /// <summary>
    /// Whether a job can run on a device beside others. One of which nothing is known is measured in a process that has taken nothing, when
    /// the others have taken nothing either; one that needs all there is runs when they have not.
    /// </summary>
    public bool HasRoom(JobTicket ticket, BrokerDevice device, IEnumerable<BrokerDevice> others)
    {
        var (need, taken) = (Of(ticket, device.Memory!), others.Sum(other => other.Taken));
        if (need == Everything) return device.Held + taken == 0;
        return taken == 0 || Math.Max(device.Held, need) + taken <= Sizes[device.Memory!];
    }

    private static (string, string) Key(Job job) => (JobCatalog.Of(job).Name, job.Size);
}
