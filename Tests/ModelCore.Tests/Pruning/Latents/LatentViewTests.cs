using Sweeps.ModelCore.Autoencoders;
using Sweeps.ModelCore.Model;
using Sweeps.ModelCore.Pruning;
using Sweeps.ModelCore.Pruning.Latents;
using Sweeps.ModelCore.Tests.Torch;
using TorchSharp;
using static TorchSharp.torch;

namespace Sweeps.ModelCore.Tests.Pruning.Latents;

public sealed class LatentViewTests : TorchTest
{
    private static readonly NodeSite[] _sites =
        [NodeSite.AttnActIn, NodeSite.AttnResidDelta, NodeSite.MlpActIn, NodeSite.MlpResidDelta];

    private static readonly ModelConfig _config = new()
    {
        NLayer = 2,
        DModel = 16,
        DHead = 8,
        DMlp = 24,
        NCtx = 16,
        VocabSize = 12,
        DPosEmb = 3,
        ActivationFraction = 1,
        BigramTable = false,
    };

    private static Transformer Random(bool sink)
    {
        using var scope = torch.NewDisposeScope();
        var random = new KeyedRandom(11, "latents");
        var config = _config with { AttentionSink = sink };
        return new Transformer(config, ParameterSpec.Of(config).ToDictionary(
            spec => spec.Name,
            spec => Draw(random, spec.Kind == ParameterKind.NormGain ? 1 : 0, 0.4, [.. spec.Shape]),
            StringComparer.Ordinal));
    }

    private static Tensor Draw(KeyedRandom random, double mean, double size, params long[] shape) =>
        torch.tensor([.. Enumerable.Range(0, (int)shape.Aggregate((a, b) => a * b)).Select(
            _ => (float)(mean + (random.NextGaussian() * size)))], shape);

    private static Tensor[] Tokens()
    {
        var random = new KeyedRandom(2, "tokens");
        return [torch.tensor([.. Enumerable.Range(0, 32 * 8).Select(_ => (long)random.Next(12))], [32, 8])];
    }

    /// <summary>Channels under the name of features: F = d, D = I, no ReLU.</summary>
    private static Neurons Identity(NodeLocation at)
    {
        var width = _config.Width(at.Site);
        return new Neurons(
            new DictionaryOrigin(Neurons.Kind, ValueLocation.Parse(at.Name), ""), torch.eye(width), torch.zeros(width), width);
    }

    private static Autoencoder Features(NodeLocation at)
    {
        var (random, width, features) = (new KeyedRandom(3, at.Name), _config.Width(at.Site), 2 * _config.Width(at.Site));
        var atoms = Draw(random, 0, 1, features, width);
        return new Autoencoder(
            new DictionaryOrigin("topk", ValueLocation.Parse(at.Name), ""), new AutoencoderOptions { K = 6, Location = at.Name },
            atoms / atoms.norm(1, true), Draw(random, 0, 0.2, width), Draw(random, 0, 0.5, features, width),
            Draw(random, 0, 0.2, features), null);
    }

    private static FrozenModel View(bool sink, ReconstructionError error, Func<NodeLocation, FeatureDictionary> dictionary)
    {
        var model = Random(sink);
        var sites = NodeLocation.All(_config.NLayer).Where(at => _sites.Contains(at.Site))
            .Select(at => new LatentSite(model, dictionary(at))).ToList();
        return BasisModel.Of(model, sites, error, Tokens());
    }

    private static FrozenModel Channels(bool sink) => BasisModel.Of(Random(sink), [], ReconstructionError.Keep, Tokens());

    private static float[] Gates(int count, ulong seed)
    {
        var random = new KeyedRandom(seed, "gates");
        return [.. Enumerable.Range(0, count).Select(_ => random.Next(4) == 0 ? 0f : 1f)];
    }

    private static bool[] All(FrozenModel model) => [.. Enumerable.Repeat(true, model.Layout.Count)];

