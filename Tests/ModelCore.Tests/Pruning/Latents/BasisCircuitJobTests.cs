using Sweeps.ModelCore.Autoencoders;
using Sweeps.ModelCore.Jobs;
using Sweeps.ModelCore.Tests.Jobs;
using Sweeps.ModelCore.Tests.Torch;
using TorchSharp;

namespace Sweeps.ModelCore.Tests.Pruning.Latents;

[Collection(TorchCollection.Name)]
public sealed class BasisCircuitJobTests(TinySweep sweep) : IClassFixture<TinySweep>, IDisposable
{
    private readonly JobRunner _runner = new();
    private TrainResult? _dense;

    // Without AbsTopK, as the models are whose activations autoencoders are trained on.
    private TrainResult Dense => _dense ??= Run<TrainResult>(TinySweep.TrainJob(sweep.Prepared) with
    {
        Output = "dense",
        Model = TinySweep.TrainJob(sweep.Prepared).Model with { ActivationFraction = 1 },
        Training = TinySweep.TrainJob(sweep.Prepared).Training with { L0 = 1, Steps = 200, BatchSize = 4 },
    });

    public void Dispose() => _runner.Dispose();

    private T Run<T>(Job job, TestContext? context = null) where T : JobResult =>
        (T)_runner.Run(job, context ?? new TestContext(sweep.Root));

    private JobFailedException Failure(Job job) =>
        Assert.Throws<JobFailedException>(() => _runner.Run(job, new TestContext(sweep.Root)));

    // Over the whole vocabulary a tiny model has learned something: no circuit gives 4.3 nats, the best of them 1.5.
    private PruneJob Prune(string output, CircuitBasis basis) => TinySweep.PruneJob(sweep.Prepared, Dense) with
    {
        Output = output,
        Basis = basis,
        Options = TinySweep.Options with { Kernels = KernelChoice.Dense, WholeVocabularyLoss = true, TargetLoss = 2.5 },
    };

    private static CircuitBasis Basis(ReconstructionError error, params NamedDictionary[] dictionaries) =>
        new() { Seed = 9, Tokens = 2000, Error = error, ActiveFeatures = 32, Dictionaries = dictionaries };

    private NamedDictionary Identity(string location) => Identity(location, Dense.Model.Sha256);

    private NamedDictionary Identity(string location, string model)
    {
        using var scope = torch.NewDisposeScope();
        using var dictionary = new Neurons(
            new DictionaryOrigin(Neurons.Kind, ValueLocation.Parse(location), model), torch.eye(32), torch.zeros(32), 32);
        var path = $"identity/{model[..8]}/{location}.safetensors";
        return new NamedDictionary(
            location, new ArtifactStore(sweep.Root).Write(path, stream => DictionaryFile.Save(stream, dictionary)));
    }

    private NamedDictionary[] All(Func<string, NamedDictionary> of) =>
    [
        .. from layer in (int[])[0, 1]
           from site in (string[])["attn.act_in", "attn.resid_delta", "mlp.act_in", "mlp.resid_delta"]
           select of($"{layer}.{site}"),
    ];

    private (PruneResult Pruned, BasisCircuitResult Circuit) Circuit(string output, CircuitBasis basis)
    {
        var job = Prune($"{output}-prune", basis);
        var pruned = Run<PruneResult>(job);
        return (pruned, Run<BasisCircuitResult>(Count(output, job, pruned)));
    }

    private static BasisCircuitJob Count(string output, PruneJob job, PruneResult pruned) =>
        new(job, [new RankedNodes(pruned.Masks, pruned.Kept, job.Hyperparameters)]) { Output = output };

    [Fact]
    public void With_channels_as_features_all_counts_and_losses_are_those_of_channels_exactly()
    {
        var (pruned, circuit) = Circuit("channels", Basis(ReconstructionError.Mean));
        Assert.True(circuit.Reached);
        Assert.True(circuit.StructuralEdges > 0);
        Assert.InRange(circuit.EffectiveEdges!.Value, 0, circuit.StructuralEdges);
        Assert.InRange(circuit.PrunedEdges!.Value, 0, circuit.StructuralEdges);
        Assert.Null(circuit.ResidualEdges);
        Assert.Equal(0, circuit.Errors);

        var (ofFeatures, honest) = Circuit("identity", Basis(ReconstructionError.Mean, All(Identity)));
        Assert.Equal((pruned.Nodes, pruned.Kept, pruned.TaskLoss), (ofFeatures.Nodes, ofFeatures.Kept, ofFeatures.TaskLoss));
        Assert.Equal(circuit, honest with { ResidualEdges = null });

        // With errors, which are 0: the same but for rounding in the edges.
        var (_, kept) = Circuit("identity-keep", Basis(ReconstructionError.Keep, All(Identity)));
        Assert.Equal(8, kept.Errors);
        Assert.Equal(
            (circuit.Nodes, circuit.StructuralEdges, circuit.ValidationLoss, circuit.TestLoss, circuit.Necessity),
            (kept.Nodes, kept.StructuralEdges, kept.ValidationLoss, kept.TestLoss, kept.Necessity));
    }

