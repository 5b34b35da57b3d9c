namespace Sweeps.Actors.Journal;

/// <summary>An event of a stream, after its checksum and its place were checked.</summary>
/// <param name="Entity">whose event it is: the stream's own aggregate or one of its children, e.g. "trial:models/x"</param>
/// <param name="Writer">identifies the run of the program that stored it; reaches no result</param>
/// <param name="Event">what happened</param>
internal sealed record ChainedEvent(string Entity, string Writer, SerializedEvent Event);
