using Sweeps.Search;

namespace Sweeps.Domain.Searches;

/// <summary>The search over <see cref="PruningHyperparameters"/>.</summary>
public sealed record SearchOptions
{
    /// <summary>The algorithm's registered name; default carbs [G A.5].</summary>
    public string Algorithm { get; init; } = "carbs";

    /// <summary>Rounds at most; paper 32.</summary>
    public int Rounds { get; init; } = 32;

    /// <summary>Prunings per round, all run before the next round; paper 8.</summary>
    public int BatchSize { get; init; } = 8;

    /// <summary>
    /// Where the search starts; default the paper's centres [G table 2], which suit long mask training. With few steps a larger lr and
    /// k_coef get there in time.
    /// </summary>
    public PruningHyperparameters Center { get; init; } = new();

    /// <summary>How single hyperparameters are searched, by name, where that is otherwise than usual; default none.</summary>
    public IReadOnlyDictionary<string, ParameterOptions> Space { get; init; } = new Dictionary<string, ParameterOptions>();

    /// <summary>
    /// What the size of a circuit is counted in; the logarithm of it is made small, see <see cref="Objective"/>. Default edges.
    /// </summary>
    public CircuitSize Objective { get; init; } = CircuitSize.Edges;

    /// <summary>What a pruning is taken to cost; default 1 each.</summary>
    public PruningCost Cost { get; init; } = PruningCost.One;

    /// <summary>The search ends after the round that brings the cost of all its prunings to this; default 0: no limit.</summary>
    public double MaxCost { get; init; }

    /// <summary>
    /// The search ends after so many rounds in a row that did not improve the Pareto front of cost and objective; default 0: it goes on.
    /// </summary>
    public int StallRounds { get; init; }

    /// <summary>
    /// Tasks whose searches begin as described here; those of all other tasks of the same model wait for them, and begin around the best
    /// points that
    /// they found. Default none: no search knows of another.
    /// </summary>
    public IReadOnlyList<string> WarmStart { get; init; } = [];

    /// <summary>Settings of the algorithm carbs.</summary>
    public CarbsOptions Carbs { get; init; } = new();

    /// <summary>What is wrong with these values; empty when nothing is.</summary>
    public IEnumerable<string> Validate()
    {
        if (Rounds < 1) yield return $"rounds is {Rounds}: expected at least 1";
        if (BatchSize < 1) yield return $"batch_size is {BatchSize}: expected at least 1";
        if (!(MaxCost >= 0 && double.IsFinite(MaxCost))) yield return $"max_cost is {MaxCost}: expected 0 or more";
        if (StallRounds < 0) yield return $"stall_rounds is {StallRounds}: expected 0 or more";
        if (!Enum.IsDefined(Objective)) yield return $"objective is {Objective}: expected edges or nodes";
        if (!Enum.IsDefined(Cost)) yield return $"cost is {Cost}: expected one or work";
        string[] names = [.. PaperSpaces.Pruning.Parameters.Select(p => p.Name)];
        var unknown = Space.Keys.Except(names).ToList();
        foreach (var name in unknown) yield return $"space.{name} is not known: expected one of {string.Join(", ", names)}";
        if (unknown.Count > 0) yield break;
        var searched = PruningPoint.Space(this);
        if (searched.Dimensions == 0)
        {
            yield return "space freezes every hyperparameter: expected at least one that is searched";
            yield break;
        }
        var problems = searched.Parameters.SelectMany(p => p.Space.Validate().Select(problem => $"space.{p.Name}: {problem}")).ToList();
        foreach (var problem in problems) yield return problem;
        if (problems.Count > 0) yield break;
        foreach (var (name, space, center) in searched.Parameters.Where(p => !p.Space.Contains(p.Center)))
            yield return $"center.{name} is {center}: expected above {space.Min} and below {space.Max}";
        // Another name than these is told apart where names are checked.
        if (SearchAlgorithms.Names.Contains(Algorithm) && SearchAlgorithms.Get(Algorithm).Unsuited(searched) is { } unsuited)
            yield return $"algorithm is {Algorithm}: expected one that can search the hyperparameters of a pruning, and {unsuited}";
    }
}