    [Fact]
    public void Attribution_ranks_channels_as_features_as_it_ranks_channels()
    {
        var (a, b) = (
            Run<PruneResult>(Prune("by-channels", Basis(ReconstructionError.Mean)) with { Method = PruningMethod.Attribution }),
            Run<PruneResult>(
                Prune("by-features", Basis(ReconstructionError.Mean, All(Identity))) with { Method = PruningMethod.Attribution }));
        Assert.Equal((a.Nodes, a.Kept, a.TaskLoss), (b.Nodes, b.Kept, b.TaskLoss));
        Assert.Equal(a.Masks.Sha256, b.Masks.Sha256);
    }

    [Fact]
    public void A_model_whose_writes_go_through_AbsTopK_has_no_weights_to_features_of_them()
    {
        var job = sweep.PruneJob("sparse");
        var identity = Identity("1.mlp.resid_delta", sweep.Trained.Model.Sha256);
        var failure = Failure(job with { Basis = Basis(ReconstructionError.Keep, identity) });
        Assert.Contains("AbsTopK acts at 1.mlp.resid_delta", failure.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Features_of_trained_autoencoders_are_pruned_and_counted_and_the_same_job_gives_the_same()
    {
        var features = All(location => new NamedDictionary(location, Run<TrainAutoencoderResult>(new TrainAutoencoderJob
        {
            Output = $"autoencoder-{location}",
            Seed = 5,
            Model = Dense.Model,
            Corpus = sweep.Prepared.Corpus,
            Options = new AutoencoderOptions
            {
                Location = location,
                Ratio = 2,
                K = 8,
                Tokens = 4000,
                Batch = 100,
                Buffer = 1000,
                EvalTokens = 500,
            },
        }).Autoencoder));
        foreach (var error in Enum.GetValues<ReconstructionError>())
        {
            var (pruned, circuit) = Circuit($"features-{error}", Basis(error, features));
            Assert.Equal(2 * ((4 * 64) + (3 * 32) + 64), pruned.Nodes);
            Assert.Equal(error == ReconstructionError.Keep ? 8 : 0, circuit.Errors);
            Assert.NotNull(circuit.ResidualEdges);
            Assert.InRange(circuit.Nodes, 0, pruned.Nodes);
            Assert.Equal(circuit.Reached, circuit.ValidationLoss <= 2.5);
            var job = Prune($"features-{error}-prune", Basis(error, features));
            Assert.Equal(circuit, Run<BasisCircuitResult>(Count($"features-{error}-again", job, pruned)));
        }
    }

    [Fact]
    public void A_basis_that_does_not_fit_is_the_works_fault_and_named()
    {
        Refused(Prune("x", Basis(ReconstructionError.Keep) with { Tokens = 1 }), "tokens is 1: expected at least 2");
        var twice = Identity("0.attn.act_in");
        Refused(Prune("x", Basis(ReconstructionError.Keep, twice, twice)), "dictionaries has 0.attn.act_in twice");
        Refused(Prune("x", Basis(ReconstructionError.Keep, Identity("0.resid_mid"))), "0.resid_mid is no residual read or write");
        // The tiny sweep's own model has AbsTopK, and other dictionaries.
        var other = sweep.PruneJob("x") with { Basis = Basis(ReconstructionError.Keep, twice) };
        Refused(other, $"expected one of {sweep.Trained.Model.Sha256}");
        var channels = Prune("x", Basis(ReconstructionError.Keep));
        Refused(new BasisCircuitJob(channels, []) { Output = "x" }, "prunings is empty");
        Refused(new BasisCircuitJob(channels with { Basis = null }, []) { Output = "x" }, "basis is null");
        Refused(new PruneEdgesJob(channels, PlantedCircuit.None) { Output = "x" }, "basis is given to a PruneEdgesJob: expected none");

        void Refused(Job job, string message)
        {
            var failure = Failure(job);
            Assert.Equal(FailureKind.Work, failure.Kind);
            Assert.Contains(message, failure.Message, StringComparison.Ordinal);
        }
    }
}
