using System.Text.Json;
using Sweeps.ModelCore.Data;
using Sweeps.ModelCore.Jobs;
using Sweeps.ModelCore.Model;
using Sweeps.ModelCore.Pruning;
using Sweeps.ModelCore.Tests.Jobs;
using Sweeps.ModelCore.Tests.Torch;
using Sweeps.ModelCore.Torch;

namespace Sweeps.ModelCore.Tests.Pruning;

public sealed class CircuitValidationTests : TorchTest
{
    private static CircuitChecks Validate(IEnumerable<(NodeLocation Location, int Channel)> nodes, string modelSha256 = "00") => Run(nodes, modelSha256).Checks!;

    private static CircuitFile Run(IEnumerable<(NodeLocation Location, int Channel)> nodes, string modelSha256 = "00", bool cleanUp = false)
    {
        var root = Directory.CreateTempSubdirectory("sweeps-").FullName;
        using var model = PlantedCircuit.Model();
        using var task = new TaskData(split => PlantedCircuit.Pairs(64, (ulong)split), 16, Device.CPU);
        var store = new ArtifactStore(root);
        var none = PlantedCircuit.None;
        var random = new KeyedRandom(2, "tokens");
        var tokens = store.WriteBytes("tokens.bin", [.. Enumerable.Range(0, 600).SelectMany(_ => BitConverter.GetBytes((ushort)random.Next(PlantedCircuit.Config.VocabSize)))]);
        var circuit = PlantedCircuit.File(nodes, modelSha256);
        var job = new ValidateJob(PlantedCircuit.Job, store.WriteBytes("circuit.json", circuit.ToBytes()))
        {
            Corpus = new CorpusArtifacts(none, none, tokens, none),
            Options = new PruningOptions { CleanUp = cleanUp },
        };
        try
        {
            var result = new CircuitValidation(job, new TestContext(root), store, model, task, Tokenizer.Train(["a"u8.ToArray()], 257)).Run();
            var written = CircuitFile.Load(store.Verify(result.Circuit));
            if (!cleanUp) Assert.Equal(circuit.ToBytes(), (written with { Checks = null }).ToBytes());
            var checks = written.Checks!;
            Assert.Equal((result.Sufficiency, result.Necessity, result.Resample, result.Binarized), (checks.Sufficiency, checks.Necessity, checks.Resample, checks.Binarized));
            Assert.Equal((written.NodeCount, written.EdgeCount), (result.Nodes, result.Edges));
            return written;
        }
        finally
        {
            Directory.Delete(root, recursive: true);
        }
    }

    [Fact]
    public void A_planted_circuit_is_sufficient_and_necessary_but_not_binary()
    {
        var result = Validate(PlantedCircuit.Nodes);
        Assert.InRange(result.Sufficiency, 0, 0.05);
        Assert.InRange(result.Necessity, 0.6, double.PositiveInfinity);
        Assert.InRange(result.Resample, 0, 0.3);
        // The channel that it reads is + or − at the first token and nothing at all others: three values, of which two must fall together.
        Assert.InRange(result.Binarized, 0.6, double.PositiveInfinity);
    }

    [Fact]
    public void Part_of_a_circuit_is_not_sufficient_and_nodes_beside_it_are_not_necessary()
    {
        Assert.InRange(Validate(PlantedCircuit.Nodes.Take(2)).Sufficiency, 0.6, double.PositiveInfinity);
        Assert.InRange(Validate([(new(0, NodeSite.MlpPostAct), 3)]).Necessity, 0, 0.05);
    }

    [Fact]
    public void The_same_seed_gives_the_same_validation()
    {
        var (first, second) = (Validate(PlantedCircuit.Nodes), Validate(PlantedCircuit.Nodes));
        Assert.Equal(JsonSerializer.Serialize(first), JsonSerializer.Serialize(second));
    }

    [Fact]
    public void Each_node_of_a_chain_is_worth_the_whole_circuit_and_a_node_beside_it_nothing()
    {
        var effects = Validate([.. PlantedCircuit.Nodes, (new(0, NodeSite.MlpPostAct), 3)]).Effects;
        Assert.Equal(["0.attn.act_in:0", "0.attn.v:3", "0.attn.resid_delta:5", "0.mlp.post_act:3"], effects.Select(e => e.Node));
        Assert.All(effects.SkipLast(1), e => Assert.InRange(e.Effect, 0.6, double.PositiveInfinity));
        Assert.InRange(effects[^1].Effect, -0.01, 0.01);
    }

    [Fact]
    public void A_circuit_of_anothermodel_is_refused()
    {
        var error = Assert.Throws<InvalidDataException>(() => Validate(PlantedCircuit.Nodes, modelSha256: "11"));
        Assert.Contains("circuit.json is a circuit of the model 11: expected 00", error.Message);
    }

