using System.Text.Json;
using Sweeps.ModelCore.Model;
using static TorchSharp.torch;

namespace Sweeps.ModelCore.Training;

/// <summary>
/// What is trained in one step with a model: it gives the step its gradients, and parameters to change by the same optimiser. Gradients are
/// divided by their RMS over both jointly; only the model is made sparse.
/// </summary>
internal interface ITrainedBeside
{
    /// <summary>The parameters, whose names no parameter of the model has. They stay the same objects.</summary>
    IReadOnlyList<Parameter> Parameters { get; }

    /// <summary>The model's cross-entropy, nats per token. Its parameters and these have their gradients then.</summary>
    /// <param name="step">from 1</param>
    /// <param name="tokens">int64 (B, T)</param>
    /// <param name="targets">the tokens that follow, int64 (B, T)</param>
    double LossAndGradients(int step, Tensor tokens, Tensor targets);

    /// <summary>Called after a step at which the training notes a point of its curve.</summary>
    void Log(int step);

    /// <summary>What changes from step to step beside the parameters, for a checkpoint.</summary>
    JsonElement State();

    /// <summary>Puts it back.</summary>
    /// <exception cref="InvalidDataException">it is not such a state, and nothing has changed</exception>
    void Restore(JsonElement state);
}
