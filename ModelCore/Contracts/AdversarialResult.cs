namespace Sweeps.Contracts;

/// <summary>What a circuit predicts of prompts that should mislead it, and what the unpruned model then does.</summary>
/// <param name="Kind">in which way the prompts mislead</param>
/// <param name="Level">how much, as the kind counts</param>
/// <param name="Prompts">how many were tried; 0 where the level was skipped</param>
/// <param name="Predicted">the circuit alone, under its calibration; null where skipped</param>
/// <param name="Measured">the unpruned model; null where skipped</param>
/// <param name="Agreement">fraction of prompts that both decide alike; null where skipped</param>
/// <param name="Skipped">why the level was skipped, e.g. too long for the model; else null</param>
public sealed record AdversarialResult(
    string Kind, int Level, int Prompts, Decisions? Predicted, Decisions? Measured, double? Agreement, string? Skipped);

/// <summary>How prompts were decided.</summary>
/// <param name="Loss">mean cross-entropy, nats</param>
/// <param name="Accuracy">fraction decided rightly</param>
/// <param name="Margin">by how much the right completion's logit is above the wrong one's, on average</param>
public sealed record Decisions(double Loss, double Accuracy, double Margin);
