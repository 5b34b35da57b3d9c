using Sweeps.ModelCore.Pruning;
using Sweeps.ModelCore.Tasks;
using Sweeps.ModelCore.Tests.Jobs;
using Sweeps.ModelCore.Tests.Torch;
using TorchSharp;

namespace Sweeps.ModelCore.Tests.Pruning;

public sealed class AttributionTests : TorchTest
{
    private static (PruneResult Result, float[] Scores) Rank(FrozenModel model, TaskData task, PruningOptions? options = null)
    {
        var root = Directory.CreateTempSubdirectory("sweeps-").FullName;
        var store = new ArtifactStore(root);
        var job = PlantedCircuit.Job with { Method = PruningMethod.Attribution, Options = options ?? PlantedCircuit.Job.Options };
        var result = new AttributionRanking(job, new TestContext(root), store, model, task).Run();
        var scores = MaskFile.Load(store.Verify(result.Masks), model.Layout, PlantedCircuit.None.Sha256);
        Directory.Delete(root, recursive: true);
        return (result, scores);
    }

    private static (float[] Magnitudes, float[] Sums) Attribute(FrozenModel model, TaskData task, PruningOptions? options = null)
    {
        var job = PlantedCircuit.Job with { Options = options ?? PlantedCircuit.Job.Options };
        var (magnitudes, sums, _) = new AttributionRanking(job, new TestContext(""), new ArtifactStore("."), model, task).Attribute();
        return (magnitudes, sums);
    }

    [Fact]
    public void The_nodes_of_a_planted_circuit_rank_first()
    {
        using var model = PlantedCircuit.Model();
        using var task = new TaskData(split => PlantedCircuit.Pairs(64, (ulong)split), 16, torch.CPU);
        var (result, scores) = Rank(model, task);
        var first = NodeRanking.Order(scores).Take(PlantedCircuit.Nodes.Count).Order();
        Assert.Equal(PlantedCircuit.Nodes.Select(n => model.Layout.Offset(n.Location) + n.Channel).Order(), first);
        Assert.Equal(model.Layout.Count, result.Nodes);
        // The most important nodes up to half of the total, and not one more.
        var sorted = scores.OrderDescending().Select(s => (double)s).ToList();
        Assert.True(sorted.Take(result.Kept).Sum() >= sorted.Sum() / 2);
        Assert.True(sorted.Take(result.Kept - 1).Sum() < sorted.Sum() / 2);
    }

    [Fact]
    public void An_attribution_is_activation_less_mean_times_gradient_by_finite_differences()
    {
        using var model = PlantedCircuit.Model();
        var pairs = PlantedCircuit.Pairs(2, 3);
        using var task = new TaskData(_ => pairs, 16, torch.CPU);
        var (magnitudes, sums) = Attribute(model, task);

        using var noGradient = torch.no_grad();
        using var rows = new TaskRows(pairs, torch.CPU);
        var location = new NodeLocation(0, NodeSite.AttnV);
        float[]? value = null;
        double Loss(int at, float by)
        {
            using var scope = torch.NewDisposeScope();
            var logits = model.Model.Forward(rows.Tokens, rows.Positions, (where, v) =>
            {
                if (where != location) return v;
                value ??= v.Values<float>();
                var moved = v.Values<float>();
                moved[at] += by;
                return torch.tensor(moved, v.shape);
            });
            return rows.Loss(logits, wholeVocabulary: false).ToDouble() * rows.Count;
        }
        Loss(0, 0);
        var (mean, width) = (model.Mean(location).Values<float>(), model.Layout.Width(location));
        var (byMagnitude, ofPrompts) = (new double[width], new double[rows.Count, width]);
        const float h = 1e-2f;
        for (var i = 0; i < value!.Length; i++)
        {
            var attribution = (value[i] - mean[i % width]) * (Loss(i, h) - Loss(i, -h)) / (2 * h);
            byMagnitude[i % width] += Math.Abs(attribution) / rows.Count;
            ofPrompts[i / (value.Length / rows.Count), i % width] += attribution;
        }
        for (var c = 0; c < width; c++)
        {
            Near(c, byMagnitude[c], model.Layout.Slice<float>(magnitudes, location)[c]);
            Near(
                c, Enumerable.Range(0, rows.Count).Average(row => Math.Abs(ofPrompts[row, c])),
                model.Layout.Slice<float>(sums, location)[c]);
        }

        static void Near(int channel, double expected, double actual) =>
            Assert.True(Math.Abs(expected - actual) < 2e-3 + (0.02 * expected), $"channel {channel}: {actual} against {expected}");
    }

