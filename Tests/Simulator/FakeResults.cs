
namespace Sweeps.Simulator;

/// <summary>Results that are a function of the job alone, as real ones are.</summary>
internal static class FakeResults
{
    public static SweepSpec Spec { get; } = new()
    {
        Name = "small",
        Seed = 7,
        Corpus = new CorpusOptions { Idioms = new IdiomsOptions { Documents = 100 } },
        Grid = new GridOptions { L0 = [0.5, 0.125], DModel = [32], NLayer = [1], PeakLr = [0.01, 0.003] },
        Tasks = ["single_double_quote", "bracket_counting"],
        Pruning = new PruningOptions { TargetLoss = 0.15 },
        Search = new SearchOptions { Algorithm = "local", Rounds = 2, BatchSize = 3 },
        Attribution = true,
        TargetLosses = [0.3, 0.05],
        EdgePruning = true,
    };

    /// <summary>A task that no model learns.</summary>
    public const string NotLearned = "var_swap";

    public static JobResult Of(Job job)
    {
        var random = new KeyedRandom(job.Seed, "fake", job.GetType().Name, job.Output, CircuitOf(job)?.Sha256 ?? "");
        return job switch
        {
            PrepareJob => Prepared,
            TrainBridgeJob bridged => new TrainBridgeResult(
                Artifact($"{job.Output}/model", random), Artifact($"{job.Output}/means", random), Artifact($"{job.Output}/curve", random),
                10, 1000, 100, 0.1, 2 + random.NextDouble(), 2 + random.NextDouble(), 0.1, 3, bridged.Dense,
                Artifact($"{job.Output}/bridges", random), Artifact($"{job.Output}/bridge_curve", random)),
            BridgeEvaluateJob => Bridges(random),
            BridgeInterveneJob intervene => new BridgeInterveneResult(
                intervene.Intervention.Pairs, [Direction("A", intervene, random), Direction("B", intervene, random)]),
            TrainJob or ImportJob => new TrainResult(
                Artifact($"{job.Output}/model", random), Artifact($"{job.Output}/means", random), Artifact(
                    $"{job.Output}/curve", random), 10, 1000, 100, 0.1, 2 + random.NextDouble(),
                2 + random.NextDouble(), 0.1, 3),
            EvaluateJob evaluate => new EvaluateResult(random.NextDouble(), random.NextDouble(), random.NextDouble(), 0.9)
            {
                CalibratedLoss = evaluate.Task == NotLearned ? 0.6 : 0.1,
            },
            PruneJob => new PruneResult(Artifact($"{job.Output}/masks", random), 64, 1 + random.Next(64), random.NextDouble()),
            ProbeJob probe => Probe(probe),
            CircuitJob circuit =>
                new CircuitResult(
                    Artifact($"{job.Output}/circuit", random), circuit.Probe.K, circuit.Probe.Edges, circuit.Probe.Loss, 0.14, 0.95),
            ValidateJob =>
                new ValidationResult(
                    random.NextDouble(), random.NextDouble(), random.NextDouble(), random.NextDouble(),
                    Artifact($"{job.Output}/circuit", random), 3, 4),
            CurveJob curve => Curve(curve, random),
            PruneEdgesJob => new CircuitResult(Artifact($"{job.Output}/circuit", random), 3, 1 + random.Next(4), 0.1, 0.14, 0.95),
            GivenJob =>
                new GivenResult(new CircuitResult(Artifact($"{job.Output}/circuit", random), 3, 4, 0.1, 0.14, 0.95), 0.8, 0.1, 0.2, null),
            TrainAutoencoderJob autoencoder => new TrainAutoencoderResult(
                Artifact($"{job.Output}/autoencoder", random), Artifact($"{job.Output}/curve", random), 128, 10,
                autoencoder.Options.Tokens, null, 0, Metrics(autoencoder.Options.K, random)),
            EvaluateDictionariesJob compare => Compared(compare, random),
            AblateFeaturesJob ablate => new AblateFeaturesResult(
                ablate.Pairs, [.. ablate.Dictionaries.Select(one => new FeatureAblationCurve(
                    one.Name, [new(0, 1, -1, 0), new(1, random.NextDouble(), 1, 0.5)], random.NextDouble()))]),
            BasisCircuitJob circuit => BasisCircuit(circuit, random),
            ScoreFeaturesJob => new ScoreFeaturesResult(
                Artifact($"{job.Output}/features", random), 100,
                new DictionaryScores(50, Mean(0.6, random), Mean(0.4, random), Mean(0.5, random), Mean(0, random), Mean(0.5, random),
                    Mean(0, random), Mean(0.3, random), Mean(0.5, random))),
            _ => throw new ArgumentOutOfRangeException(nameof(job)),
        };
    }

    private static BasisCircuitResult BasisCircuit(BasisCircuitJob job, KeyedRandom random)
    {
        var edges = 1 + random.Next(500);
        var isOfFeatures = job.Basis!.Dictionaries.Count > 0;
        return new BasisCircuitResult(
            random.Next(job.Prunings.Count), true, 1 + random.Next(64),
            isOfFeatures && job.Basis.Error == ReconstructionError.Keep ? job.Basis.Dictionaries.Count : 0,
            edges, 1 + (edges / 2), 1 + (edges / 4), isOfFeatures ? random.Next(100) : null, 0.14, 0.15, 0.95, 0.7);
    }

