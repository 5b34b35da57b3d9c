using System.Text.Json;
using Sweeps.ModelCore.Pruning;
using Sweeps.ModelCore.Training;
using Sweeps.Search;

namespace Sweeps.Orchestrator.Tests.Reports;

/// <summary>A sweep that nobody ran: three models, two tasks, one model failed, one circuit missed its target, artifacts on disk.</summary>
internal sealed class SyntheticSweep : IDisposable
{
    public const double Bigram = 3.75;

    public SyntheticSweep()
    {
        Folder = Directory.CreateTempSubdirectory("sweeps-report-").FullName;
        Store = new ArtifactStore(Folder);
        var spec = new SweepSpec
        {
            Name = "syn_thetic",
            Seed = 7,
            Corpus = new CorpusOptions(),
            Model = new ModelConfig { NLayer = 2, DModel = 32, NCtx = 64, VocabSize = 256 },
            Grid = new GridOptions { L0 = [1, 0.25, 0.0625] },
            Tasks = ["single_double_quote", "set_or_string"],
            Search = new SearchOptions { Rounds = 2, BatchSize = 2 },
            TargetLosses = [0.5, 0.15, 0.02],
        };
        var plan = SweepPlan.Of(spec);
        Sweep = new SweepReadModel
        {
            Spec = spec,
            Status = SweepStatus.Completed,
            Prepared = new PrepareResult(
                new CorpusArtifacts(Ref("e"), Ref("m"), Ref("t"), Ref("v")), 256, 1200, 3_400_000, 900_000, 50_000, Bigram)
            {
                LeftOut = [new CorpusLeftOut(LeftOutReason.OtherEnding, 17, 5000), new CorpusLeftOut(LeftOutReason.Damaged, 1, 20)],
            },
            Models = [Model(plan.Models[0], 2.5, 40), Model(plan.Models[1], 2.75, 10), Failed(plan.Models[2])],
            Failures = [new SweepFailure("models/d32n2-l0.0625-r0", "loss is NaN at step 40 | last good checkpoint <none>")],
        };
    }

    public string Folder { get; }

    public ArtifactStore Store { get; }

    public SweepReadModel Sweep { get; }

    public void Dispose() => Directory.Delete(Folder, recursive: true);

    /// <summary>A circuit of layer 0's MLP and layer 1's attention, with <paramref name="neurons"/> parallel neurons.</summary>
    public static CircuitFile Circuit(string task, int neurons, double loss)
    {
        List<CircuitLocation> nodes =
        [
            new("0.mlp.act_in", [3]),
            new("0.mlp.post_act", [.. Enumerable.Range(0, neurons)]),
            new("0.mlp.resid_delta", [5]),
            new("1.attn.act_in", [5]),
            new("1.attn.v", [2]),
        ];
        List<CircuitEdge> edges =
        [
            .. Enumerable.Range(0, neurons).Select(n => new CircuitEdge("0.mlp.act_in:3", $"0.mlp.post_act:{n}", 0.5f + n)),
            .. Enumerable.Range(0, neurons).Select(n => new CircuitEdge($"0.mlp.post_act:{n}", "0.mlp.resid_delta:5", -1.25f)),
            new("1.attn.act_in:5", "1.attn.v:2", 2),
        ];
        return new CircuitFile
        {
            Task = task,
            TaskRule = "A closes with a single quote, B with a double quote.",
            Model = Ref("models/x/model.safetensors"),
            ModelConfig = new ModelConfig { NLayer = 2, DModel = 32, NCtx = 64, VocabSize = 256 },
            Ablation = "mean",
            MeanCache = Ref("models/x/means.safetensors"),
            Masks = Ref("searches/x/masks.safetensors"),
            TargetLoss = 0.15,
            TargetReached = loss <= 0.15,
            Losses = new CircuitLosses(loss + 0.1, loss, loss + 0.11, loss + 0.01, 0.9375, 1.5, -0.25),
            NodeCount = 4 + neurons,
            EdgeCount = edges.Count,
            Nodes = nodes,
            Edges = edges,
            Tokens = new CircuitTokens(new("'", 7, 0), new("\n", 8, 0), [new(3, [new("('", 9, 1.5f)])], [new(5, 0.75f, -0.5f)]),
            Curve = Curve(neurons, loss),
            Seed = 1,
            TaskSeed = 2,
            Method = PruningMethod.Learned,
            Hyperparameters = new PruningHyperparameters(),
            Options = new PruningOptions(),
            Versions = new Dictionary<string, string> { ["sweeps"] = "0.1" },
        };
    }

    /// <summary>What a validation of it found, as far as reports show it.</summary>
    public static CircuitChecks Checks(int neurons) => new(
        0.1, 1.5, 0.25, 0.2, [new NodeEffect("1.attn.v:2", 0.6)],
        [new NodeActivity("1.attn.v:2", [new NodeExample("x =", " (\"", 2)], [new NodeExample("", "\u0001", -1)])])
    {
        Ladder = [new(0, 0.1, 1), new(0.25, neurons / 400.0, 0.95), new(0.5, 0.2, 0.875), new(1, 0.25, 0.75)],
        Pairs = [new PairActivations(0, ["x", "("], ["x", "["], [new NodeOnPair("1.attn.v:2", [0, 1], [0, -2])])],
    };

