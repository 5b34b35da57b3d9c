using System.Globalization;
using Sweeps.Domain.Searches;
using Sweeps.Search;

namespace Sweeps.Domain.Sweeps;

/// <summary>
/// The stages of circuits in different bases: nodes are pruned with the same hyperparameters in each, then the smallest circuit of each is
/// found and its edges are counted.
/// </summary>
internal static class BasisStages
{
    private const string Draws = "bases";

    /// <summary>For each task and basis so many prunings.</summary>
    public static ModelParts Prune { get; } = new()
    {
        Names = spec =>
        [
            .. from task in spec.Tasks
               from basis in CircuitBases.All
               from index in Enumerable.Range(0, spec.Autoencoders.Circuits.Prunings)
               select string.Create(CultureInfo.InvariantCulture, $"{Name(task, basis.Name)}-{index}"),
        ],
        Needs = (spec, index) =>
        [
            new ModelPart(SweepStage.Evaluate, Cell(spec, index) / CircuitBases.All.Count),
            .. BasisAt(Cell(spec, index)) is null ? [] : Places(spec),
        ],
        IsFor = (spec, model, index) => IsFor(model, Cell(spec, index)),
        Job = (inputs, index) =>
        {
            var (spec, cell) = (inputs.Spec, Cell(inputs.Spec, index));
            var task = cell / CircuitBases.All.Count;
            if (inputs.Result(new ModelPart(SweepStage.Evaluate, task)) is not EvaluateResult measured
                || TaskLearning.IsSkipped(spec, measured)
                || Basis(inputs, BasisAt(cell)) is not { } basis) return null;
            var number = index % spec.Autoencoders.Circuits.Prunings;
            return new PruneJob(inputs.Evaluate(spec.Tasks[task]), Hyperparameters(inputs, number))
            {
                Basis = basis,
                Output = inputs.Output,
                // The same draws in every basis.
                Seed = inputs.Seed(string.Create(CultureInfo.InvariantCulture, $"{Draws}/{spec.Tasks[task]}/{number}")),
            };
        },
    };

    public static ModelParts Count { get; } = new()
    {
        Names = spec => [.. from task in spec.Tasks from basis in CircuitBases.All select Name(task, basis.Name)],
        Needs = (spec, cell) => Prunings(spec, cell),
        IsFor = (_, model, cell) => IsFor(model, cell),
        Job = (inputs, cell) =>
        {
            var spec = inputs.Spec;
            RankedNodes[] ranked =
            [
                .. from part in Prunings(spec, cell)
                   let pruned = inputs.Result(part) as PruneResult
                   where pruned is not null
                   select new RankedNodes(
                       pruned.Masks, pruned.Kept, Hyperparameters(inputs, part.Index % spec.Autoencoders.Circuits.Prunings)),
            ];
            if (ranked.Length == 0 || Basis(inputs, BasisAt(cell)) is not { } basis) return null;
            var task = spec.Tasks[cell / CircuitBases.All.Count];
            return new BasisCircuitJob(inputs.Evaluate(task), ranked)
            {
                Basis = basis,
                Output = inputs.Output,
                Seed = inputs.Seed($"{Draws}/{task}/edges"),
            };
        },
    };

    /// <summary>The last part of the name of a trial that counts the circuit of a task in a basis.</summary>
    public static string Name(string task, string basis) => $"{task}-{basis}";

    // Tasks by bases.
    private static int Cell(SweepSpec spec, int pruning) => pruning / spec.Autoencoders.Circuits.Prunings;

    private static ReconstructionError? BasisAt(int cell) => CircuitBases.All[cell % CircuitBases.All.Count].Error;

    private static bool IsFor(PlannedModel model, int cell) => BasisAt(cell) is null || CircuitBases.HasFeatures(model.Config);

    private static IEnumerable<ModelPart> Prunings(SweepSpec spec, int cell) =>
        Enumerable.Range(cell * spec.Autoencoders.Circuits.Prunings, spec.Autoencoders.Circuits.Prunings)
            .Select(index => new ModelPart(SweepStage.BasisPrunings, index));

    private static IEnumerable<ModelPart> Places(SweepSpec spec) =>
        from one in spec.Autoencoders.All().Index()
        where CircuitBases.IsPlace(one.Item.Options.Location)
        select new ModelPart(SweepStage.Autoencoders, one.Index);

    /// <summary>The basis; null where the model has none of features, or an autoencoder is missing.</summary>
    private static CircuitBasis? Basis(ModelPartInputs inputs, ReconstructionError? error)
    {
        var basis = new CircuitBasis { Seed = inputs.Seed(Draws) };
        if (error is not { } rest) return basis;
        if (!CircuitBases.HasFeatures(inputs.Model)) return null;
        var grid = inputs.Spec.Autoencoders;
        var all = grid.All();
        var chosen =
            from part in Places(inputs.Spec)
            let trained = AutoencoderStages.Finished(inputs.Result(part))
            group trained is null ? null : new Trained(all[part.Index].Name, trained) by all[part.Index].Options.Location into at
            select Chosen([.. at.OfType<Trained>()], grid.Circuits.MaxFvu);
        NamedDictionary?[] dictionaries = [.. chosen];
        return dictionaries.Contains(null) ? null : basis with { Error = rest, Dictionaries = [.. dictionaries.OfType<NamedDictionary>()] };
    }

    private static NamedDictionary? Chosen(IReadOnlyList<Trained> at, double maxFvu)
    {
        var best = at.Where(one => one.Result.Metrics.Fvu <= maxFvu).MinBy(one => one.Result.Metrics.L0)
            ?? at.MinBy(one => one.Result.Metrics.Fvu);
        return best is null ? null : new NamedDictionary(best.Name, best.Result.Autoencoder);
    }

    private static PruningHyperparameters Hyperparameters(ModelPartInputs inputs, int number)
    {
        var search = inputs.Spec.Search;
        if (number == 0) return search.Center;
        var space = PruningPoint.Space(search);
        var state = SearchState.Create(SearchConfig.For("halton", space, inputs.Seed(Draws), number));
        return PruningPoint.Hyperparameters(space, SearchAlgorithms.Suggest(state, number)[^1].Values, search.Center);
    }

    private sealed record Trained(string Name, TrainAutoencoderResult Result);
}
