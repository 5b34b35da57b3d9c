using Sweeps.ModelCore.Model;
using Sweeps.ModelCore.Pruning;
using Sweeps.ModelCore.Tests.Jobs;
using Sweeps.ModelCore.Tests.Torch;
using TorchSharp;

namespace Sweeps.ModelCore.Tests.Pruning;

public sealed class PruningTests : TorchTest
{
    private static TaskData Task(int batchPairs = 16) => new(
        split => PlantedCircuit.Pairs(64, seed: (ulong)split), batchPairs, torch.CPU);

    private static bool[] Keep(NodeLayout layout, IEnumerable<(NodeLocation Location, int Channel)> nodes)
    {
        var kept = new bool[layout.Count];
        foreach (var (location, channel) in nodes) kept[layout.Offset(location) + channel] = true;
        return kept;
    }

    [Fact]
    public void Pruning_finds_the_circuit_that_was_planted()
    {
        var root = Directory.CreateTempSubdirectory("sweeps-").FullName;
        using var model = PlantedCircuit.Model();
        using var task = Task();
        var job = PlantedCircuit.Job with
        {
            Options = new PruningOptions { Steps = 150, BatchPairs = 16 },
            Hyperparameters = new PruningHyperparameters { KCoef = 3e-3, Lr = 0.05, InitNoiseBias = 0.3 },
        };
        var store = new ArtifactStore(root);
        var pruned = new NodePruning(job, new TestContext(root), store, model, task).Run();
        var tau = MaskFile.Load(store.Verify(pruned.Masks), model.Layout, PlantedCircuit.None.Sha256);
        Directory.Delete(root, recursive: true);

        var order = NodeRanking.Order(tau);
        var best = NodeRanking.Top(order, PlantedCircuit.Nodes.Count);
        Assert.Equal(Keep(model.Layout, PlantedCircuit.Nodes), best);
        Assert.Equal(2, CircuitEdges.Count(model, best));
        Assert.InRange(pruned.Kept, 3, 20);
        double Loss(int k) =>
            Calibration.Run(
                TaskEvaluation.Run(
                    model, task.Rows(TaskSplit.Validation), NodeRanking.Top(order, k), false, KernelChoice.Auto, new TestContext(root)),
                16).Loss;
        Assert.True(Loss(3) < 0.01, $"loss of three nodes: {Loss(3)}");
        Assert.True(Loss(2) > 0.6, $"loss of two nodes: {Loss(2)}");
    }

    [Fact]
    public void The_gradient_by_the_gates_agrees_with_finite_differences()
    {
        using var model = PlantedCircuit.Model();
        using var rows = new TaskRows(PlantedCircuit.Pairs(4, 1), torch.CPU);
        var random = new KeyedRandom(1, "gates");
        var values = Enumerable.Range(0, model.Layout.Count).Select(_ => (float)(0.3 + (0.7 * random.NextDouble()))).ToArray();
        foreach (var wholeVocabulary in new[] { false, true })
        {
            double Loss(float[] at)
            {
                using var noGradient = torch.no_grad();
                return rows.Loss(model.Logits(rows.Tokens, rows.Positions, torch.tensor(at)), wholeVocabulary).ToDouble();
            }
            var gates = torch.tensor(values, requires_grad: true);
            rows.Loss(model.Logits(rows.Tokens, rows.Positions, gates), wholeVocabulary).backward();
            var gradient = gates.grad!.Values<float>();
            Assert.All(model.Model.Parameters, p => Assert.Null(p.Value.grad));
            for (var i = 0; i < values.Length; i += 3)
            {
                const float h = 1e-2f;
                var (up, down) = (values.ToArray(), values.ToArray());
                up[i] += h;
                down[i] -= h;
                var difference = (Loss(up) - Loss(down)) / (2 * h);
                Assert.True(
                    Math.Abs(difference - gradient[i]) < 2e-3 + (0.02 * Math.Abs(difference)),
                    $"node {i}: {gradient[i]} against {difference}");
            }
        }
    }

