namespace Sweeps.Orchestrator.Cli.Planning;

/// <summary>What one stage of a sweep will take.</summary>
/// <param name="Stage">which</param>
/// <param name="Units">trials, and of the searches prunings</param>
/// <param name="Seconds">of one device, for all of them</param>
internal sealed record StageForecast(SweepStage Stage, int Units, double Seconds);

/// <summary>What an option that is halved brings.</summary>
/// <param name="Option">as the sweep file calls it</param>
/// <param name="From">its value, or how many values it has</param>
/// <param name="To">half of that</param>
/// <param name="Hours">of the sweep then</param>
internal sealed record HalvedOption(string Option, int From, int To, double Hours);

/// <summary>How long a sweep will take on this machine, from measured times.</summary>
/// <param name="Hours">of the whole sweep</param>
/// <param name="Devices">that share the work</param>
/// <param name="MeasuredGroups">groups of models that were measured; the times of the others are computed from theirs</param>
/// <param name="Stages">where it goes</param>
/// <param name="Halved">what would make it shorter, the most first</param>
internal sealed record SweepForecast(
    double Hours, int Devices, int MeasuredGroups, IReadOnlyList<StageForecast> Stages, IReadOnlyList<HalvedOption> Halved)
{
    // Devices wait for one another at the end of rounds and of stages.
    private const double Busy = 0.9;

    /// <summary>Computes it.</summary>
    /// <param name="spec">the sweep</param>
    /// <param name="times">of those groups that were measured, at least one</param>
    /// <param name="devices">that share the work</param>
    public static SweepForecast Of(SweepSpec spec, IReadOnlyDictionary<string, GroupTimes> times, int devices)
    {
        var stages = StagesOf(spec, times);
        var halved = Halves(spec)
            .Select(half => new HalvedOption(half.Option, half.From, half.To, HoursOf(StagesOf(half.Spec, times), devices)))
            .OrderBy(half => half.Hours).ThenBy(half => half.Option, StringComparer.Ordinal);
        return new SweepForecast(
            HoursOf(stages, devices), devices, SweepWork.Of(spec).Groups.Count(of => times.ContainsKey(of.Name)), stages, [.. halved]);
    }

    private static double HoursOf(IReadOnlyList<StageForecast> stages, int devices) =>
        stages.Sum(stage => stage.Seconds) / (devices * Busy) / 3600;

    private static List<StageForecast> StagesOf(SweepSpec spec, IReadOnlyDictionary<string, GroupTimes> times)
    {
        var work = SweepWork.Of(spec);
        var seconds = Seconds(spec, work, times);
        return
        [
            .. work.Stages.Where(stage => stage != SweepStage.Prepare)
                .Select(stage => new StageForecast(
                    stage, work.Groups.Sum(of => work.Units(stage, of)), work.Groups.Sum(
                        of => work.WholeUnits(stage, of) * seconds[(stage, of.Name)])))
                .Where(stage => stage.Units > 0),
        ];
    }

    private static IReadOnlyDictionary<(SweepStage Stage, string Group), double> Seconds(
        SweepSpec spec, SweepWork work, IReadOnlyDictionary<string, GroupTimes> times)
    {
        // Told as trials that have ended, so that they correct the guess for what was not measured. So many that it is believed no more.
        const int Trials = 1000;
        var measured = new WorkTimes(work);
        var nodes = SweepEstimate.Of(spec).Models.ToDictionary(model => model.Id, model => model.Nodes);
        foreach (var group in SweepPlan.Of(spec).Models.GroupBy(model => model.Group))
        {
            if (!times.TryGetValue(group.Key, out var of)) continue;
            var model = group.First();
            Add(SweepStage.Train, of.Import ?? of.Training(model.Training, model.Config.NCtx));
            if (spec.Tasks.Count == 0 || of.PruneStep <= 0) continue;
            Add(SweepStage.Evaluate, of.Evaluate);
            Add(SweepStage.Search, of.Pruning(spec.Pruning, nodes[model.Id]));

            void Add(SweepStage stage, double seconds) => measured.Add(stage, group.Key, Trials * seconds, Trials);
        }
        return measured.Seconds([]);
    }

    /// <summary>The sweep with one option halved, of each option that can be.</summary>
    private static IEnumerable<(string Option, int From, int To, SweepSpec Spec)> Halves(SweepSpec spec)
    {
        (string Option, int Value, Func<int, SweepSpec> With)[] options =
        [
            ("training.steps", spec.Training.Steps, half => spec with { Training = spec.Training with { Steps = half } }),
            ("grid.l0", spec.Grid.L0.Count, half => spec with { Grid = spec.Grid with { L0 = [.. spec.Grid.L0.Take(half)] } }),
            ("grid.d_model", spec.Grid.DModel.Count, half =>
                spec with { Grid = spec.Grid with { DModel = [.. spec.Grid.DModel.Take(half)] } }),
            ("grid.peak_lr", spec.Grid.PeakLr.Count, half =>
                spec with { Grid = spec.Grid with { PeakLr = [.. spec.Grid.PeakLr.Take(half)] } }),
            ("training_search.rounds", spec.TrainingSearch.Rounds, half =>
                spec with { TrainingSearch = spec.TrainingSearch with { Rounds = half } }),
            ("training_search.batch_size", spec.TrainingSearch.Rounds > 0 ? spec.TrainingSearch.BatchSize : 0, half =>
                spec with { TrainingSearch = spec.TrainingSearch with { BatchSize = half } }),
            ("grid.replicas", spec.Grid.Replicas.Count, half =>
                spec with { Grid = spec.Grid with { Replicas = [.. spec.Grid.Replicas.Take(half)] } }),
            ("tasks", spec.Tasks.Count, half =>
                spec with { Tasks = [.. spec.Tasks.Take(half)], Search = spec.Search with { WarmStart = [] } }),
            ("search.rounds", spec.Search.Rounds, half => spec with { Search = spec.Search with { Rounds = half } }),
            ("search.batch_size", spec.Search.BatchSize, half => spec with { Search = spec.Search with { BatchSize = half } }),
            ("autoencoders.ratio", spec.Autoencoders.IsOn ? spec.Autoencoders.Ratio.Count : 0, half =>
                spec with { Autoencoders = spec.Autoencoders with { Ratio = [.. spec.Autoencoders.Ratio.Take(half)] } }),
            ("autoencoders.seeds", spec.Autoencoders.IsOn ? spec.Autoencoders.Seeds.Count : 0, half =>
                spec with { Autoencoders = spec.Autoencoders with { Seeds = [.. spec.Autoencoders.Seeds.Take(half)] } }),
            ("pruning.steps", spec.Pruning.Steps, half => spec with { Pruning = spec.Pruning with { Steps = half } }),
        ];
        return from option in options
               where option.Value > 1
                   && (spec.TrainModels
                       || !(option.Option.StartsWith("training", StringComparison.Ordinal)
                           || option.Option.StartsWith("grid.", StringComparison.Ordinal)))
               let half = (option.Value + 1) / 2
               let halved = option.With(half)
               // With one learning rate there is none to compare it with, and bridges are between models that are named.
               where !halved.EarlyStoppingProblems().Any() && !SweepPlan.BridgeProblems(halved).Any()
               select (option.Option, option.Value, half, halved);
    }
}