    [Fact]
    public void Attributions_do_not_depend_on_how_prompts_fall_into_batches()
    {
        using var model = PlantedCircuit.Model();
        var pairs = PlantedCircuit.Pairs(8, 3);
        using var all = new TaskData(_ => pairs, 16, torch.CPU);
        var expected = new double[model.Layout.Count];
        foreach (var pair in pairs)
        {
            using var one = new TaskData(_ => [pair], 16, torch.CPU);
            var (magnitudes, sums) = Attribute(model, one);
            for (var i = 0; i < expected.Length; i++) expected[i] += (magnitudes[i] + sums[i]) / (double)pairs.Count;
        }
        var actual = Attribute(model, all);
        for (var i = 0; i < expected.Length; i++) Assert.Equal(expected[i], actual.Magnitudes[i] + actual.Sums[i], 1e-5);
    }

    [Fact]
    public void The_signed_ranking_is_written_where_large_attributions_of_nodes_beside_the_circuit_cancel()
    {
        // The first token is the answer. As many + as − follow it, and cancel: by magnitude the nodes that copy those come first.
        var pairs = Pairs(i =>
        {
            int[] filler = [.. Enumerable.Range(0, 6).Select(t => 3 + ((t + i) % 2)), 5];
            return ([1, .. filler], [2, .. filler]);
        });
        using var model = CopyingModel.Of(pairs, (0, 3, 2), (2, 4, 2));
        var (magnitudes, sums) = Rankings(model, pairs, out var written);
        // Each way in and out of attention is an edge: two where the cancelling one is left out.
        Assert.Equal((4, 2), (magnitudes.Edges, sums.Edges));
        Assert.Equal(sums.Scores, written);
        Assert.NotEqual(magnitudes.Scores, written);
    }

    [Fact]
    public void The_ranking_by_magnitudes_is_written_where_the_attributions_of_the_smallest_circuit_cancel_in_part()
    {
        // Four tokens say the answer and three the other one: channel 0 is enough. The last token says it too, through three v channels of
        // which one is against it, and which have larger sums each.
        var pairs = Pairs(_ => ([1, 1, 1, 1, 2, 2, 2, 3], [2, 2, 2, 2, 1, 1, 1, 4]));
        using var model = CopyingModel.Of(pairs, (0, 3, 1.25f), (2, 4, 1.5f), (2, 6, 1.5f), (2, 7, -2));
        var (magnitudes, sums) = Rankings(model, pairs, out var written);
        Assert.Equal((2, 5), (magnitudes.Edges, sums.Edges));
        Assert.Equal(magnitudes.Scores, written);
        Assert.NotEqual(sums.Scores, written);
    }

    private static TokenizedPair[] Pairs(Func<int, (int[] A, int[] B)> prompts) =>
        [.. Enumerable.Range(0, 8).Select(i => new TokenizedPair(i, prompts(i).A, prompts(i).B, 10, 11))];

    /// <summary>Both rankings, with the edges of the smallest circuit of each at the target; and the one that is written.</summary>
    private static ((float[] Scores, int Edges) Magnitudes, (float[] Scores, int Edges) Sums) Rankings(
        FrozenModel model, TokenizedPair[] pairs, out float[] written)
    {
        var options = new PruningOptions { Kernels = KernelChoice.Dense };
        using var task = new TaskData(_ => pairs, 16, torch.CPU);
        var (magnitudes, sums) = Attribute(model, task, options);
        written = Rank(model, task, options).Scores;
        return ((magnitudes, Edges(magnitudes)), (sums, Edges(sums)));

        int Edges(float[] scores) => Enumerable.Range(1, scores.Length)
            .Select(k => CircuitProbe.Run(model, task, NodeRanking.Order(scores), k, options, new TestContext("")))
            .First(probe => BisectionPlan.Reaches(probe, options.SelectionLoss)).Edges;
    }
}