    [Fact]
    public void Examples_of_a_node_are_where_it_is_most_active_one_of_a_window()
    {
        using var model = PlantedCircuit.Model();
        var kept = new bool[model.Layout.Count];
        kept[model.Layout.Offset(new(0, NodeSite.AttnActIn))] = true; // + at token 1, − at token 2, else nothing
        var tokenizer = Tokenizer.Train(["a"u8.ToArray()], 257);
        int[] windows = [5, 1, 6, 7, /**/ 4, 4, 2, 9, /**/ 3, 3, 3, 3, /**/ 1, 3, 1, 2];
        var activity = Assert.Single(new NodeExamples(model, tokenizer, kept, new TestContext("")).Find(windows, 4));
        Assert.Equal("0.attn.act_in:0", activity.Node);
        string Shown(params int[] tokens) => string.Concat(tokens.Select(tokenizer.Display));
        Assert.Equal([(Shown(5), Shown(1)), ("", Shown(1))], activity.Top.Select(e => (e.Before, e.Token)));
        Assert.Equal([(Shown(4, 4), Shown(2)), (Shown(1, 3, 1), Shown(2))], activity.Bottom.Select(e => (e.Before, e.Token)));
        Assert.All(activity.Top, e => Assert.True(e.Value > 0));
    }

    [Fact]
    public void A_clean_up_leaves_the_planted_circuit_of_one_with_nodes_beside_it()
    {
        (NodeLocation, int)[] beside = [(new(0, NodeSite.AttnQ), 1), (new(0, NodeSite.MlpPostAct), 3), (new(0, NodeSite.MlpResidDelta), 2)];
        var cleaned = Run([.. PlantedCircuit.Nodes, .. beside], cleanUp: true);
        Assert.Equal(
            PlantedCircuit.Nodes.Select(n => CircuitEdge.Node(n.Location.Name, n.Channel)),
            cleaned.Nodes.SelectMany(at => at.Channels.Select(c => CircuitEdge.Node(at.Location, c))));
        Assert.Equal((3, 2), (cleaned.NodeCount, cleaned.EdgeCount));
        Assert.InRange(cleaned.Losses.Validation, 0, cleaned.TargetLoss);
        Assert.Equal(cleaned.Losses.Test, cleaned.Checks!.Sufficiency);
        Assert.Equal(3, cleaned.Checks.Effects.Count);
    }

    [Fact]
    public void Two_means_are_those_of_the_best_of_all_splits()
    {
        var random = new KeyedRandom(4, "numbers");
        for (var trial = 0; trial < 50; trial++)
        {
            float[] numbers = [.. Enumerable.Range(0, 1 + random.Next(12)).Select(_ => (float)random.Next(6))];
            var (threshold, low, high) = StepFunctions.TwoMeans(numbers);
            double Squares(float t)
            {
                var (lower, upper) = (numbers.Where(x => x <= t).ToList(), numbers.Where(x => x > t).ToList());
                return new[] { lower, upper }.Where(half => half.Count > 0).Sum(half => half.Sum(x => Math.Pow(x - half.Average(), 2)));
            }
            var actual = numbers.Sum(x => Math.Pow(x - (x > threshold ? high : low), 2));
            Assert.Equal(numbers.Min(Squares), actual, 1e-6);
        }
    }

    [Fact]
    public void Resampled_nodes_take_their_values_of_one_token_together_and_kept_ones_their_own()
    {
        using var noGradient = torch.no_grad();
        using var model = PlantedCircuit.Model();
        using var rows = new TaskRows(PlantedCircuit.Pairs(2, 1), Device.CPU);
        var kept = new bool[model.Layout.Count];
        kept[model.Layout.Offset(new(0, NodeSite.AttnQ))] = true;
        // Token i of the bank has the value i everywhere.
        var bank = model.Layout.Locations.ToDictionary(at => at, at => torch.arange(0, 5).to(ScalarType.Float32).unsqueeze(1).expand(5, model.Layout.Width(at)).contiguous());
        var hook = new Resampling(model, kept, bank, seed: 1).Of(rows);
        var length = rows.Tokens.size(1);
        Tensor At(NodeSite site) => hook(new(0, site), torch.full([4, length, model.Layout.Width(new(0, site))], 100f));
        var (q, k) = (At(NodeSite.AttnQ), At(NodeSite.AttnK));
        Assert.True(torch.equal(q.select(2, 0), torch.full([4, length], 100f)));
        Assert.True(torch.equal(q.select(2, 1), k.select(2, 0)));
        Assert.True(torch.equal(k.select(2, 0), k.select(2, 5)));
        Assert.True(k.select(2, 0).data<float>().Distinct().Count() > 3);
    }
}
