namespace Sweeps.Actors.Streams;

/// <summary>What a stream is: an aggregate, its owner, and its children, whose events are stored together.</summary>
/// <param name="Name">of the stream, and the owner's name as an entity</param>
/// <param name="Fold">an owner's event onto its state, null at the start; null where the owner is given its events instead, which takes no
/// snapshots</param>
/// <param name="Restore">the owner's state of its snapshot; null where none are taken</param>
/// <param name="Closes">the entities that an event of the owner ends for good: their events are not asked for any more</param>
internal sealed record StreamSpec(
    string Name, Func<object?, object, object>? Fold, Func<object, object>? Restore, Func<object, IEnumerable<string>> Closes);
