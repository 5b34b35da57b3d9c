using Sweeps.Files;
using Sweeps.ModelCore.Data;
using Sweeps.ModelCore.Pruning;

namespace Sweeps.ModelCore.Jobs;

/// <summary>What a running job has beside its record.</summary>
/// <param name="Context">where it runs, and whom it tells</param>
/// <param name="Store">the sweep's files</param>
/// <param name="Kept">what jobs share</param>
internal sealed record JobInputs(IJobContext Context, ArtifactStore Store, KeptInputs Kept)
{
    /// <summary>The model, the task's pairs and the tokenizer of a job.</summary>
    /// <exception cref="JobFailedException">its options are out of range, or a file is missing or damaged</exception>
    public (FrozenModel Model, TaskData Task, Tokenizer Tokenizer) Load(ModelTaskJob job) => Kept.Load(job, Context, Store);

    /// <summary>The nodes of <paramref name="model"/> as masks rank them, the most important first.</summary>
    public int[] Order(ArtifactRef masks, FrozenModel model, ModelTaskJob job) => Kept.Order(masks, model, job, Store);
}
