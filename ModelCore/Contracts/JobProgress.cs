using System.Text.Json.Serialization;

namespace Sweeps.Contracts;

/// <summary>How far a job is.</summary>
/// <param name="Step">steps done</param>
/// <param name="Steps">steps in all</param>
/// <param name="Loss">current loss in nats, or null where there is none</param>
/// <param name="Note">what it is doing, for people, or null</param>
public sealed record JobProgress(int Step, int Steps, double? Loss, string? Note = null)
{
    /// <summary>Of a training; null of other work, and of what earlier programs wrote.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public TrainingFigures? Training { get; init; }
}

/// <summary>How a training is, in figures.</summary>
/// <param name="Tokens">trained on in this attempt</param>
/// <param name="L0">nonzero fraction of the matrices when it was last counted; null before</param>
/// <param name="ValidationLoss">at the last evaluation, nats per token; null before</param>
/// <param name="DeadFraction">nodes that were nonzero on no token of the last evaluation, as a fraction; null before</param>
public sealed record TrainingFigures(long Tokens, double? L0, double? ValidationLoss, double? DeadFraction);
