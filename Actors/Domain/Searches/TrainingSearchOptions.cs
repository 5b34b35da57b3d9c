using Sweeps.Search;

namespace Sweeps.Domain.Searches;

/// <summary>
/// The search over hyperparameters of the training, one for each group of models. It begins at the values of the training.
/// </summary>
public sealed record TrainingSearchOptions
{
    /// <summary>Trainings that a group may have, so that a slip of the pen does not ask for millions.</summary>
    public const int MostTrainings = 10_000;

    /// <summary>The algorithm's registered name; default carbs.</summary>
    public string Algorithm { get; init; } = "carbs";

    /// <summary>Rounds at most; 0 (default) for no search.</summary>
    public int Rounds { get; init; }

    /// <summary>Trainings per round, all run before the next round; default 8.</summary>
    public int BatchSize { get; init; } = 8;

    /// <summary>
    /// The search ends after so many rounds in a row without a lower validation loss; default 0: it goes on.
    /// </summary>
    public int StallRounds { get; init; }

    /// <summary>
    /// Which hyperparameters are searched, by name: those that are named and not frozen, and peak_lr unless it is frozen. Default that one
    /// alone.
    /// </summary>
    public IReadOnlyDictionary<string, ParameterOptions> Space { get; init; } = new Dictionary<string, ParameterOptions>();

    /// <summary>Settings of the algorithm carbs.</summary>
    public CarbsOptions Carbs { get; init; } = new();

    /// <summary>Whether there is a search.</summary>
    internal bool IsOn => Rounds > 0;

    /// <summary>Trainings of a group, unless its search ends early.</summary>
    internal int Trainings => Rounds * BatchSize;

    /// <summary>When a search ends.</summary>
    internal StoppingRules Stopping => new(Rounds, StallRounds: StallRounds);

    /// <summary>What is wrong with these values, wherever the search begins; empty when nothing is.</summary>
    public IEnumerable<string> Validate()
    {
        if (Rounds < 0) yield return $"rounds is {Rounds}: expected 0 (no search) or more";
        if (BatchSize < 1) yield return $"batch_size is {BatchSize}: expected at least 1";
        if (Rounds > 0 && BatchSize > 0 && (long)Rounds * BatchSize > MostTrainings)
        {
            yield return $"rounds is {Rounds}: expected at most {MostTrainings} trainings of each group, and there are {BatchSize} in a "
                + "round";
        }
        if (StallRounds < 0) yield return $"stall_rounds is {StallRounds}: expected 0 or more";
        var unknown = Space.Keys.Except(TrainingPoint.Names).ToList();
        foreach (var name in unknown) yield return $"space.{name} is not known: expected one of {string.Join(", ", TrainingPoint.Names)}";
        if (unknown.Count > 0) yield break;
        var searched = TrainingPoint.Space(this, new TrainingOptions());
        if (searched.Dimensions == 0)
        {
            yield return "space freezes every hyperparameter: expected at least one that is searched";
            yield break;
        }
        var problems = searched.Parameters.SelectMany(Problems).ToList();
        foreach (var problem in problems) yield return problem;
        if (problems.Count > 0) yield break;
        // Another name than these is told apart where names are checked.
        if (SearchAlgorithms.Names.Contains(Algorithm) && SearchAlgorithms.Get(Algorithm).Unsuited(searched) is { } unsuited)
            yield return $"algorithm is {Algorithm}: expected one that can search the hyperparameters of this training, and {unsuited}";
    }

    /// <summary>The searched hyperparameters that a training has at a bound or beyond, where no search can begin.</summary>
    /// <param name="training">where it would begin</param>
    public IEnumerable<Parameter> OutOfBounds(TrainingOptions training) =>
        TrainingPoint.Space(this, training).Parameters.Where(parameter => !parameter.Space.Contains(parameter.Center));

    private static IEnumerable<string> Problems(Parameter parameter)
    {
        var (name, space) = (parameter.Name, parameter.Space);
        foreach (var problem in space.Validate()) yield return $"space.{name}: {problem}";
        var (least, most) = TrainingPoint.Range(name);
        if (space.Min < least) yield return $"space.{name}.min is {space.Min}: expected at least {least}, as in training.{name}";
        if (space.Max > most) yield return $"space.{name}.max is {space.Max}: expected at most {most}, as in training.{name}";
    }
}