    private static List<ProbeResult> Curve(int neurons, double loss) =>
        [new(1, 0, 0.9, 0.69, 1, 0), new(4 + neurons - 1, 2 * neurons, loss + 0.3, loss + 0.2, 1.2, 0), new(
            4 + neurons, (2 * neurons) + 1, loss + 0.1, loss, 1.5, -0.25)];

    private static ArtifactRef Ref(string path) => new(path, new string('0', 64), 1);

    private static ModelSnapshot Failed(PlannedModel plan) => new(plan, null, "loss is NaN at step 40", false, []);

    private ModelSnapshot Model(PlannedModel plan, double loss, int neurons)
    {
        var points = Enumerable.Range(1, 30).Select(i => new CurvePoint(
            i * 10, loss
                + (3.0 / i), 1e-3, Math.Max(plan.Training.L0, 1 - (i / 15.0)), 1000, Math.Max(plan.Training.L0, 1 - (i / 15.0)), 0.5,
            i % 10 == 0 ? new Evaluation(loss + (2.0 / i), 0.1, new Dictionary<string, double>(), 3.5) : null));
        var curve = Store.WriteBytes(
            $"models/{plan.Id}/curve.json", JsonSerializer.SerializeToUtf8Bytes(new TrainingCurve([.. points]), JobJson.Indented));
        var trained = new TrainResult(
            Ref($"models/{plan.Id}/model.safetensors"), Ref("means"), curve, 300, 123_456, 7_890, plan.Training.L0, loss - 0.1, loss, 0.125,
            4.5);
        return new ModelSnapshot(plan, trained, null, true,
        [
            Task(plan, "single_double_quote", neurons, 0.125),
            Task(plan, "set_or_string", 2 * neurons, neurons == 10 ? 0.3 : 0.14),
        ]);
    }

    private TaskSnapshot Task(PlannedModel plan, string task, int neurons, double loss)
    {
        var id = new SearchId(plan.Id, task);
        var circuit = Store.WriteBytes($"{id}/0002/circuit.json", Circuit(task, neurons, loss).ToBytes());
        var validated = Store.WriteBytes(
            $"validations/{plan.Id}/{task}/circuit.json", (Circuit(task, neurons, loss) with { Checks = Checks(neurons) }).ToBytes());
        PruningSnapshot Pruning(int index, PruningOutcome outcome) => new(index, index / 2, new PruningHyperparameters(), outcome);
        var best = Pruning(2, new PruningOutcome(
            new PruneResult(Ref("masks"), 600, 60, 0.2), Curve(neurons, loss), new CircuitResult(
                circuit, 4 + neurons, (2 * neurons) + 1, loss, loss + 0.01, 0.9375),
            Math.Log10(2 + (2 * neurons)), null));
        var prunings = new List<PruningSnapshot>
        {
            Pruning(0, new PruningOutcome(null, [], null, null, "diverged")),
            Pruning(
                1, new PruningOutcome(best.Outcome!.Pruned, [new ProbeResult(600, 5000, 0.2, 0.1, 1, 0)], null, Math.Log10(5001), null)),
            best,
            Pruning(3, new PruningOutcome(best.Outcome.Pruned, [new ProbeResult(500, 4000, 0.2, 0.1, 1, 0)], null, Math.Log10(4001), null)),
        };
        return new TaskSnapshot(
            task, new EvaluateResult(0.04, 0.05, 0.06, 0.99), null,
            new SearchSnapshot(id, StopReason.Rounds, 2, prunings, best, [], State(prunings)),
            new CircuitResult(circuit, 90 + neurons, 20 * neurons, 0.1, 0.2, 0.9), Validated(validated, neurons),
            new CurveResult(
                Curve(neurons, loss),
                [.. new[] { 0.5, 0.15, 0.02 }.Select(
                    target =>
                        new TargetCircuit(target, BisectionPlan.Best(target, [.. Curve(neurons, loss).Where(p => p.Loss <= target)])))]),
            Edges: new CircuitResult(circuit, 3 + neurons, neurons, loss, loss + 0.02, 0.9));
    }

    private static ValidationResult Validated(ArtifactRef circuit, int neurons) =>
        new(0.1, 1.5, 0.25, 0.2, circuit, 4 + neurons, (2 * neurons) + 1)
        {
            ResampleAccuracy = 0.75,
            TwoValued = neurons - 10,
            SignAccuracy = 0.875,
            SignAuc = 0.95,
            InterchangeMean = 0.125,
            InterchangeWorst = 0.375,
            Adversarial =
        [
            new AdversarialResult("distractor", 2, 64, new Decisions(0.5, 0.75, 1.25), new Decisions(0.625, 0.6875, 0.75), 0.9375, null),
            new AdversarialResult("dilution", 32, 0, null, null, null, "too long"),
        ],
        };

    private static SearchState State(IReadOnlyList<PruningSnapshot> prunings)
    {
        var state = SearchState.Create(SearchConfig.For("random", PaperSpaces.Pruning, 1, 2));
        foreach (var pruning in prunings)
        {
            if (pruning.Index % 2 == 0) state = state.Issue(SearchAlgorithms.Suggest(state, 2));
            state = state.Observe(pruning.Index, pruning.Outcome!.Objective ?? double.NaN);
        }
        return state;
    }
}
