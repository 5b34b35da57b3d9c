using System.Diagnostics.CodeAnalysis;

namespace Sweeps.Contracts;

/// <summary>
/// Takes over a circuit that was published with a model: measures it on the task's pairs and on its own samples, and writes it in the form
/// of our own.
/// </summary>
public sealed record GivenJob : ModelTaskJob
{
    /// <summary>A job whose members are set one by one.</summary>
    public GivenJob()
    {
    }

    /// <summary>The job of a circuit, with the inputs, output and seed of another.</summary>
    [SetsRequiredMembers]
    public GivenJob(ModelTaskJob inputs, GivenCircuit source)
        : base(inputs) => Source = source;

    /// <summary>The circuit's file, with its digest.</summary>
    public required GivenCircuit Source { get; init; }
}

/// <summary>A published circuit.</summary>
/// <param name="Circuit">it in our form, measured on the task's pairs as our circuits are</param>
/// <param name="Necessity">the whole model but for the circuit's nodes, which are at their means, on the test split, nats</param>
/// <param name="StoredModelLoss">what its file says of the whole model, nats for each prompt; null where it says nothing</param>
/// <param name="StoredLoss">what its file says of the circuit, nats for each prompt; null where it says nothing</param>
/// <param name="Samples">on its own samples; null where it has none, or where it is not known what follows them</param>
public sealed record GivenResult(
    CircuitResult Circuit, double Necessity, double? StoredModelLoss, double? StoredLoss, GivenSamples? Samples) : JobResult;

/// <summary>
/// The model and a published circuit on the circuit's own samples: mean cross-entropy over the two completions, nats, and accuracies.
/// </summary>
/// <param name="Prompts">how many prompts there are</param>
/// <param name="ModelLoss">the whole model</param>
/// <param name="ModelAccuracy">fraction of the prompts that it decides rightly</param>
/// <param name="LossBefore">the circuit alone</param>
/// <param name="Loss">the circuit alone, with a scale and a shift of the logits that are fitted to these prompts</param>
/// <param name="Accuracy">fraction of the prompts that the circuit decides rightly, without scale and shift</param>
public sealed record GivenSamples(int Prompts, double ModelLoss, double ModelAccuracy, double LossBefore, double Loss, double Accuracy);
