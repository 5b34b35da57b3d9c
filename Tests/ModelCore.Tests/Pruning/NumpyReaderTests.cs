using System.Text.Json;
using Sweeps.ModelCore.Data;
using Sweeps.ModelCore.Jobs;
using Sweeps.ModelCore.Model;
using Sweeps.ModelCore.Pruning;
using Sweeps.ModelCore.Tasks;
using Sweeps.ModelCore.TensorFiles;
using Sweeps.ModelCore.Tests.Data;
using Sweeps.ModelCore.Tests.Jobs;
using Sweeps.ModelCore.Tests.Model;
using Sweeps.ModelCore.Tests.Torch;
using Sweeps.Tests;
using TorchSharp;
using static TorchSharp.torch;

namespace Sweeps.ModelCore.Tests.Pruning;

/// <summary>
/// docs/formats/reader.py reads the files that docs/formats.md describes; its values are those of OpenAI's code and ours.
/// </summary>
[Collection(TorchCollection.Name)]
public sealed class NumpyReaderTests(TinySweep sweep) : IClassFixture<TinySweep>, IDisposable
{
    private static readonly string _reader =
        Path.GetFullPath(Path.Combine(ReferenceFolder.Of(), "..", "..", "docs", "formats", "reader.py"));

    private readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    private static double[][] Logits(IEnumerable<IEnumerable<long>> prompts, params string[] files) =>
        JsonSerializer.Deserialize<double[][]>(DebianPython.Run(JsonSerializer.Serialize(prompts), [_reader, .. files]))!;

    [Theory]
    [MemberData(nameof(GoldenModel.All), MemberType = typeof(GoldenModel))]
    public void A_model_and_a_circuit_have_the_logits_of_openais_code(string name)
    {
        using var scope = torch.NewDisposeScope();
        using var golden = new GoldenModel(name);
        var (model, means) = (Saved(golden.Model), Path.Combine(_folder.Path, "means"));
        // The logits of the last position are those of the whole sequence.
        var prompts = Rows(golden.Input("idx"));
        AssertClose(golden.Expected("logits"), Logits(prompts, model));

        var (masks, replaced) = golden.Gates();
        var kept = masks.ToDictionary(mask => mask.Key, mask => Channels(mask.Value));
        Safetensors.Save(means, [.. replaced.Select(mean => (mean.Key.Name, mean.Value))]);
        var file = CircuitFileTests.Circuit with
        {
            ModelConfig = golden.Model.Config,
            Nodes = [.. kept.Select(at => new CircuitLocation(at.Key.Name, at.Value))],
            Losses = CircuitFileTests.Circuit.Losses with { Scale = 1, Shift = 0 },
        };
        var circuit = _folder.File("circuit.json", file.ToBytes());
        AssertClose(golden.Expected("masked_logits"), Logits(prompts, model, circuit, means));
    }

    [Theory]
    [MemberData(nameof(ReleasedLayoutTests.All), MemberType = typeof(ReleasedLayoutTests))]
    public void A_model_in_the_released_layout_has_the_logits_of_openais_code(string name)
    {
        using var scope = torch.NewDisposeScope();
        using var golden = new GoldenModel(Path.Combine("..", "checkpoints", name));
        var model = Saved(golden.Model);
        AssertClose(golden.Expected("logits"), Logits(Rows(golden.Input("idx")), model));
        AssertClose(golden.Expected("short_logits"), Logits(Rows(golden.Input("short_idx")), model));
    }

    [Fact]
    public void A_model_with_AbsTopK_on_the_residual_has_the_same_logits()
    {
        using var scope = torch.NewDisposeScope();
        using var model = SparseModel.Create("residual");
        var path = Saved(model);
        using (var read = ModelFile.Load(path)) Assert.True(read.Config.ResidualTopk);
        long[][] prompts = [[3, 1, 4, 1, 5, 9, 2, 6], [49, 0, 17, 8, 8, 30, 11, 2]];
        using var noGradient = torch.no_grad();
        var logits = model.Forward(torch.tensor(prompts.SelectMany(prompt => prompt).ToArray(), [2, 8]));
        AssertClose(logits, Logits(prompts, path));
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void A_circuit_of_a_run_has_the_losses_that_its_file_says(bool finalResid)
    {
        using var runner = new JobRunner();
        var job = sweep.PruneJob($"reader{finalResid}");
        job = job with { Options = job.Options with { FinalResid = finalResid } };
        var pruned = (PruneResult)runner.Run(job, new TestContext(sweep.Root));
        var probe = (ProbeResult)runner.Run(new ProbeJob(job, pruned.Masks, pruned.Nodes * 2 / 3), new TestContext(sweep.Root));
        var result = (CircuitResult)runner.Run(new CircuitJob(job, pruned.Masks, probe, [probe]), new TestContext(sweep.Root));
        var circuit = CircuitFile.Load(Path.Combine(sweep.Root, result.Circuit.Path));

        var tokenizer = Tokenizer.Load(Path.Combine(sweep.Root, "corpus"));
        var task = TaskCatalog.Get(job.Task);
        var pairs = TokenizedTask.Create(task, tokenizer, TaskSplit.Test, job.TaskSeed, job.Options.TestPairs, circuit.ModelConfig.NCtx);
        // All pairs have the tokens that the file's calibration is for.
        Assert.All(pairs, pair => Assert.Equal((circuit.Tokens.A.Id, circuit.Tokens.B.Id), (pair.TokenA, pair.TokenB)));
        var prompts = pairs.SelectMany(pair => new[] { pair.PromptA, pair.PromptB }).Select(prompt => prompt.Select(token => (long)token));
        ArtifactRef[] inputs = [circuit.Model, result.Circuit, circuit.MeanCache];
        string[] files = [.. inputs.Select(file => Path.Combine(sweep.Root, file.Path))];
        var logits = Logits(prompts, files);
        var (a, b) = (circuit.Tokens.A.Id, circuit.Tokens.B.Id);
        var loss = logits.Select((row, i) => Loss((i % 2 == 0 ? 1 : -1) * (row[a] - row[b]))).Average();
        Assert.Equal(circuit.Losses.Test, loss, 1e-5);

        static double Loss(double margin) => Math.Log(1 + Math.Exp(-margin));
    }

    private string Saved(Transformer model)
    {
        var path = Path.Combine(_folder.Path, "model");
        using var stream = File.Create(path);
        ModelFile.Save(stream, model);
        return path;
    }

    private static long[][] Rows(Tensor tokens) =>
        [.. Enumerable.Range(0, (int)tokens.size(0)).Select(row => tokens[row].data<long>().ToArray())];

    private static int[] Channels(Tensor mask)
    {
        var on = mask.detach().data<float>().ToArray();
        return [.. Enumerable.Range(0, on.Length).Where(channel => on[channel] != 0)];
    }

    private static void AssertClose(Tensor expected, double[][] actual)
    {
        using var last = expected.select(1, expected.size(1) - 1).contiguous();
        var values = last.to(ScalarType.Float64).data<double>().ToArray();
        Assert.Equal(values.Length, actual.Sum(row => row.Length));
        Assert.All(values.Zip(actual.SelectMany(row => row)), pair => Assert.Equal(pair.First, pair.Second, 1e-4));
    }
}
