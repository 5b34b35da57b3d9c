using Sweeps.Actors.Sweeps;
using Sweeps.ModelCore.Jobs;
using Sweeps.ModelCore.Pruning;

namespace Sweeps.Actors.Searches;

/// <summary>Everything that a search needs to know before it begins.</summary>
/// <param name="Id">its model and task</param>
/// <param name="Inputs">the model, its mean cache, the corpus, the task and the pruning options that every pruning shares</param>
/// <param name="Options">algorithm, rounds and batch size</param>
/// <param name="Seed">of the search; each pruning's derives from it</param>
public sealed record SearchPlan(SearchId Id, ModelTaskJob Inputs, SearchOptions Options, ulong Seed)
{
    /// <summary>The job of one suggestion.</summary>
    /// <param name="index">from 0 over all rounds</param>
    /// <param name="hyperparameters">what was suggested</param>
    public PruneJob Prune(int index, PruningHyperparameters hyperparameters)
    {
        var output = Id.Pruning(index).Value;
        return new PruneJob(Inputs, hyperparameters) { Output = output, Seed = KeyedRandom.DeriveSeed(Seed, output) };
    }
}
