namespace Sweeps.Domain.Audit;

/// <summary>Events that cannot have happened like this.</summary>
/// <param name="Stream">the stream that says so</param>
/// <param name="SequenceNr">the event, or null when it is about the whole stream</param>
/// <param name="Problem">what is wrong, one sentence</param>
public sealed record AuditFinding(string Stream, long? SequenceNr, string Problem)
{
    /// <inheritdoc/>
    public override string ToString() =>
        SequenceNr is null ? $"stream '{Stream}': {Problem}" : $"stream '{Stream}', event {SequenceNr}: {Problem}";
}
