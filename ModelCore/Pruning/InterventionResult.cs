namespace Sweeps.ModelCore.Pruning;

/// <summary>What a model, or a circuit alone, answers on pairs of a task.</summary>
/// <param name="Loss">mean cross-entropy over the two completions, nats</param>
/// <param name="Accuracy">fraction of prompts answered rightly</param>
/// <param name="AOnA">mean probability of completion A after prompts A</param>
/// <param name="AOnB">mean probability of completion A after prompts B</param>
public sealed record TaskAnswers(double Loss, double Accuracy, double AOnA, double AOnB);

/// <summary>What changing nodes does [G 3]: what a description of a circuit predicts can be held against this.</summary>
/// <param name="Prompts">how many; with a swap only pairs whose prompts are equally long can be used</param>
/// <param name="Model">the unpruned model</param>
/// <param name="ChangedModel">the same with the changes</param>
/// <param name="Circuit">only the circuit, calibrated</param>
/// <param name="ChangedCircuit">the same with the changes</param>
public sealed record InterventionResult(
    int Prompts, TaskAnswers Model, TaskAnswers ChangedModel, TaskAnswers Circuit, TaskAnswers ChangedCircuit);
