using Sweeps.ModelCore.Kernels;
using Sweeps.ModelCore.Pruning;
using Sweeps.ModelCore.Tasks;
using Sweeps.ModelCore.Tests.Model;
using Sweeps.ModelCore.Tests.Torch;
using TorchSharp;

namespace Sweeps.ModelCore.Tests.Pruning;

public sealed class PruningEngineTests : TorchTest
{
    public static TheoryData<string, double, bool, bool> Cases()
    {
        var cases = new TheoryData<string, double, bool, bool>();
        foreach (var config in SparseModel.Names)
            foreach (var kept in new[] { 1, 0.5, 0.05, 0 })
                foreach (var wholeVocabulary in new[] { false, true })
                    foreach (var finalResid in new[] { false, true })
                        cases.Add(config, kept, wholeVocabulary, finalResid);
        return cases;
    }

    private static FrozenModel Model(string name, bool finalResid = false)
    {
        var config = SparseModel.Config(name);
        var random = new KeyedRandom(3, name, "means");
        var means = NodeLocation.All(config.NLayer).Append(NodeLocation.FinalResid).ToDictionary(
            at =>
                at, at =>
                    torch.tensor(
                        (float[])[.. Enumerable.Range(0, config.Width(at.Site)).Select(_ => (float)random.NextGaussian() * 0.3f)]));
        return new FrozenModel(SparseModel.Create(name), means, finalResid);
    }

    // Prompts of different lengths, one of a single token.
    private static TaskRows Rows() => new(
        [
            .. Enumerable.Range(0, 11).Select(i =>
            {
                var random = new KeyedRandom(7, "pair", $"{i}");
                int[] Prompt(int length) => [.. Enumerable.Range(0, length).Select(_ => random.Next(SparseModel.VocabSize))];
                return new TokenizedPair(i, Prompt(1 + (i * 3)), Prompt(40 - (i * 2)), random.Next(25), 25 + random.Next(25));
            }),
        ], torch.CPU);

    private static float[] Gates(FrozenModel model, double kept)
    {
        var random = new KeyedRandom(11, "gates");
        return [.. Enumerable.Range(0, model.Layout.Count).Select(_ => random.NextDouble() < kept ? 1f : 0f)];
    }

    private static (double Loss, float[] ByGate) Plain(FrozenModel model, TaskRows rows, float[] gates, bool wholeVocabulary)
    {
        using var scope = torch.NewDisposeScope();
        var at = torch.tensor(gates, requires_grad: true);
        var loss = rows.Loss(model.Logits(rows.Tokens, rows.Positions, at), wholeVocabulary);
        loss.backward();
        return (loss.ToDouble(), at.grad!.Values<float>());
    }

    [Theory]
    [MemberData(nameof(Cases))]
    public void Loss_gradient_and_logits_are_those_of_the_plain_composition(
        string config, double kept, bool wholeVocabulary, bool finalResid)
    {
        using var model = Model(config, finalResid);
        using var rows = Rows();
        var engine = model.Engine(KernelChoice.Sparse)!;
        var gates = Gates(model, kept);
        var expected = Plain(model, rows, gates, wholeVocabulary);
        var actual = engine.Loss(rows, gates, wholeVocabulary);
        Assert.Equal(expected.Loss, actual.Loss, 1e-5 * Math.Abs(expected.Loss));
        var largest = expected.ByGate.Max(MathF.Abs);
        Assert.True(largest > 1e-3);
        for (var i = 0; i < gates.Length; i++)
            Assert.True(
                Math.Abs(expected.ByGate[i] - actual.ByGate[i]) <= 1e-5 * largest,
                $"node {model.Layout.At(i)}: {actual.ByGate[i]} against {expected.ByGate[i]}, largest {largest}");

        var logits = new float[rows.Count * (wholeVocabulary ? SparseModel.VocabSize : 2)];
        foreach (var open in new[] { false, true })
        {
            engine.Logits(rows, open ? [] : gates, wholeVocabulary, logits);
            using var noGradient = torch.no_grad();
            using var scope = torch.NewDisposeScope();
            var all = model.Logits(rows.Tokens, rows.Positions, open ? null : torch.tensor(gates));
            var wanted = (wholeVocabulary ? all : all.gather(1, rows.Candidates)).Values<float>();
            for (var i = 0; i < wanted.Length; i++) Assert.Equal(wanted[i], logits[i], 1e-4f);
        }
    }

    [Fact]
    public void Results_do_not_depend_on_the_number_of_threads()
    {
        using var model = Model("with options");
        using var rows = Rows();
        var gates = Gates(model, 0.5);
        var before = Threads.Get();
        try
        {
            var results = new[] { 1, 2, 3 }.Select(threads =>
            {
                Threads.Set(threads);
                return model.Engine(KernelChoice.Sparse)!.Loss(rows, gates, wholeVocabulary: false);
            }).ToList();
            Assert.All(results, result => Assert.Equal(results[0].Loss, result.Loss));
            Assert.All(results, result => Assert.Equal(results[0].ByGate, result.ByGate));
        }
        finally
        {
            Threads.Set(before);
        }
    }

    [Fact]
    public void A_dense_model_takes_dense_products_unless_it_is_told_otherwise()
    {
        using var sparse = Model("plain");
        Assert.NotNull(sparse.Engine(KernelChoice.Auto));
        Assert.Null(sparse.Engine(KernelChoice.Dense));
        using var narrowHeads = PlantedCircuit.Model();
        Assert.Null(narrowHeads.Engine(KernelChoice.Auto));
        Assert.Contains(
            "d_head is 8", Assert.Throws<JobInputException>(() => narrowHeads.Engine(KernelChoice.Sparse)).Message,
            StringComparison.Ordinal);
        using var sparseResidual = Model("residual");
        Assert.Null(sparseResidual.Engine(KernelChoice.Auto));
        Assert.Contains(
            "residual_topk", Assert.Throws<JobInputException>(() => sparseResidual.Engine(KernelChoice.Sparse)).Message,
            StringComparison.Ordinal);
    }

    [Fact]
    public void A_token_outside_the_vocabulary_is_refused()
    {
        using var model = Model("plain");
        using var rows = new TaskRows([new TokenizedPair(0, [1, 50], [1, 2], 3, 4)], torch.CPU);
        var error = Assert.Throws<ArgumentException>(() => model.Engine(KernelChoice.Sparse)!.Loss(rows, Gates(model, 1), false));
        Assert.Contains("tokens: 50, expected 0 to 49", error.Message, StringComparison.Ordinal);
    }
}