    [Fact]
    public void Keeping_every_node_changes_no_logit_and_a_dropped_node_takes_its_mean()
    {
        using var model = PlantedCircuit.Model();
        using var rows = new TaskRows(PlantedCircuit.Pairs(4, 1), torch.CPU);
        using var noGradient = torch.no_grad();
        var whole = model.Logits(rows.Tokens, rows.Positions, null);
        Assert.True(whole.IsSame(model.Logits(rows.Tokens, rows.Positions, torch.ones(model.Layout.Count))));
        // Without its nodes the model cannot tell A from B: both prompts of a pair get the same logits.
        var none = model.Logits(rows.Tokens, rows.Positions, torch.zeros(model.Layout.Count));
        Assert.True(torch.allclose(none[0], none[1]));
    }

    [Fact]
    public void A_neuron_that_reads_one_channel_and_writes_one_is_three_nodes_and_two_edges()
    {
        using var model = PlantedCircuit.Model();
        (NodeLocation, int)[] neuron = [(new(0, NodeSite.MlpActIn), 2), (new(0, NodeSite.MlpPostAct), 7), (new(
            0, NodeSite.MlpResidDelta), 9)];
        var kept = Keep(model.Layout, neuron);
        var edges = CircuitEdges.Enumerate(model, kept).ToList();
        Assert.Equal(2, edges.Count);
        Assert.Equal(model.Model["transformer.h.0.mlp.c_fc.weight"][7, 2].ToSingle(), edges[0].Weight);
        Assert.Equal(model.Model["transformer.h.0.mlp.c_proj.weight"][9, 7].ToSingle(), edges[1].Weight);
    }

    [Fact]
    public void Queries_keys_and_values_are_joined_to_what_they_read_and_not_to_each_other()
    {
        using var model = PlantedCircuit.Model();
        (NodeLocation, int)[] nodes =
        [
            (new(0, NodeSite.AttnActIn), 2), (new(0, NodeSite.AttnQ), 4), (new(0, NodeSite.AttnK), 4), (new(0, NodeSite.AttnV), 4),
            (new(0, NodeSite.AttnResidDelta), 6), (new(0, NodeSite.MlpActIn), 6),
        ];
        var attn = model.Model["transformer.h.0.attn.c_attn.weight"];
        var proj = model.Model["transformer.h.0.attn.c_proj.weight"];
        float[] weights = [attn[4, 2].ToSingle(), attn[20, 2].ToSingle(), attn[36, 2].ToSingle(), proj[6, 4].ToSingle()];
        Assert.Equal(weights, CircuitEdges.Enumerate(model, Keep(model.Layout, nodes)).Select(e => e.Weight));
    }

    [Fact]
    public void The_count_of_edges_is_that_of_the_nonzeros_when_every_node_is_kept()
    {
        using var model = PlantedCircuit.Model();
        var all = Enumerable.Repeat(true, model.Layout.Count).ToArray();
        var nonzeros = model.Model.Parameters.Where(
            p => p.Spec.Kind is ParameterKind.Matrix or ParameterKind.OutputProjection).Sum(p => p.Value.count_nonzero().ToInt64());
        Assert.Equal(nonzeros, CircuitEdges.Count(model, all));
        Assert.Equal(0, CircuitEdges.Count(model, new bool[model.Layout.Count]));
    }

    [Fact]
    public void Batches_are_drawn_by_seed_and_step_without_repeating_a_pair()
    {
        using var task = Task(batchPairs: 40);
        long[] Tokens(ulong seed, int step)
        {
            using var rows = task.TrainBatch(seed, step);
            return rows.Tokens.Values<long>();
        }
        Assert.Equal(Tokens(1, 5), Tokens(1, 5));
        Assert.NotEqual(Tokens(1, 5), Tokens(1, 6));
        Assert.NotEqual(Tokens(1, 5), Tokens(2, 5));
        using var all = new TaskRows(task.Train, torch.CPU);
        var known = all.Tokens.Values<long>().Chunk(8).Select(row => string.Join(' ', row)).ToHashSet();
        var drawn = Tokens(1, 5).Chunk(8).Select(row => string.Join(' ', row)).ToList();
        Assert.Equal(80, drawn.Count);
        Assert.Subset(known, drawn.ToHashSet());
        Assert.Equal(drawn.Count, drawn.Distinct().Count());
    }
}