    [Theory]
    [InlineData(false, ReconstructionError.Keep)]
    [InlineData(false, ReconstructionError.Mean)]
    [InlineData(true, ReconstructionError.Keep)]
    [InlineData(true, ReconstructionError.Mean)]
    public void With_channels_as_features_nodes_edges_and_logits_are_those_of_channels_exactly(bool sink, ReconstructionError error)
    {
        using var noGradient = torch.no_grad();
        using var channels = Channels(sink);
        using var features = View(sink, error, Identity);
        using var rows = new TaskRows(PlantedCircuit.Pairs(6, 1), torch.CPU);
        Assert.Equal(channels.Layout.Count, features.Layout.Count);
        Assert.Equal(channels.Deviations, features.Deviations);
        Edge[] edges = [.. CircuitEdges.Enumerate(channels, All(channels))];
        Assert.Equal(edges, CircuitEdges.Enumerate(features, All(features)));
        var kept = torch.tensor(Gates(channels.Layout.Count, 1));
        Assert.True(Logits(channels).IsSame(Logits(features)));
        Assert.False(Logits(channels).IsSame(channels.Logits(rows.Tokens, rows.Positions, null)));

        using var ofChannels = new EdgeGates(channels, edges);
        using var ofFeatures = new EdgeGates(features, edges);
        var gates = torch.tensor(Gates(edges.Length, 2));
        var (a, b) = (Logits(channels, ofChannels.Weights(gates)), Logits(features, ofFeatures.Weights(gates)));
        if (error == ReconstructionError.Mean) Assert.True(a.IsSame(b));
        Assert.True(torch.allclose(a, b, 1e-5, 1e-5));

        Tensor Logits(FrozenModel model, Dictionary<string, Tensor>? weights = null) =>
            model.Logits(rows.Tokens, rows.Positions, kept, weights: weights);
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void With_errors_and_all_features_kept_logits_are_the_models(bool sink)
    {
        using var noGradient = torch.no_grad();
        using var view = View(sink, ReconstructionError.Keep, Features);
        using var honest = View(sink, ReconstructionError.Mean, Features);
        using var rows = new TaskRows(PlantedCircuit.Pairs(6, 1), torch.CPU);
        var whole = view.Logits(rows.Tokens, rows.Positions, null);
        var all = torch.ones(view.Layout.Count);
        Assert.Equal(Enumerable.Sum(view.Layout.Locations, view.Layout.Width), view.Layout.Count);
        Assert.True(torch.allclose(whole, view.Logits(rows.Tokens, rows.Positions, all), 1e-5, 1e-5));
        Assert.False(torch.allclose(whole, honest.Logits(rows.Tokens, rows.Positions, all), 1e-2, 1e-2));
        Assert.True(torch.allclose(whole, honest.Logits(rows.Tokens, rows.Positions, all, keepsErrors: true), 1e-5, 1e-5));

        // By way of gated edges too.
        Edge[] edges = [.. CircuitEdges.Enumerate(view, All(view))];
        using var gates = new EdgeGates(view, edges);
        var weights = gates.Weights(torch.ones(edges.Length));
        Assert.True(torch.allclose(whole, view.Logits(rows.Tokens, rows.Positions, all, weights: weights), 1e-4, 1e-4));
    }

    [Fact]
    public void With_everything_dropped_a_location_is_at_its_mean_value()
    {
        using var noGradient = torch.no_grad();
        using var channels = Channels(false);
        using var features = View(false, ReconstructionError.Mean, Features);
        using var rows = new TaskRows(PlantedCircuit.Pairs(6, 1), torch.CPU);
        var (a, b) = (None(channels), None(features));
        Assert.True(torch.allclose(a, b, 1e-4, 1e-4));

        Tensor None(FrozenModel model) => model.Logits(rows.Tokens, rows.Positions, torch.zeros(model.Layout.Count));
    }

    [Theory]
    [InlineData(false, ReconstructionError.Keep)]
    [InlineData(false, ReconstructionError.Mean)]
    [InlineData(true, ReconstructionError.Keep)]
    [InlineData(true, ReconstructionError.Mean)]
    public void To_drop_all_edges_that_read_a_node_is_to_drop_the_node(bool sink, ReconstructionError error)
    {
        using var noGradient = torch.no_grad();
        using var view = View(sink, error, Features);
        using var rows = new TaskRows(PlantedCircuit.Pairs(6, 1), torch.CPU);
        Edge[] edges = [.. CircuitEdges.Enumerate(view, All(view))];
        using var gated = new EdgeGates(view, edges);
        var whole = view.Logits(rows.Tokens, rows.Positions, torch.ones(view.Layout.Count));
        // Errors of a write are of all that is written, whatever edges are dropped.
        NodeSite[] sources = error == ReconstructionError.Keep
            ? [NodeSite.AttnActIn, NodeSite.MlpActIn]
            : [NodeSite.AttnActIn, NodeSite.AttnV, NodeSite.MlpActIn, NodeSite.MlpPostAct];
        foreach (var at in view.Layout.Locations.Where(at => sources.Contains(at.Site)))
        {
            int[] nodes = [.. Enumerable.Range(0, view.Layout.Width(at) / 2).Select(i => view.Layout.Offset(at) + (2 * i))];
            var weights = gated.Weights(torch.tensor((float[])[.. edges.Select(e => nodes.Contains(e.From) ? 0f : 1f)]));
            var byEdges = view.Logits(rows.Tokens, rows.Positions, torch.ones(view.Layout.Count), weights: weights);
            var kept = torch.tensor((float[])[.. Enumerable.Range(0, view.Layout.Count).Select(n => nodes.Contains(n) ? 0f : 1f)]);
            var byNodes = view.Logits(rows.Tokens, rows.Positions, kept);
            Assert.False(torch.allclose(whole, byNodes, 1e-3, 1e-3), at.Name);
            Assert.True(torch.allclose(byNodes, byEdges, 1e-4, 1e-4), at.Name);
        }
    }

    [Theory]
    [InlineData(ReconstructionError.Keep)]
    [InlineData(ReconstructionError.Mean)]
    public void A_circuit_with_all_its_edges_says_what_its_nodes_say(ReconstructionError error)
    {
        using var noGradient = torch.no_grad();
        using var view = View(false, error, Features);
        using var rows = new TaskRows(PlantedCircuit.Pairs(6, 1), torch.CPU);
        // No feature of a write is kept, so that no edge leads from values and neurons; kept errors hear them all the same.
        NodeSite[] writes = [NodeSite.AttnResidDelta, NodeSite.MlpResidDelta];
        var nodes = new bool[view.Layout.Count];
        foreach (var at in view.Layout.Locations)
            nodes.AsSpan(view.Layout.Offset(at), view.Layout.Width(at)).Fill(!writes.Contains(at.Site));
        Edge[] edges = [.. CircuitEdges.Enumerate(view, nodes)];
        using var gates = new EdgeGates(view, edges);
        var circuit = EdgeCircuit.Of(view.Layout, nodes, edges, [.. edges.Select(_ => true)], view.Latents);
        var weights = gates.Weights(torch.tensor(circuit.Gates(edges)));
        var byEdges = view.Logits(rows.Tokens, rows.Positions, view.Gates(circuit.Nodes), weights: weights);
        Assert.True(torch.allclose(view.Logits(rows.Tokens, rows.Positions, view.Gates(nodes)), byEdges, 1e-4, 1e-4));
    }

    [Fact]
    public void Weights_between_nodes_are_those_of_maps_seen_through_dictionaries()
    {
        using var noGradient = torch.no_grad();
        using var view = View(false, ReconstructionError.Mean, Features);
        var (read, write) = (view.Latents!.At(new(1, NodeSite.MlpActIn))!, view.Latents.At(new(0, NodeSite.AttnResidDelta))!);
        float[] map = view.Host("transformer.h.1.mlp.c_fc.weight"), atoms = read.Atoms.Values<float>();
        double Product(int row, int feature, int width) => Enumerable.Range(0, width).Sum(
            j => (double)map[(row * width) + j] * atoms[(feature * width) + j]);
        Assert.Equal(Product(5, 30, 19), read.Weight[5, 30].ToDouble(), 1e-5);
        float[] writes = view.Host("transformer.h.0.attn.c_proj.weight"), encoder = write.Encoder.Weight.Values<float>();
        Assert.Equal(
            Enumerable.Range(0, 16).Sum(j => (double)encoder[(20 * 16) + j] * writes[(j * 16) + 7]), write.Weight[20, 7].ToDouble(), 1e-5);
        Assert.Equal([24L, 38L], read.Weight.shape);
        Assert.Equal([32L, 16L], write.Weight.shape);
    }

    [Fact]
    public void Residual_edges_are_the_pairs_where_taking_one_feature_away_moves_the_other_by_a_hundredth_of_its_range()
    {
        var random = new KeyedRandom(5, "residual");
        var (x, change) = (Draw(random, 0, 1, 40, 16), Draw(random, 0, 0.05, 40, 5));
        Tensor atoms = Draw(random, 0, 0.3, 5, 16), map = Draw(random, 0, 1, 7, 16), z;
        const double epsilon = 1e-5;
        z = Pre(x) + 3;
        var expected = 0;
        for (var u = 0; u < 5; u++)
        {
            var without = Pre(x - change.narrow(1, u, 1).mm(atoms.narrow(0, u, 1)));
            for (var v = 0; v < 7; v++)
            {
                var moved = (without - Pre(x)).select(1, v).abs().max().ToDouble();
                if (moved > 0.01 * (z.select(1, v).max() - z.select(1, v).min()).ToDouble()) expected++;
            }
        }
        Assert.InRange(expected, 5, 30);
        var count = ResidualEdges.Count(
            new ResidualEdges.Written(new(0, NodeSite.AttnResidDelta), change, atoms),
            new ResidualEdges.Read(new(0, NodeSite.MlpActIn), x, map, z), epsilon);
        Assert.Equal(expected, count);

        // The norm, then the map.
        Tensor Pre(Tensor residual) => (residual / (residual.square().mean([1], keepdim: true) + epsilon).sqrt()).mm(map.t());
    }

    [Fact]
    public void A_read_is_behind_what_its_residual_already_has()
    {
        NodeLocation[] order =
        [
            new(0, NodeSite.AttnActIn), new(0, NodeSite.AttnResidDelta), new(0, NodeSite.MlpActIn), new(0, NodeSite.MlpResidDelta),
            new(1, NodeSite.AttnActIn), new(1, NodeSite.AttnResidDelta), new(1, NodeSite.MlpActIn), new(1, NodeSite.MlpResidDelta),
        ];
        foreach (var (i, read) in order.Index().Where(one => one.Index % 2 == 0))
            foreach (var (j, write) in order.Index().Where(one => one.Index % 2 == 1))
                Assert.Equal(j < i, ResidualEdges.IsBehind(read, write));
    }

    [Fact]
    public void The_edges_that_carry_the_answer_are_the_first_of_those_that_should_matter()
    {
        using var planted = PlantedCircuit.Model();
        var tokens = PlantedCircuit.Pairs(64, 9).SelectMany(p => p.PromptA.Concat(p.PromptB)).Select(t => (long)t).ToArray();
        using var model = BasisModel.Of(planted.Model, [], ReconstructionError.Keep, [torch.tensor(tokens, [128, 8])]);
        using var task = new TaskData(_ => PlantedCircuit.Pairs(16, 3), 8, torch.CPU);
        Edge[] edges = [.. CircuitEdges.Enumerate(model, All(model))];
        var order = EffectiveEdges.Order(model, task, All(model), edges, new PruningOptions(), new Jobs.TestContext(""));
        int Node(NodeSite site, int channel) => model.Layout.Offset(new NodeLocation(0, site)) + channel;
        Assert.Equal(
            [(Node(NodeSite.AttnActIn, 0), Node(NodeSite.AttnV, 3)), (Node(NodeSite.AttnV, 3), Node(NodeSite.AttnResidDelta, 5))],
            order.Take(2).Select(i => (edges[i].From, edges[i].To)).Order());
    }
}
