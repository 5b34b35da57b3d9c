namespace Sweeps.Domain.Journal;

/// <summary>An event in its place.</summary>
/// <param name="Stream">the stream that it is stored in</param>
/// <param name="SequenceNr">its number in the stream, from 1, without gaps</param>
/// <param name="Entity">whose event it is, such as <c>trial:models/x</c>: a stream holds those of an aggregate and of its children</param>
/// <param name="Time">when it was stored, by the clock of the machine; reaches no result</param>
/// <param name="Event">what happened</param>
public sealed record StoredEvent(string Stream, long SequenceNr, string Entity, DateTimeOffset Time, SerializedEvent Event);