    private static BridgeEvaluateResult Bridges(KeyedRandom random)
    {
        string[] sites = ["0.resid_in", "0.resid_mid", "final_resid"];
        return new BridgeEvaluateResult(
            1000, 2, 2.5, 0.4, [.. sites.Select(site => new BridgeSiteMetrics(
                site, random.NextDouble(), random.NextDouble(), random.NextDouble(), 2.5, random.NextDouble(), 2.25, random.NextDouble()))],
            [
                .. from enter in sites.Index()
                   from leave in sites.Index()
                   where leave.Index >= enter.Index
                   select new BridgeHybrid(enter.Item, leave.Item, 2 + random.NextDouble(), random.NextDouble()),
            ]);
    }

    private static BridgeIntervention Direction(string presented, BridgeInterveneJob job, KeyedRandom random)
    {
        return new BridgeIntervention(
            presented, "'", [new("0.attn.act_in:3", 0.5), new("0.mlp.act_in:1", -0.25)], new(0.9, 0.85, 0.95),
            [Line(BridgeLineKind.Nodes, 0.8), Line(BridgeLineKind.Random, 0.1), Line(BridgeLineKind.UpperBound, 0.9)]);

        BridgeLine Line(BridgeLineKind kind, double end) => new(
            kind, ["0.attn.act_in:3"],
            [
                .. Enumerable.Range(0, job.Intervention.Steps + 1).Select(step => (double)step / job.Intervention.Steps).Select(
                    strength => new BridgeLinePoint(strength, Probability(strength * end), Probability(strength * end))),
            ]);

        TargetProbability Probability(double about) => new(about + (0.05 * random.NextDouble()), about - 0.05, about + 0.1);
    }

    private static EvaluateDictionariesResult Compared(EvaluateDictionariesJob job, KeyedRandom random) => new(
        [
            // All numbers of active features share a baseline's file.
            .. job.Baselines.Select(kind => (Kind: kind, File: Artifact($"{job.Output}/{kind}", random))).ToList().SelectMany(
                one => job.ActiveFeatures, (one, k) => new MeasuredBaseline(one.Kind, k, one.File, Metrics(k, random))),
        ],
        [
            .. from a in job.Autoencoders
               from b in job.Autoencoders
               where a != b
               select new DictionarySimilarity(a.Name, b.Name, random.NextDouble(), random.NextDouble()),
        ]);

    private static DictionaryMetrics Metrics(int k, KeyedRandom random) => new(
        1000, k, (0.1 + random.NextDouble()) / k, 2, 2 + (random.NextDouble() / k), 3, 4, random.NextDouble() / k,
        0.1 * random.NextDouble(), 100, 0.8 + (0.2 * random.NextDouble()), 0.9, 0.5);

    private static MeanWithInterval Mean(double about, KeyedRandom random)
    {
        var mean = about + (0.1 * random.NextDouble());
        return new MeanWithInterval(mean, mean - 0.05, mean + 0.05, 50);
    }

    /// <summary>The losses of a training at its evaluations, without the last: they fall, each training's at its own pace.</summary>
    public static IEnumerable<(int Step, double Loss)> Evaluations(TrainJob job)
    {
        var pace = 1 + new KeyedRandom(job.Seed, "pace").NextDouble();
        for (var step = job.Training.EvalEvery; step < job.Training.Steps; step += job.Training.EvalEvery)
        {
            var name = step.ToString(System.Globalization.CultureInfo.InvariantCulture);
            var noise = new KeyedRandom(job.Seed, "evaluation", name).NextDouble();
            yield return (step, 2 + (5 - pace + noise) * (1 - 0.8 * step / job.Training.Steps));
        }
    }

    private static ArtifactRef? CircuitOf(Job job) => job switch
    {
        ValidateJob validate => validate.Circuit,
        CurveJob curve => curve.Circuit,
        PruneEdgesJob edges => edges.Circuit,
        BridgeInterveneJob intervene => intervene.Circuit,
        _ => null,
    };

    /// <summary>What a search of which nothing else is known may have found.</summary>
    public static CircuitResult Circuit { get; } = new(Artifact("circuit"), 3, 4, 0.1, 0.14, 0.95);

    public static PrepareResult Prepared { get; } = new(
        new CorpusArtifacts(Artifact("corpus/encoder"), Artifact("corpus/merges"), Artifact("corpus/train"), Artifact("corpus/validation")),
        512, 100, 1000, 900, 100, 4)
    {
        LeftOut = [new CorpusLeftOut(LeftOutReason.Hidden, 1, 0), new CorpusLeftOut(LeftOutReason.Duplicate, 1200, 3000)],
    };

    public static ArtifactRef Artifact(string path, KeyedRandom? random = null)
    {
        var digest = string.Concat(
            Enumerable.Range(0, 4).Select(
                _ => (random?.NextUInt64() ?? 0).ToString("x16", System.Globalization.CultureInfo.InvariantCulture)));
        return new ArtifactRef(path, digest, 100);
    }

    private static CurveResult Curve(CurveJob job, KeyedRandom random)
    {
        ProbeResult[] probes = [.. job.Targets.OrderDescending().Select(
            (target, i) => new ProbeResult(3 + i, 4 + random.Next(4), 1, target, 1, 0))];
        return new CurveResult(probes, [.. probes.Select(p => new TargetCircuit(p.Loss, p.K % 2 == 0 ? null : p))]);
    }

    private static ProbeResult Probe(ProbeJob job)
    {
        // A threshold of its own for each pruning: the smallest circuit that reaches the target.
        var threshold = 1 + new KeyedRandom(job.Seed, "threshold").Next(40);
        return new ProbeResult(job.K, 3 * job.K, job.K >= threshold ? 0.2 : 0.6, job.K >= threshold ? 0.1 : 0.5, 1.5, 0);
    }
}
