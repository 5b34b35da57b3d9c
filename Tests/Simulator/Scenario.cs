using Sweeps.Actors.Devices;
using Sweeps.Simulator.Cluster;

namespace Sweeps.Simulator;

/// <summary>What is simulated: a sweep, a node and what goes wrong, all drawn from one seed.</summary>
/// <param name="Seed">of this and of every draw of the run</param>
/// <param name="Spec">a small sweep</param>
/// <param name="Devices">how many</param>
/// <param name="Options">the node's, with short limits, so that little virtual time passes</param>
/// <param name="Faults">until they stop</param>
/// <param name="FaultyFraction">when they stop, as a multiple of the time that the sweep takes without them</param>
internal sealed record Scenario(ulong Seed, SweepSpec Spec, int Devices, NodeOptions Options, Faults Faults, double FaultyFraction)
{
    /// <summary>The cluster that runs the sweep; null for one machine.</summary>
    public ClusterFaults? Cluster { get; init; }

    // More would only be more of the same.
    private const int MaxPrunings = 16;

    private static readonly string[] _tasks = ["single_double_quote", "bracket_counting", "set_or_string"];

    public static Scenario Draw(ulong seed)
    {
        var chance = new Chance(seed, "scenario");
        return new Scenario(
            seed,
            DrawSpec(seed, chance),
            1 + chance.Next(4),
            new NodeOptions
            {
                StartTimeout = chance.Seconds(5, 15),
                HeartbeatTimeout = chance.Seconds(4, 10),
                ProgressTimeout = chance.Seconds(15, 60),
                StopGrace = chance.Seconds(0.5, 3),
                // A trial that the world has failed so often is given up, and the report differs: in most seeds it is not.
                MaxWorldFailures = chance.Happens(0.25) ? 2 + chance.Next(4) : 1000,
                MaxFailedStarts = chance.Happens(0.25) ? 2 + chance.Next(4) : 1000,
            },
            Faults.Draw(chance),
            chance.Between(0.2, 2))
        {
            Cluster = new Chance(seed, "is a cluster") is var cluster && cluster.Happens(0.3) ? ClusterFaults.Draw(cluster) : null,
        };
    }

    private static TrainingSearchOptions DrawTrainingSearch(Chance chance) => new()
    {
        Algorithm = chance.Choose("carbs", "local"),
        Rounds = chance.Happens(0.4) ? 1 + chance.Next(3) : 0,
        BatchSize = 1 + chance.Next(3),
        StallRounds = chance.Happens(0.3) ? 1 : 0,
        Space = chance.Happens(0.5) ? new Dictionary<string, ParameterOptions> { ["weight_decay"] = new() } : [],
    };

    private static EarlyStoppingOptions DrawEarlyStopping(SweepSpec spec, Chance chance) => new()
    {
        Trainings = spec.Grid.PeakLr.Count > 1 || spec.TrainingSearch.Rounds > 0
            ? chance.Choose(TrainingStopping.None, TrainingStopping.Median, TrainingStopping.Asha)
            : TrainingStopping.None,
        Prunings = chance.Happens(0.4),
        FirstRung = chance.Choose(0.1, 0.25, 0.5),
        Reduction = chance.Choose(1.5, 2.0, 3.0),
    };

    private static SweepSpec DrawSpec(ulong seed, Chance chance)
    {
        var grid = chance.Choose(
            new GridOptions { L0 = [0.5, 0.125] },
            new GridOptions { L0 = [0.5, 0.25, 0.125] },
            new GridOptions { PeakLr = [0.01, 0.003] },
            new GridOptions { PeakLr = [0.01, 0.003, 0.001] },
            new GridOptions { L0 = [0.5], DModel = [32], DenseDModel = [16] });
        var (models, selected) = (Math.Max(1, grid.L0.Count) * Math.Max(1, grid.PeakLr.Count) + grid.DenseDModel.Count, Math.Max(
            1, grid.L0.Count) + grid.DenseDModel.Count);
        var tasks = _tasks[..(1 + chance.Next(models == 3 && selected == 3 ? 2 : 3))];
        var (rounds, batch) = (1 + chance.Next(3), 1 + chance.Next(3));
        while (selected * tasks.Length * rounds * batch > MaxPrunings)
        {
            if (batch > 1) batch--;
            else rounds--;
        }
        var spec = new SweepSpec
        {
            Name = "simulated",
            Seed = seed,
            Corpus = new CorpusOptions { Idioms = new IdiomsOptions { Documents = 100 } },
            Grid = grid,
            TrainingSearch = grid.PeakLr.Count > 1 ? new TrainingSearchOptions() : DrawTrainingSearch(new Chance(seed, "training search")),
            Tasks = tasks,
            Pruning = new PruningOptions { TargetLoss = 0.15 },
            Search = new SearchOptions
            {
                Algorithm = chance.Choose("carbs", "local", "halton", "random"),
                Rounds = rounds,
                BatchSize = batch,
                Objective = chance.Choose(CircuitSize.Edges, CircuitSize.Nodes),
                Cost = chance.Choose(PruningCost.One, PruningCost.Work),
                StallRounds = chance.Happens(0.2) ? 1 : 0,
                WarmStart = tasks.Length > 1 && chance.Happens(0.3) ? [tasks[0]] : [],
            },
            Attribution = chance.Happens(0.3),
            Validate = chance.Happens(0.5),
            TargetLosses = chance.Happens(0.3) ? [0.3, 0.05] : [],
            EdgePruning = chance.Happens(0.3),
        };
        return spec with { EarlyStopping = DrawEarlyStopping(spec, new Chance(seed, "early stopping")) };
    }
}
