using System.Text.Json;
using Sweeps.ModelCore.Data;
using Sweeps.ModelCore.Pruning;
using Sweeps.ModelCore.Tasks;
using Sweeps.ModelCore.Tests.Jobs;
using Sweeps.ModelCore.Tests.Torch;
using TorchSharp;

namespace Sweeps.ModelCore.Tests.Pruning;

public sealed class CircuitValidationTests : TorchTest
{
    private static CircuitChecks Validate(IEnumerable<(NodeLocation Location, int Channel)> nodes, string modelSha256 = "00") =>
        Run(nodes, modelSha256).Checks!;

    private static CircuitFile Run(
        IEnumerable<(NodeLocation Location, int Channel)> nodes, string modelSha256 = "00", bool cleanUp = false, bool edgesPruned = false)
    {
        var root = Directory.CreateTempSubdirectory("sweeps-").FullName;
        using var model = PlantedCircuit.Model();
        using var task = new TaskData(split => PlantedCircuit.Pairs(64, (ulong)split), 16,
            torch.CPU)
        { Variants = PlantedCircuit.Variants };
        var store = new ArtifactStore(root);
        var none = PlantedCircuit.None;
        var random = new KeyedRandom(2, "tokens");
        var tokens = store.WriteBytes(
            "tokens.bin",
            [.. Enumerable.Range(0, 600).SelectMany(_ => BitConverter.GetBytes((ushort)random.Next(PlantedCircuit.Config.VocabSize)))]);
        var circuit = PlantedCircuit.File(nodes, modelSha256) with { EdgesPruned = edgesPruned };
        var job = new ValidateJob(PlantedCircuit.Job, store.WriteBytes("circuit.json", circuit.ToBytes()))
        {
            Corpus = new CorpusArtifacts(none, none, tokens, none),
            Options = new PruningOptions { CleanUp = cleanUp },
        };
        try
        {
            var result = new CircuitValidation(
                job, new TestContext(root), store, model, task, Tokenizer.Train(["a"u8.ToArray()], 257)).Run();
            var written = CircuitFile.Load(store.Verify(result.Circuit));
            if (!cleanUp) Assert.Equal(circuit.ToBytes(), (written with { Checks = null }).ToBytes());
            var checks = written.Checks!;
            Assert.Equal(
                (result.Sufficiency, result.Necessity, result.Resample, result.Binarized),
                (checks.Sufficiency, checks.Necessity, checks.Resample, checks.Binarized));
            Assert.Equal((written.NodeCount, written.EdgeCount), (result.Nodes, result.Edges));
            Assert.Equal(
                (checks.SameLabel!.Locations.Average(at => at.Loss), checks.SameLabel.Locations.Max(at => at.Loss)),
                (result.InterchangeMean, result.InterchangeWorst));
            Assert.InRange(result.SignAccuracy!.Value, checks.Signs.Min(n => n.Accuracy), checks.Signs.Max(n => n.Accuracy));
            Assert.Equal(checks.Adversarial, result.Adversarial);
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
        Assert.InRange(result.Resample, 0, 0.1);
        Assert.Equal([0, 0.25, 0.5, 1], result.Ladder.Select(rung => rung.Fraction));
        Assert.Equal((result.Resample, 1), (result.Ladder[^1].Loss, result.Ladder[^1].Accuracy));
        Assert.InRange(result.Ladder[0].Loss, 0, result.Sufficiency + 0.01);
    }

    [Fact]
    public void Nodes_of_two_values_are_fitted_where_the_loss_depends_on_them_each_to_what_the_earlier_ones_give_it()
    {
        // The channel that is read is + or − at the first token and 0 after it. Two values do: + against all else tells the answer, once
        // the shift is fitted to it.
        var result = Validate([.. PlantedCircuit.Nodes, (new(0, NodeSite.AttnQ), 1)]);
        Assert.Equal(result.Signs.Select(s => s.Node), result.Steps.Select(s => s.Node));
        Assert.InRange(result.Binarized, 0, 0.15);
        Assert.Equal(4, result.TwoValued);
        var read = result.Steps[0];
        Assert.True(read is { Low: < 0.1f, High: > 1 } && read.Threshold < read.High, $"{read}");
        Assert.All(result.Steps, step => Assert.InRange(step.Cost, -0.1, 0.15));
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
    public void A_circuit_of_another_model_is_refused()
    {
        var error = Assert.Throws<InvalidDataException>(() => Validate(PlantedCircuit.Nodes, modelSha256: "11"));
        Assert.Contains("circuit.json is a circuit of the model 11: expected 00", error.Message);
    }

    [Fact]
    public void The_sign_of_a_node_that_carries_the_answer_tells_the_label_and_that_of_a_node_beside_it_does_not()
    {
        var signs = Validate([.. PlantedCircuit.Nodes, (new(0, NodeSite.AttnQ), 1)]).Signs;
        Assert.Equal(["0.attn.act_in:0", "0.attn.q:1", "0.attn.v:3", "0.attn.resid_delta:5"], signs.Select(s => s.Node));
        // The channel that is read is ± at the first token and 0 after it, for both labels alike; what attention brings is there at the
        // last one.
        Assert.Equal(new NodeSign("0.attn.act_in:0", SignReading.Peak, true, 1, 1, 1), signs[0]);
        Assert.Equal(SignReading.Last, signs[3].Reading);
        Assert.Equal((1, 1, 1), (signs[3].TrainAccuracy, signs[3].Accuracy, signs[3].Auc));
        Assert.True(signs[1] is { Accuracy: < 0.7, Auc: < 0.7 });
    }

    [Fact]
    public void How_a_sign_is_read_is_chosen_on_train_prompts_and_how_well_it_tells_is_that_of_test_prompts()
    {
        using var noGradient = torch.no_grad();
        using var model = PlantedCircuit.Model();
        var kept = new bool[model.Layout.Count];
        kept[model.Layout.Offset(new(0, NodeSite.AttnActIn))] = true; // + where the answer is A
        var nodes = new KeptNodes(model.Layout, kept);
        using var right = Turned(_ => false);
        using var mixed = Turned(i => i % 4 == 0);
        using var wrong = Turned(_ => true);
        Assert.Equal(new NodeSign("0.attn.act_in:0", SignReading.Peak, true, 1, 0.75, 0.75), Sign(right, mixed));
        Assert.Equal(new NodeSign("0.attn.act_in:0", SignReading.Peak, true, 0.75, 1, 1), Sign(mixed, right));
        // Which answer is positive, too: on test prompts alone it would be the other.
        Assert.Equal(new NodeSign("0.attn.act_in:0", SignReading.Peak, true, 1, 0, 0), Sign(right, wrong));
        Assert.Equal(new NodeSign("0.attn.act_in:0", SignReading.Peak, false, 1, 0, 0), Sign(wrong, right));

        NodeSign Sign(TaskRows train, TaskRows test) => Assert.Single(SignTest.Of(model, nodes, [train], [test], new TestContext("")));

        // The pairs, some with the other prompt for A.
        static TaskRows Turned(Func<int, bool> isTurned) => new(
            [
                .. PlantedCircuit.Pairs(16, 3).Select(
                    (p, i) => isTurned(i) ? p with { PromptA = p.PromptB, PromptB = p.PromptA } : p),
            ], torch.CPU);
    }

    [Fact]
    public void Pairs_are_saved_token_by_token_with_each_node()
    {
        var tokenizer = Tokenizer.Train(["a"u8.ToArray()], 257);
        var pairs = Validate(PlantedCircuit.Nodes).Pairs;
        var expected = PlantedCircuit.Pairs(64, (ulong)TaskSplit.Test);
        Assert.Equal([0, 1, 2], pairs.Select(p => p.Index));
        Assert.All(pairs.Zip(expected), p =>
        {
            Assert.Equal(p.Second.PromptA.Select(tokenizer.Display), p.First.TokensA);
            Assert.Equal(p.Second.PromptB.Select(tokenizer.Display), p.First.TokensB);
            var read = p.First.Nodes[0];
            Assert.Equal("0.attn.act_in:0", read.Node);
            Assert.True(read.A[0] > 1 && read.B[0] < -1);
            Assert.All(read.A.Skip(1).Concat(read.B.Skip(1)), v => Assert.Equal(0, v));
            Assert.All(p.First.Nodes, n => Assert.Equal((8, 8), (n.A.Count, n.B.Count)));
        });
    }

    [Fact]
    public void Exchanging_what_carries_only_the_label_costs_nothing_between_prompts_of_one_label_and_the_answer_between_the_labels()
    {
        var checks = Validate([.. PlantedCircuit.Nodes, (new(0, NodeSite.MlpPostAct), 3)]);
        var (same, other) = (checks.SameLabel!, checks.OtherLabel!);
        Assert.Equal((64, 64), (same.Prompts, other.Prompts));
        Assert.Equal(["0.attn.act_in", "0.attn.v", "0.attn.resid_delta", "0.mlp.post_act"], same.Locations.Select(at => at.Location));
        Assert.All(same.Locations, at => Assert.InRange(at.Loss, 0, same.Before + 0.02));
        Assert.All(other.Locations.SkipLast(1), at => Assert.InRange(at.Loss, 2, double.PositiveInfinity));
        Assert.InRange(other.Locations[^1].Loss, 0, other.Before + 0.02);
    }

    [Fact]
    public void What_the_circuit_predicts_of_misleading_prompts_is_measured_on_the_model_and_a_level_that_does_not_fit_says_so()
    {
        var adversarial = Validate(PlantedCircuit.Nodes).Adversarial;
        Assert.Equal([("none", 0, 64), ("opposite", 1, 64), ("opposite", 2, 0)], adversarial.Select(a => (a.Kind, a.Level, a.Prompts)));
        Assert.Equal((1, 1, 1), (adversarial[0].Predicted!.Accuracy, adversarial[0].Measured!.Accuracy, adversarial[0].Agreement));
        Assert.Equal((0, 0, 1), (adversarial[1].Predicted!.Accuracy, adversarial[1].Measured!.Accuracy, adversarial[1].Agreement));
        Assert.InRange(adversarial[1].Measured!.Loss, 2, double.PositiveInfinity);
        Assert.InRange(adversarial[1].Predicted!.Margin, double.NegativeInfinity, -2);
        Assert.Equal("too long", adversarial[2].Skipped);
        Assert.Null(adversarial[2].Measured);
    }

    [Fact]
    public void The_area_under_the_curve_is_the_fraction_of_prompts_of_two_labels_that_are_in_order()
    {
        var random = new KeyedRandom(6, "area");
        for (var trial = 0; trial < 50; trial++)
        {
            var count = 2 + random.Next(20);
            float[] values = [.. Enumerable.Range(0, count).Select(_ => (float)random.Next(5) - 2)];
            bool[] isA = [true, false, .. Enumerable.Range(2, count - 2).Select(_ => random.Next(2) == 0)];
            var both = (from a in Enumerable.Range(0, count)
                        from b in Enumerable.Range(0, count)
                        where isA[a] && !isA[b]
                        select values[a] > values[b] ? 1 : values[a] == values[b] ? 0.5 : 0).Average();
            Assert.Equal(both, SignTest.Area(values, isA), 1e-12);
        }
        Assert.Equal(0.125, SignTest.Right([1, 2, -1, 0], [false, false, true, true]), 1e-12);
        Assert.Equal(0.5, SignTest.Area([1, 2], [true, true]));
    }

    [Fact]
    public void Values_are_exchanged_only_between_prompts_of_one_length_that_are_told_apart_at_the_same_token()
    {
        using var noGradient = torch.no_grad();
        using var model = PlantedCircuit.Model();
        var kept = new bool[model.Layout.Count];
        foreach (var (at, channel) in PlantedCircuit.Nodes) kept[model.Layout.Offset(at) + channel] = true;
        var interchange = new Interchange(model, kept, new KeptNodes(model.Layout, kept), (1, 0), false, new TestContext(""));
        TokenizedPair Pair(long index, int a, int b) =>
            new(index, [1, .. Enumerable.Repeat(3 + (int)index, a)], [2, .. Enumerable.Repeat(3 + (int)index, b)], 10, 11);
        // Three of one length, of which two have a partner; one alone; one twice, which is no partner of itself.
        TokenizedPair[] pairs = [Pair(0, 7, 8), Pair(1, 7, 8), Pair(2, 7, 8), Pair(3, 9, 8), Pair(4, 8, 9), Pair(4, 8, 9)];
        Assert.Equal(4, interchange.SameLabel(pairs, new KeyedRandom(1))!.Prompts);
        Assert.Null(interchange.OtherLabel(pairs, new KeyedRandom(1)));
        Assert.Null(interchange.SameLabel(pairs[2..5], new KeyedRandom(1)));
        Assert.Equal(2, interchange.OtherLabel([.. pairs, Pair(5, 8, 8)], new KeyedRandom(1))!.Prompts);
        // The same lengths, but what tells A from B stands at the second token of one and at the third of the other.
        TokenizedPair At(int place, int filler) => new(place, [.. Prompt(place, filler, 1)], [.. Prompt(place, filler, 2)], 10, 11);
        static IEnumerable<int> Prompt(int place, int filler, int rule) => Enumerable.Range(0, 8).Select(i => i == place ? rule : filler);
        Assert.Null(interchange.SameLabel([At(1, 3), At(2, 4)], new KeyedRandom(1)));
        Assert.Equal(4, interchange.SameLabel([At(1, 3), At(2, 4), At(1, 5)], new KeyedRandom(1))!.Prompts);
    }

    [Fact]
    public void A_circuit_whose_edges_were_pruned_is_refused_as_all_its_weights_would_be_measured()
    {
        var error = Assert.Throws<InvalidDataException>(() => Run(PlantedCircuit.Nodes, edgesPruned: true));
        Assert.Contains("is a circuit whose edges were pruned: expected one of node pruning", error.Message, StringComparison.Ordinal);
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
            float[] weights = [.. numbers.Select(_ => trial % 5 == 0 ? 0 : trial % 2 == 0 ? 1 : (float)random.NextDouble())];
            var (threshold, low, high) = StepFunctions.TwoMeans(numbers, weights);
            // Where none weighs anything all weigh the same.
            var weighted = numbers.Zip(weights, (x, w) => (Number: (double)x, Weight: trial % 5 == 0 ? 1.0 : w)).ToList();
            double Squares(float t)
            {
                var halves = new[] { weighted.Where(x => x.Number <= t).ToList(), weighted.Where(x => x.Number > t).ToList() };
                return halves.Where(half => half.Count > 0).Sum(
                    half =>
                        half.Sum(x => x.Weight * Math.Pow(x.Number - (half.Sum(y => y.Weight * y.Number) / half.Sum(y => y.Weight)), 2)));
            }
            var actual = weighted.Sum(x => x.Weight * Math.Pow(x.Number - (x.Number > threshold ? high : low), 2));
            Assert.Equal(numbers.Min(Squares), actual, 1e-6);
        }
    }

    [Fact]
    public void Resampled_nodes_take_their_values_of_one_window_position_by_position_and_kept_ones_their_own()
    {
        using var noGradient = torch.no_grad();
        using var model = PlantedCircuit.Model();
        var pairs = PlantedCircuit.Pairs(4, 1);
        using var rows = new TaskRows(pairs, torch.CPU);
        var kept = new bool[model.Layout.Count];
        foreach (var (at, channel) in PlantedCircuit.Nodes) kept[model.Layout.Offset(at) + channel] = true;
        // Windows that are the prompts themselves: all nodes then have their own values, and the last rung is the whole model.
        var own = new Resampling(
            model, kept, (_, _, _) => Array.ConvertAll(rows.Tokens.Values<long>(), token => (int)token), 1, new PruningOptions(),
            new TestContext("")).Ladder([rows], [rows]);
        var whole = TaskEvaluation.Run(model, [rows], (bool[]?)null, false, KernelChoice.Dense, new TestContext(""));
        Assert.Equal(Calibration.Run(whole, 16).Loss, own[^1].Loss, 1e-6);
        // Other prompts of the same kind: what the circuit says stays, so does the answer.
        var asked = new List<(int, int)>();
        var other = new Resampling(model, kept, (count, length, random) =>
        {
            asked.Add((count, length));
            return [.. Enumerable.Range(0, count * length).Select(_ => 3 + random.Next(6))];
        }, 1, new PruningOptions(), new TestContext("")).Ladder([rows], [rows]);
        Assert.All(other, rung => Assert.Equal(1, rung.Accuracy));
        Assert.Equal(16, asked.Count(a => a == (8, (int)rows.Tokens.size(1))));
    }
}
