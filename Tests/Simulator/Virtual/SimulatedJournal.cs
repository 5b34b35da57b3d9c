using System.Collections.Immutable;
using Akka.Actor;
using Akka.Configuration;
using Akka.Persistence;
using Akka.Persistence.Journal;
using Sweeps.Actors.Journal;

namespace Sweeps.Simulator.Virtual;

/// <summary>
/// A journal plugin on the <see cref="SimulatedStore"/> of its system, so that all of Akka's side of persistence is the real one.
/// </summary>
internal sealed class SimulatedJournal : AsyncWriteJournal
{
    private readonly SimulatedStore _store;

    /// <param name="config">Akka's; nothing in it is of interest</param>
    public SimulatedJournal(Config config)
    {
        _ = config;
        _store = SimulatedStore.Of(Context.System);
    }

    /// <inheritdoc/>
    public override async Task ReplayMessagesAsync(
        IActorContext context, string persistenceId, long fromSequenceNr, long toSequenceNr, long max,
        Action<IPersistentRepresentation> recoveryCallback)
    {
        ArgumentNullException.ThrowIfNull(recoveryCallback);
        var records = await _store.ReadAsync(() => _store.Disk.Records(persistenceId)).ConfigureAwait(false);
        var last = Math.Min(Math.Min(toSequenceNr, records.Count), max > records.Count ? long.MaxValue : fromSequenceNr + max - 1);
        for (var nr = fromSequenceNr; nr <= last; nr++) recoveryCallback(new Persistent(records[(int)nr - 1], nr, persistenceId));
    }

    /// <inheritdoc/>
    public override Task<long> ReadHighestSequenceNrAsync(string persistenceId, long fromSequenceNr, CancellationToken cancellationToken)
        => _store.ReadAsync(() => (long)_store.Disk.Records(persistenceId).Count);

    /// <inheritdoc/>
    protected override async Task<IImmutableList<Exception>> WriteMessagesAsync(
        IEnumerable<AtomicWrite> messages, CancellationToken cancellationToken)
    {
        await _store.WriteAsync([.. messages.Select(ToAppend)]).ConfigureAwait(false);
        // Akka takes null for no rejections.
        return null!;
    }

    /// <inheritdoc/>
    protected override Task DeleteMessagesToAsync(string persistenceId, long toSequenceNr, CancellationToken cancellationToken)
        => throw new NotSupportedException("no event is ever deleted");

    private static Append ToAppend(AtomicWrite write)
    {
        var events = ((IEnumerable<IPersistentRepresentation>)write.Payload).ToList();
        return new Append(write.PersistenceId, events[0].SequenceNr, [.. events.Select(e => (JournalRecord)e.Payload)]);
    }
}
