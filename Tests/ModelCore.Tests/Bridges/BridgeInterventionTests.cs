using Sweeps.ModelCore.Bridges;
using Sweeps.ModelCore.Data;
using Sweeps.ModelCore.Model;
using Sweeps.ModelCore.Tasks;
using Sweeps.ModelCore.Tests.Model;
using Sweeps.ModelCore.Tests.Torch;
using TorchSharp;
using static TorchSharp.torch;

namespace Sweeps.ModelCore.Tests.Bridges;

public sealed class BridgeInterventionTests : TorchTest
{
    private static readonly ModelConfig _shape = TinyModel.Config with { ActivationFraction = 1 };

    private static readonly BridgeInterventionOptions _options = new()
    {
        Steps = 4,
        RandomDraws = 8,
        ChannelDraws = 4,
        ShuffleDraws = 4,
        Together = [1, 2],
    };

    // Of different lengths, each pair's two equally long and alike in the last token.
    private static readonly TokenizedPair[] _pairs =
    [
        new(0, [1, 2, 3, 4, 5, 6], [7, 2, 3, 8, 5, 6], 9, 10),
        new(1, [3, 1, 4, 1], [5, 9, 2, 1], 9, 10),
        new(2, [2, 7, 1, 8, 2], [2, 7, 3, 8, 2], 8, 10),
    ];

    private static IReadOnlyDictionary<ValueLocation, BridgeReference> References(
        Transformer dense, Transformer sparse, params ValueLocation[] sites)
    {
        using Tensor tokens = TinyModel.Tokens(1, 20, 6);
        return BridgeReference.Of(dense, sparse, sites, [new TokenBatch(tokens.Values<long>(), tokens.Values<long>(), 20, 6)]);
    }

    private static BridgeChanges Changes(
        Transformer dense, Transformer sparse, BridgeSet bridges, IReadOnlyDictionary<ValueLocation, BridgeReference> references,
        InterventionPlace where = InterventionPlace.Read) =>
        new(dense, sparse, bridges.All.ToDictionary(bridge => bridge.Site, bridge => bridge.DecoderWeight), references, where);

    private static void Dispose(IReadOnlyDictionary<ValueLocation, BridgeReference> references)
    {
        foreach (var reference in references.Values) reference.Dispose();
    }

    [Theory]
    [InlineData("0.attn.act_in", 3)]
    [InlineData("0.mlp.act_in", 0)]
    [InlineData("1.attn.act_in", 7)]
    [InlineData("1.mlp.act_in", 5)]
    public void Between_a_model_and_itself_a_change_at_full_strength_is_the_nodes_value_on_the_other_prompt(string at, int channel)
    {
        var node = new ReadNode(NodeLocation.Parse(at), channel);
        using var model = TinyBridges.Frozen(TinyModel.Create(_shape));
        using var bridges = TinyBridges.Identity(_shape);
        using var rows = new PresentedRows(_pairs, presentsA: true, torch.CPU);
        var references = References(model, model, node.Site);
        var changes = Changes(model, model, bridges, references);
        var difference = changes.Differences(rows, [node])[node];
        var change = new Dictionary<NodeLocation, Tensor> { [node.Location] = difference.unsqueeze(2) * changes.Direction(node) };
        var found = changes.Logits(rows, change, 1);

        // The node set, prompt by prompt, without padding.
        foreach (var (row, pair) in _pairs.Index())
        {
            Tensor tokens = Ids(pair.PromptA), others = Ids(pair.PromptB);
            Tensor? other = null;
            model.Forward(others, node: (location, value) =>
            {
                if (location == node.Location) other = value.clone().DetachFromDisposeScope();
                return value;
            });
            using var values = other!;
            var expected = model.Forward(tokens, node: (location, value) =>
                location == node.Location ? NodeChoice.With(value, values, channel) : value).select(1, pair.PromptA.Count - 1);
            Assert.True((expected - found[row]).abs().max().ToDouble() < 1e-5);
            Assert.True((expected - model.Forward(tokens).select(1, pair.PromptA.Count - 1)).abs().max().ToDouble() > 1e-3);
        }
        Dispose(references);

        static Tensor Ids(IReadOnlyList<int> prompt) => torch.tensor(prompt.Select(id => (long)id).ToArray(), [1, prompt.Count]);
    }

    [Fact]
    public void A_change_of_a_residual_is_in_its_units_and_later_sublayers_see_it()
    {
        using var models = new TinyBridges(new BridgeOptions { EncoderFraction = 0.5 }, ScalarType.Float32);
        TinyBridges.Frozen(models.Sparse);
        var node = new ReadNode(NodeLocation.Parse("1.attn.act_in"), 2);
        using var rows = new PresentedRows(_pairs, presentsA: false, torch.CPU);
        var references = References(models.Dense, models.Sparse, node.Site);
        var changes = Changes(models.Dense, models.Sparse, models.Bridges, references, InterventionPlace.Residual);
        var difference = changes.Differences(rows, [node])[node];
        var change = new Dictionary<NodeLocation, Tensor> { [node.Location] = difference.unsqueeze(2) * changes.Direction(node) };
        var found = changes.Logits(rows, change, 0.5);

        var sizes = models.Sparse.ValueAt(node.Site, TinyModel.Tokens(1, 20, 6)).square().mean().sqrt().ToDouble();
        var gain = models.Sparse["transformer.h.1.ln_1.weight"][2].ToDouble();
        var column = models.Bridges.All[2].DecoderWeight.select(1, 2);
        var expected = models.Dense.Forward(rows.Tokens, rows.Positions, tap: (name, value) =>
            name == "1.resid_in" ? value + (difference.unsqueeze(2) * column * (0.5 * sizes / gain)) : value);
        Assert.True((expected - found).abs().max().ToDouble() < 1e-5);
        Dispose(references);
    }

