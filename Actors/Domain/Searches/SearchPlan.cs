using Sweeps.Domain.Bisections;
using Sweeps.Search;

namespace Sweeps.Domain.Searches;

/// <summary>A finished search, by its task, in the same model.</summary>
/// <param name="Task">its task</param>
/// <param name="Points">where it ended</param>
public sealed record WarmSource(string Task, BestPoints Points);

/// <summary>Everything that a search needs to know before it begins.</summary>
/// <param name="Id">its model and task</param>
/// <param name="Inputs">the model, its mean cache, the corpus, the task and the pruning options that every pruning shares</param>
/// <param name="Options">algorithm, rounds and batch size</param>
/// <param name="Seed">of the search; each pruning's derives from it</param>
/// <param name="WarmStart">finished searches around whose best points it begins; empty for a cold start</param>
/// <param name="IsSource">whether other searches may begin from its own best points</param>
public sealed record SearchPlan(
    SearchId Id, ModelTaskJob Inputs, SearchOptions Options, ulong Seed, ValueList<WarmSource> WarmStart, bool IsSource = false)
{
    /// <summary>Whether a pruning is stopped that cannot beat the best circuit of the rounds before it.</summary>
    public bool StopsEarly { get; init; }

    /// <summary>What a pruning of the open round has to beat, or it is stopped; null for nothing.</summary>
    /// <param name="state">the search</param>
    public CircuitToBeat? ToBeat(CircuitSearchState state)
    {
        ArgumentNullException.ThrowIfNull(state);
        return StopsEarly ? state.ToBeat(Inputs.Options.SelectionLoss, Options.Objective) : null;
    }

    /// <summary>When it ends.</summary>
    public StoppingRules Stopping => new(Options.Rounds, Options.MaxCost, Options.StallRounds);

    /// <summary>The command that begins it.</summary>
    public BeginSearch Begin()
    {
        var config = SearchConfig
            .For(Options.Algorithm, PruningPoint.Space(Options), Seed, Options.BatchSize) with
        { Carbs = Options.Carbs };
        return new BeginSearch(
            Search.WarmStart.Apply(config, WarmStart.Select(source => source.Points)),
            Stopping,
            WarmStart.Select(source => source.Task).ToValueList(),
            Options.Space.Values.Any(parameter => parameter.Frozen) ? Options.Center : null);
    }

    /// <summary>What <paramref name="outcome"/> is told to the search as.</summary>
    public RecordOutcome Record(int index, PruningOutcome outcome)
    {
        ArgumentNullException.ThrowIfNull(outcome);
        return new RecordOutcome(index, outcome, PruningCosts.Of(Options.Cost, Inputs.Options, outcome.Curve.Count));
    }

    /// <summary>The job of one suggestion.</summary>
    /// <param name="index">from 0 over all rounds</param>
    /// <param name="hyperparameters">what was suggested</param>
    public PruneJob Prune(int index, PruningHyperparameters hyperparameters)
    {
        var output = Id.Pruning(index).Value;
        return new PruneJob(Inputs, hyperparameters) { Output = output, Seed = KeyedRandom.DeriveSeed(Seed, output) };
    }
}
