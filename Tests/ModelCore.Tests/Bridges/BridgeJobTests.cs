using Sweeps.ModelCore.Jobs;
using Sweeps.ModelCore.Tests.Jobs;
using Sweeps.ModelCore.Tests.Torch;

namespace Sweeps.ModelCore.Tests.Bridges;

/// <summary>The jobs of bridges one after the other, on tiny models of a real corpus.</summary>
[Collection(TorchCollection.Name)]
public sealed class BridgeJobTests(TinySweep sweep) : IClassFixture<TinySweep>, IDisposable
{
    private readonly JobRunner _runner = new();

    public void Dispose() => _runner.Dispose();

    private T Run<T>(Job job) where T : JobResult => (T)_runner.Run(job, new TestContext(sweep.Root));

    private TrainBridgeResult Trained(bool residualTopk)
    {
        var sparse = TinySweep.TrainJob(sweep.Prepared);
        sparse = sparse with { Model = sparse.Model with { ResidualTopk = residualTopk } };
        var dense = Run<TrainResult>(sparse with
        {
            Output = $"dense-{residualTopk}",
            Model = sparse.Model with { DModel = 24, ActivationFraction = 1 },
            Training = sparse.Training with { L0 = 1 },
        });
        return Run<TrainBridgeResult>(new TrainBridgeJob
        {
            Output = $"bridged-{residualTopk}",
            Seed = 4,
            Model = sparse.Model,
            Training = sparse.Training,
            Corpus = sweep.Prepared.Corpus,
            Dense = dense.Model,
            Bridges = new BridgeOptions(),
        });
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void Bridges_are_trained_measured_and_used(bool residualTopk)
    {
        var trained = Trained(residualTopk);
        var measure = new BridgeEvaluateJob
        {
            Output = $"bridges-{residualTopk}/metrics",
            Seed = 1,
            Dense = trained.Dense,
            Sparse = trained.Model,
            Bridges = trained.Bridges,
            Corpus = sweep.Prepared.Corpus,
            EvalTokens = 3000,
        };
        var metrics = Run<BridgeEvaluateResult>(measure);
        Assert.Equal(5, metrics.Sites.Count);
        Assert.Equal(15, metrics.Hybrids.Count);
        Assert.True(metrics.Tokens >= 3000);
        Assert.All(metrics.Sites, site =>
        {
            Assert.True(site.EncoderNmse > 0 && site.DecoderNmse > 0, $"{site}");
            Assert.True(site.DenseToSparseDivergence > 0 && site.SparseToDenseDivergence > 0, $"{site}");
        });
        var other = Assert.Throws<JobFailedException>(() => Run<BridgeEvaluateResult>(measure with { Sparse = sweep.Trained.Model }));
        Assert.Contains("its sparse model is", other.Message, StringComparison.Ordinal);

        var inputs = sweep.PruneJob($"bridged-{residualTopk}/prune") with { Model = trained.Model, MeanCache = trained.MeanCache };
        var pruned = Run<PruneResult>(inputs);
        var probe = Run<ProbeResult>(new ProbeJob(inputs, pruned.Masks, pruned.Nodes / 2));
        var circuit = Run<CircuitResult>(new CircuitJob(inputs, pruned.Masks, probe, [probe]));
        var job = new BridgeInterveneJob(inputs, trained.Dense, trained.Bridges, circuit.Circuit)
        {
            Output = $"bridges-{residualTopk}/intervention",
            Intervention = new BridgeInterventionOptions
            {
                Pairs = 4,
                Steps = 2,
                RandomDraws = 3,
                ChannelDraws = 2,
                ShuffleDraws = 2,
                ReferenceTokens = 2000,
            },
        };
        var result = Run<BridgeInterveneResult>(job);
        Assert.Equal(["A", "B"], result.Directions.Select(direction => direction.Presented));
        Assert.Equal(["'", "\""], result.Directions.Select(direction => direction.Target[..1]));
        Assert.All(result.Directions, direction =>
        {
            Assert.NotEmpty(direction.Candidates);
            Assert.Equal(7, direction.Lines.Count);
            Assert.All(direction.Lines, line => Assert.Equal([0, 0.5, 1], line.Points.Select(point => point.Strength)));
            Assert.All(direction.Lines.SelectMany(line => line.Points), point => Assert.InRange(point.Whole.Mean, 0, 1));
        });
        // Decoders by regression are others.
        var ridge = Run<BridgeInterveneResult>(job with { Bridges = null, Output = $"bridges-{residualTopk}/ridge" });
        Assert.Equal(
            result.Directions[0].Candidates.Select(one => one.Node), ridge.Directions[0].Candidates.Select(one => one.Node));
        Assert.NotEqual(result.Directions[0].Lines[0].Points[^1].Whole, ridge.Directions[0].Lines[0].Points[^1].Whole);
        // All of it is written and read as it was found.
        var json = System.Text.Json.JsonSerializer.Serialize<JobResult>(result, JobJson.Options);
        var read = (BridgeInterveneResult)System.Text.Json.JsonSerializer.Deserialize<JobResult>(json, JobJson.Options)!;
        Assert.Equal(result.Directions[1].Lines[2].Points[1], read.Directions[1].Lines[2].Points[1]);
    }
}
