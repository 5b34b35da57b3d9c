using Sweeps.ModelCore.Data;
using Sweeps.ModelCore.Jobs;
using Sweeps.ModelCore.Kernels;
using Sweeps.ModelCore.Model;
using Sweeps.ModelCore.Pruning;
using Sweeps.ModelCore.Tests.Jobs;
using Sweeps.ModelCore.Tests.Torch;
using TorchSharp;
using static TorchSharp.torch;

namespace Sweeps.ModelCore.Tests.Pruning;

public sealed class EdgePruningTests : TorchTest
{
    private static readonly (NodeLocation Location, int Channel)[] _beside =
    [
        (new(0, NodeSite.AttnActIn), 2), (new(0, NodeSite.AttnQ), 4), (new(0, NodeSite.AttnK), 4), (new(0, NodeSite.AttnV), 6),
        (new(0, NodeSite.MlpActIn), 3), (new(0, NodeSite.MlpPostAct), 7), (new(0, NodeSite.MlpResidDelta), 9), (new(
            0, NodeSite.AttnResidDelta), 8),
    ];

    // AbsTopK is off, so that all is smooth and nodes that are dropped cannot decide about others. Rows of one weight in four, large, so
    // that layers matter.
    private static FrozenModel Random(bool sink, bool finalResid = false)
    {
        var config = new ModelConfig
        {
            NLayer = 2,
            DModel = 32,
            DMlp = 48,
            NCtx = 16,
            VocabSize = 12,
            DPosEmb = 3,
            ActivationFraction = 1,
            AttentionSink = sink,
            BigramTable = false,
        };
        using var scope = torch.NewDisposeScope();
        var random = new KeyedRandom(11, "edges");
        float Draw(double size) => (float)(random.NextGaussian() * size);
        var tensors = ParameterSpec.Of(config).ToDictionary(
            spec => spec.Name,
            spec => torch.tensor(
                [
                    .. Enumerable.Range(0, (int)spec.NumberOfElements).Select(_ => spec.Kind switch
                    {
                        ParameterKind.NormGain => 1,
                        ParameterKind.Matrix or ParameterKind.OutputProjection => random.Next(4) == 0 ? Draw(0.5) : 0,
                        _ => Draw(0.5),
                    }),
                ],
                [.. spec.Shape]),
            StringComparer.Ordinal);
        var means = NodeLocation.All(config.NLayer).Append(NodeLocation.FinalResid).ToDictionary(
            at => at, at => torch.tensor((float[])[.. Enumerable.Range(0, config.Width(at.Site)).Select(_ => Draw(0.3))]));
        return new FrozenModel(new Transformer(config, tensors), means, finalResid);
    }

    private static bool[] AllNodes(FrozenModel model) => [.. Enumerable.Repeat(true, model.Layout.Count)];