    [Fact]
    public void The_upper_bound_at_the_first_residual_is_the_other_prompt()
    {
        using var models = new TinyBridges(new BridgeOptions { EncoderFraction = 0.5 }, ScalarType.Float32);
        TinyBridges.Frozen(models.Sparse);
        ReadNode[] nodes = [new(NodeLocation.Parse("0.attn.act_in"), 2), new(NodeLocation.Parse("1.mlp.act_in"), 1)];
        using var rows = new PresentedRows(_pairs, presentsA: true, torch.CPU);
        var references = References(models.Dense, models.Sparse, [.. nodes.Select(node => node.Site)]);
        var changes = Changes(models.Dense, models.Sparse, models.Bridges, references, InterventionPlace.Residual);
        var runs = 0;
        var lines = new BridgeInterventions(changes, rows, _options, 3, () => runs++).Lines(nodes, _ => [0, 1, 2, 3]);
        Assert.Equal(BridgeInterventions.Runs(_options with { ChannelDraws = 3 }, 2), runs);
        var bound = Assert.Single(lines, line => line.Kind == BridgeLineKind.UpperBound);
        var (whole, two) = rows.Probabilities(models.Dense.Forward(rows.Others, rows.Positions));
        Assert.Equal(whole.Average(), bound.Points[^1].Whole.Mean, 1e-5);
        Assert.Equal(two.Average(), bound.Points[^1].AmongTwo.Mean, 1e-5);

        Assert.Equal(
            [BridgeLineKind.Nodes, BridgeLineKind.Nodes, BridgeLineKind.Random, BridgeLineKind.Channels, BridgeLineKind.Shuffled,
                BridgeLineKind.UpperBound],
            lines.Select(line => line.Kind));
        Assert.Equal(["0.attn.act_in:2", "1.mlp.act_in:1"], lines[1].Nodes);
        var (unchanged, _) = rows.Probabilities(models.Dense.Forward(rows.Tokens, rows.Positions));
        Assert.All(lines, line =>
        {
            Assert.Equal([0, 0.25, 0.5, 0.75, 1], line.Points.Select(point => point.Strength));
            Assert.Equal(unchanged.Average(), line.Points[0].Whole.Mean, 1e-6);
            Assert.All(line.Points, point => Assert.True(point.Whole.Low <= point.Whole.High));
        });
        // Controls depend on the seed, and nothing else does but the intervals.
        var others = new BridgeInterventions(changes, rows, _options, 4, () => { }).Lines(nodes, _ => [0, 1, 2, 3]);
        Assert.Equal(lines[0].Points[^1].Whole.Mean, others[0].Points[^1].Whole.Mean);
        Assert.NotEqual(lines[2].Points[^1].Whole.Mean, others[2].Points[^1].Whole.Mean);
        Dispose(references);
    }

    [Fact]
    public void Nodes_are_ranked_by_what_they_do_alone()
    {
        using var model = TinyBridges.Frozen(TinyModel.Create());
        using var rows = new PresentedRows(_pairs, presentsA: true, torch.CPU);
        ReadNode[] nodes = [.. Enumerable.Range(0, 8).Select(channel => new ReadNode(NodeLocation.Parse("1.mlp.act_in"), channel))];
        var ranked = NodeChoice.Rank(model, rows, nodes);
        Assert.Equal(8, ranked.Select(one => one.Node).Distinct().Count());
        Assert.Equal(ranked.Select(one => Math.Abs(one.Effect)).OrderDescending(), ranked.Select(one => Math.Abs(one.Effect)));
        Assert.True(Math.Abs(ranked[0].Effect) > 0);
        // A channel that attention alone writes does nothing where the two prompts are the same.
        using var same = new PresentedRows([.. _pairs.Select(pair => pair with { PromptB = pair.PromptA })], presentsA: true, torch.CPU);
        Assert.All(NodeChoice.Rank(model, same, nodes), one => Assert.Equal(0, one.Effect));
    }

    [Fact]
    public void A_ridge_bridge_solves_its_normal_equations()
    {
        using var models = new TinyBridges(new BridgeOptions { EncoderFraction = 0.5 }, ScalarType.Float32);
        var site = ValueLocation.Parse("1.resid_mid");
        var references = References(models.Dense, TinyBridges.Frozen(models.Sparse), site);
        var tokens = TinyModel.Tokens(1, 20, 6);
        Tensor s = Centred(models.Sparse), d = Centred(models.Dense);
        var covariance = s.t().mm(s) / 120;
        // λ is relative to the mean variance; counts cancel.
        var lambda = 0.1 * covariance.diagonal().mean().ToDouble();
        var left = references[site].Decoder(0.1).to(ScalarType.Float64).mm(
            covariance + torch.eye(8, dtype: ScalarType.Float64) * lambda);
        Assert.True((left - d.t().mm(s) / 120).abs().max().ToDouble() < 1e-5);
        Assert.Equal(
            models.Dense.ValueAt(site, tokens).square().mean().sqrt().ToDouble(), references[site].DenseRms, 1e-5);
        Dispose(references);

        Tensor Centred(Transformer model)
        {
            var x = model.ValueAt(site, tokens).reshape(120, -1).to(ScalarType.Float64);
            return x - x.mean([0], keepdim: true);
        }
    }
}
