using System.Collections.Immutable;

namespace Sweeps.Actors.Streams;

/// <summary>
/// To a stream: asks for what is stored of an entity; answered by <see cref="EntityRead"/> once the stream has recovered.
/// </summary>
/// <param name="Entity">whose events, such as <c>trial:models/x</c></param>
internal sealed record ReadEntity(string Entity);

/// <summary>What is stored of an entity.</summary>
/// <param name="State">the owner's state as its fold left it; null for other entities, and for an owner without events</param>
/// <param name="Events">the entity's events that are not in <paramref name="State"/>, in order</param>
/// <param name="Length">events of the whole stream</param>
/// <param name="InSnapshot">events that the last snapshot includes; 0 without one</param>
internal sealed record EntityRead(object? State, ImmutableArray<object> Events, long Length, long InSnapshot);

/// <summary>
/// To a stream: stores events of one entity, all or none; answered by <see cref="EventsAppended"/> when they are synced. A write that fails
/// is tried again, so that there is no
/// answer of failure: a stream that cannot be written at all fails, and with it its owner.
/// </summary>
/// <param name="Entity">whose they are; it has no other append under way</param>
/// <param name="Events">at least one</param>
/// <param name="Stored">the same in their stored form</param>
/// <param name="Snapshot">makes the owner's state after these events storable; null when no snapshot is due</param>
internal sealed record AppendEvents(
    string Entity, ImmutableArray<object> Events, ImmutableArray<SerializedEvent> Stored, Func<SerializedEvent>? Snapshot = null);

/// <summary>The events are synced.</summary>
/// <param name="Length">events of the whole stream</param>
internal sealed record EventsAppended(long Length);