    private static Tensor Logits(FrozenModel model, TaskRows rows, EdgeGates edges, float[] gates) =>
        model.Logits(rows.Tokens, rows.Positions, torch.ones(model.Layout.Count), weights: edges.Weights(torch.tensor(gates)));

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void The_gradient_by_the_gates_of_edges_agrees_with_finite_differences(bool sink)
    {
        using var model = Random(sink);
        using var rows = new TaskRows(PlantedCircuit.Pairs(4, 1), torch.CPU);
        Edge[] edges = [.. CircuitEdges.Enumerate(model, AllNodes(model))];
        using var gated = new EdgeGates(model, edges);
        var random = new KeyedRandom(1, "gates");
        var values = Enumerable.Range(0, edges.Length).Select(_ => (float)(0.3 + (0.7 * random.NextDouble()))).ToArray();
        double Loss(float[] at)
        {
            using var noGradient = torch.no_grad();
            return rows.Loss(Logits(model, rows, gated, at), false).ToDouble();
        }
        var gates = torch.tensor(values, requires_grad: true);
        rows.Loss(
            model.Logits(rows.Tokens, rows.Positions, torch.ones(model.Layout.Count), weights: gated.Weights(gates)), false).backward();
        var gradient = gates.grad!.Values<float>();
        Assert.All(model.Model.Parameters, p => Assert.Null(p.Value.grad));
        for (var i = 0; i < values.Length; i += 41)
        {
            const float h = 1e-2f;
            var (up, down) = (values.ToArray(), values.ToArray());
            up[i] += h;
            down[i] -= h;
            var difference = (Loss(up) - Loss(down)) / (2 * h);
            Assert.True(
                Math.Abs(difference - gradient[i]) < 1e-4 + (0.02 * Math.Abs(difference)), $"edge {i}: {gradient[i]} against {difference}");
        }
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void To_drop_all_edges_that_read_a_node_is_to_drop_the_node(bool sink)
    {
        using var noGradient = torch.no_grad();
        using var model = Random(sink);
        using var rows = new TaskRows(PlantedCircuit.Pairs(3, 1), torch.CPU);
        Edge[] edges = [.. CircuitEdges.Enumerate(model, AllNodes(model))];
        using var gated = new EdgeGates(model, edges);
        var whole = model.Logits(rows.Tokens, rows.Positions, null);
        Assert.True(whole.IsSame(Logits(model, rows, gated, [.. Enumerable.Repeat(1f, edges.Length)])));
        NodeLocation[] sources = [.. model.Layout.Locations.Where(
            at => at.Site is NodeSite.AttnActIn or NodeSite.AttnV or NodeSite.MlpActIn or NodeSite.MlpPostAct)];
        foreach (var at in sources)
        {
            int[] nodes = [model.Layout.Offset(at) + 1, model.Layout.Offset(at) + 20, model.Layout.Offset(at) + model.Layout.Width(at) - 1];
            var byEdges = Logits(model, rows, gated, [.. edges.Select(e => nodes.Contains(e.From) ? 0f : 1f)]);
            var kept = Enumerable.Range(0, model.Layout.Count).Select(n => nodes.Contains(n) ? 0f : 1f).ToArray();
            var byNodes = model.Logits(rows.Tokens, rows.Positions, torch.tensor(kept));
            Assert.False(torch.allclose(whole, byNodes, 1e-3, 1e-3), at.Name);
            Assert.True(torch.allclose(byNodes, byEdges, 1e-4, 1e-4), at.Name);
        }
    }

    [Fact]
    public void A_neuron_without_edges_to_it_says_what_the_means_of_all_it_reads_make_it_say()
    {
        using var noGradient = torch.no_grad();
        using var model = Random(sink: true);
        using var rows = new TaskRows(PlantedCircuit.Pairs(3, 1), torch.CPU);
        Edge[] edges = [.. CircuitEdges.Enumerate(model, AllNodes(model))];
        using var gated = new EdgeGates(model, edges);
        var (at, channel) = (new NodeLocation(1, NodeSite.MlpPostAct), 5);
        var neuron = model.Layout.Offset(at) + channel;
        var weights = gated.Weights(torch.tensor((float[])[.. edges.Select(e => e.To == neuron ? 0f : 1f)]));
        float[] said = [];
        model.Logits(rows.Tokens, rows.Positions, torch.ones(model.Layout.Count), (location, value) =>
        {
            if (location == at) said = value.select(-1, channel).Values<float>();
        }, weights);
        var (row, means) = (model.Model["transformer.h.1.mlp.c_fc.weight"][channel].Values<float>(), model.Mean(
            at with { Site = NodeSite.MlpActIn }).Values<float>());
        var expected = Functions.gelu(
            torch.tensor(
                (float[])[row.Zip(means, (w, mean) => w * mean).Sum() + model.Model["transformer.h.1.mlp.c_fc.bias"][channel].ToSingle()]))
                    .ToSingle();
        Assert.Equal(6, said.Length);
        Assert.All(said, value => Assert.Equal(expected, value, 1e-5f));
    }

    [Fact]
    public void Edges_that_lead_nowhere_are_dropped_with_the_nodes_between()
    {
        using var model = PlantedCircuit.Model();
        var nodes = Keep(model.Layout, [.. PlantedCircuit.Nodes, .. _beside]);
        Edge[] edges = [.. CircuitEdges.Enumerate(model, nodes)];
        int Number(NodeSite site, int channel) => model.Layout.Offset(new(0, site)) + channel;
        bool[] Wanted(params (int From, int To)[] wanted) => [.. edges.Select(e => wanted.Contains((e.From, e.To)))];
        var (read, neuron, write) = (Number(NodeSite.MlpActIn, 3), Number(NodeSite.MlpPostAct, 7), Number(NodeSite.MlpResidDelta, 9));
        NodeSite[] always = [NodeSite.AttnQ, NodeSite.AttnK, NodeSite.AttnResidDelta, NodeSite.MlpResidDelta];
        int[] Needed(EdgeCircuit circuit) =>
            [.. Enumerable.Range(0, nodes.Length).Where(n => circuit.Nodes[n] && !always.Contains(model.Layout.At(n).Location.Site))];

        var chain = EdgeCircuit.Of(model.Layout, nodes, edges, Wanted((read, neuron), (neuron, write)));
        Assert.Equal(2, chain.EdgeCount);
        Assert.Equal([read, neuron], Needed(chain));

        var cut = EdgeCircuit.Of(model.Layout, nodes, edges, Wanted((read, neuron)));
        Assert.Equal(0, cut.EdgeCount);
        Assert.Empty(Needed(cut));

        // A query is read by no edge, and yet it acts.
        var query = EdgeCircuit.Of(model.Layout, nodes, edges, Wanted((Number(NodeSite.AttnActIn, 2), Number(NodeSite.AttnQ, 4))));
        Assert.Equal(1, query.EdgeCount);
        Assert.Equal([Number(NodeSite.AttnActIn, 2)], Needed(query));
        Assert.Equal(
            nodes.Where((_, n) => always.Contains(model.Layout.At(n).Location.Site)),
            query.Nodes.Where((_, n) => always.Contains(model.Layout.At(n).Location.Site)));
    }

    [Fact]
    public void Of_a_planted_circuit_with_nodes_beside_it_only_its_own_edges_are_left()
    {
        var (before, after, loss) = Prune([.. PlantedCircuit.Nodes, .. _beside], target: 0.15);
        Assert.Equal(10, before.EdgeCount);
        Assert.Equal([("0.attn.act_in:0", "0.attn.v:3"), ("0.attn.v:3", "0.attn.resid_delta:5")], after.Edges.Select(e => (e.From, e.To)));
        Assert.True(after.EdgesPruned && after.TargetReached);
        Assert.InRange(after.Losses.Validation, 0, 0.15);
        Assert.Equal(2, after.EdgeCount);
        Assert.Equal(loss, after.Losses.Validation);
    }

    [Fact]
    public void Where_the_target_is_out_of_reach_the_circuit_stays_what_it_was()
    {
        var (before, after, _) = Prune([.. PlantedCircuit.Nodes.Take(2), .. _beside], target: 0.01);
        Assert.False(after.TargetReached);
        Assert.True(after.EdgesPruned);
        Assert.Equal((before.NodeCount, before.EdgeCount, before.Losses), (after.NodeCount, after.EdgeCount, after.Losses));
        Assert.Equal(before.EdgeCount, after.Curve[^1].K);
    }

    [Fact]
    public void A_circuit_without_edges_has_none_to_prune()
    {
        var (before, after, _) = Prune(PlantedCircuit.Nodes.Take(1), target: 0.9);
        Assert.Equal(0, after.EdgeCount);
        Assert.Equal((before with { EdgesPruned = true }).ToBytes(), after.ToBytes());
    }

    private static bool[] Keep(NodeLayout layout, IEnumerable<(NodeLocation Location, int Channel)> nodes)
    {
        var kept = new bool[layout.Count];
        foreach (var (location, channel) in nodes) kept[layout.Offset(location) + channel] = true;
        return kept;
    }

    /// <summary>
    /// The circuit of these nodes, what edge pruning makes of it, and the validation loss of that as its file alone describes it.
    /// </summary>
    private static (CircuitFile Before, CircuitFile After, double Loss) Prune(
        IEnumerable<(NodeLocation Location, int Channel)> nodes, double target)
    {
        var root = Directory.CreateTempSubdirectory("sweeps-").FullName;
        using var model = PlantedCircuit.Model();
        using var task = new TaskData(split => PlantedCircuit.Pairs(64, seed: (ulong)split), 16, torch.CPU);
        var (store, context, none) = (new ArtifactStore(root), new TestContext(root), PlantedCircuit.None);
        var tokenizer = Tokenizer.Train(["a"u8.ToArray()], 257);
        var options = new PruningOptions { Steps = 150, BatchPairs = 16, TargetLoss = target };
        var kept = Keep(model.Layout, nodes);
        var whole = TaskEvaluation.Run(model, task.Rows(TaskSplit.Validation), kept, false, KernelChoice.Auto, context).Loss(1, 0).Loss;
        var file = PlantedCircuit.File([], none.Sha256) with
        {
            TargetLoss = target,
            TargetReached = whole <= target,
            Losses = new CircuitLosses(whole, whole, whole, whole, 1, 1, 0),
            Hyperparameters = new PruningHyperparameters { KCoef = 3e-3, Lr = 0.05, InitNoiseBias = 0.3 },
            Options = options,
        };
        try
        {
            var before = new CircuitBuilder(model, tokenizer, task).Reduce(file, kept, file.Losses);
            var job = new PruneEdgesJob(PlantedCircuit.Job, store.WriteBytes("circuit.json", before.ToBytes())) { Options = options };
            var result = new EdgePruning(job, context, store, model, task, tokenizer).Run();
            var after = CircuitFile.Load(store.Verify(result.Circuit));
            Assert.Equal((after.NodeCount, after.EdgeCount, after.Losses.Validation), (result.Nodes, result.Edges, result.ValidationLoss));
            return (before, after, LossOf(after, model, task, context));
        }
        finally
        {
            Directory.Delete(root, recursive: true);
        }
    }

    private static double LossOf(CircuitFile circuit, FrozenModel model, TaskData task, IJobContext context)
    {
        using var noGradient = torch.no_grad();
        var kept = circuit.KeptNodes(model.Layout);
        Edge[] edges = [.. CircuitEdges.Enumerate(model, kept)];
        using var gated = new EdgeGates(model, edges);
        var listed = circuit.Edges.Select(e => (e.From, e.To)).ToHashSet();
        string Name(int node) => CircuitEdge.Node(model.Layout.At(node).Location.Name, model.Layout.At(node).Channel);
        var weights = gated.Weights(
            torch.tensor((float[])[.. edges.Select(e => listed.Contains((Name(e.From), Name(e.To))) ? 1f : 0f)], [edges.Length]));
        var gates = torch.tensor(Array.ConvertAll(kept, k => k ? 1f : 0f));
        return TaskEvaluation.Run(
            model, task.Rows(TaskSplit.Validation), batch => model.Logits(batch.Tokens, batch.Positions, gates, weights: weights), false,
            context)
            .Loss(circuit.Losses.Scale, circuit.Losses.Shift).Loss;
    }
}
