using Sweeps.ModelCore.Pruning;

namespace Sweeps.ModelCore.Jobs;

/// <summary>Runs a <see cref="ValidateJob"/>.</summary>
internal static class ValidateRun
{
    internal static ValidationResult Run(ValidateJob job, JobInputs inputs)
    {
        var (model, task, tokenizer) = inputs.Load(job);
        return new CircuitValidation(job, inputs.Context, inputs.Store, model, task, tokenizer).Run();
    }
}
