namespace Sweeps.Contracts;

/// <summary>How far a job is.</summary>
/// <param name="Step">steps done</param>
/// <param name="Steps">steps in all</param>
/// <param name="Loss">current loss in nats, or null where there is none</param>
/// <param name="Note">what it is doing, for people, or null</param>
public sealed record JobProgress(int Step, int Steps, double? Loss, string? Note = null);
