namespace Sweeps.Domain.Trials;

/// <summary>The loss of a training on its way.</summary>
/// <param name="Step">steps done, at least 1</param>
/// <param name="Loss">on the validation documents, nats per token; finite</param>
public readonly record struct EvaluatedAt(int Step, double Loss);
