using Sweeps.ModelCore.Model;
using Sweeps.ModelCore.Pruning;
using Sweeps.ModelCore.Tests.Data;
using Sweeps.ModelCore.Tests.Torch;
using TorchSharp;
using static TorchSharp.torch;

namespace Sweeps.ModelCore.Tests.Model;

/// <summary>
/// Models in OpenAI's layout whose configs leave out, rename or add what the four reference models have.
/// Tests/Reference/checkpoints/make.py made them.
/// </summary>
public sealed class ReleasedLayoutTests : TorchTest
{
    public static TheoryData<string> All => ["n_mlp", "additive", "dense_bfloat16", "dense_float16"];

    [Theory]
    [MemberData(nameof(All))]
    public void Logits_and_loss_are_those_of_the_released_code(string name)
    {
        using var golden = Golden(name);
        GoldenModel.AssertClose(golden.Expected("logits"), golden.Model.Forward(golden.Input("idx")), "logits");
        GoldenModel.AssertClose(golden.Expected("short_logits"), golden.Model.Forward(golden.Input("short_idx")), "short logits");
        GoldenModel.AssertClose(golden.Expected("loss"), golden.Model.Loss(golden.Input("idx"), golden.Input("targets")), "loss");
        using var noGradient = no_grad();
        GoldenModel.AssertClose(
            golden.Expected("loss"), golden.Model.Loss(golden.Input("idx"), golden.Input("targets")), "loss without a graph");
    }

    [Fact]
    public void What_a_config_leaves_out_has_the_released_code_s_default()
    {
        using var renamed = Golden("n_mlp");
        Assert.Equal(
            (24, 8, false, false),
            (renamed.Model.Config.DMlp, renamed.Model.Config.DHead, renamed.Model.Config.AttentionSink, renamed.Model.Config.BigramTable));
        using var dense = Golden("dense_bfloat16");
        Assert.Equal(
            (4, 1.0, 0), (dense.Model.Config.NLayer, dense.Model.Config.ActivationFraction, dense.Model.Config.ActivationSites.Count));
        Assert.All(dense.Model.Parameters, p => Assert.Equal((ScalarType.Float32, DeviceType.CPU), (p.Value.dtype, p.Value.device_type)));
    }

    [Fact]
    public void Positions_that_are_added_get_the_gradient_of_the_embeddings_that_they_are_added_to()
    {
        using var golden = Golden("additive");
        Assert.True(golden.Model.Config.AdditivePositions);
        var loss = golden.Model.LossAndGradients(golden.Input("idx"), golden.Input("targets"));
        Assert.Equal(golden.Expected("loss").ToDouble(), loss, 1e-4);
        // Both tables sum the gradients of the same residual, one by tokens and one by positions.
        var idx = golden.Input("idx");
        var (byToken, byPosition) = (golden.Model["transformer.wte.weight"].grad!, golden.Model["transformer.wpe.weight"].grad!);
        GoldenModel.AssertClose(byToken.sum([0]), byPosition.sum([0]), "the sum over all tokens and over all positions", 1e-5);
        Assert.Equal(idx.size(1), byPosition.abs().sum([1]).count_nonzero().ToInt64());
    }

    [Fact]
    public void Nodes_of_a_model_that_adds_positions_are_ablated_without_the_engine()
    {
        using var golden = Golden("additive");
        var means = NodeLocation.All(golden.Model.Config.NLayer).ToDictionary(at => at, at => zeros([golden.Model.Config.Width(at.Site)]));
        using var frozen = new FrozenModel(golden.Model, means);
        Assert.Null(frozen.Engine(KernelChoice.Auto));
        Assert.Contains(
            "additive_positions", Assert.Throws<JobInputException>(() => frozen.Engine(KernelChoice.Sparse)).Message,
            StringComparison.Ordinal);
        GoldenModel.AssertClose(
            golden.Expected("logits"), frozen.Logits(golden.Input("idx"), null, ones([means.Values.Sum(mean => mean.numel())])),
            "logits of all nodes");
    }

    [Fact]
    public void A_model_that_adds_positions_is_the_same_after_it_was_written_and_read()
    {
        using var golden = Golden("additive");
        using var folder = new TemporaryFolder();
        var path = Path.Combine(folder.Path, "model.safetensors");
        using (var stream = File.Create(path)) ModelFile.Save(stream, golden.Model);
        using var read = ModelFile.Load(path);
        Assert.True(read.Config.AdditivePositions);
        GoldenModel.AssertClose(golden.Expected("logits"), read.Forward(golden.Input("idx")), "logits");
    }

    [Theory]
    [InlineData(
        "\"n_head\": 2", "\"n_head\": 2, \"d_head\": 4",
        "n_head is 2 and d_head 4, which makes 8 channels for all heads together: expected d_model, 16")]
    [InlineData("\"n_head\": 2", "\"n_head\": 3", "n_head is 3: expected 1 or more that divide d_model, 16")]
    [InlineData("\"use_tied_aux_matrix\": false", "\"use_tied_aux_matrix\": true", "use_tied_aux_matrix is True")]
    [InlineData("\"n_mlp\": 24", "\"n_mlp\": 32", "transformer.h.0.mlp.c_fc.weight has shape [24, 16]: expected [32, 16]")]
    public void What_does_not_fit_is_refused_with_its_numbers(string from, string to, string expected)
    {
        using var folder = new TemporaryFolder();
        var source = Path.Combine(Root, "n_mlp");
        File.Copy(Path.Combine(source, "final_model.pt"), Path.Combine(folder.Path, "final_model.pt"));
        var text = File.ReadAllText(Path.Combine(source, "beeg_config.json"));
        Assert.Contains(from, text, StringComparison.Ordinal);
        File.WriteAllText(Path.Combine(folder.Path, "beeg_config.json"), text.Replace(from, to, StringComparison.Ordinal));
        Assert.Contains(
            expected, Assert.Throws<InvalidDataException>(() => OpenAiCheckpoint.Load(folder.Path)).Message, StringComparison.Ordinal);
    }

    private static string Root => Path.Combine(GoldenModel.Root(), "..", "checkpoints");

    private static GoldenModel Golden(string name) => new(Path.Combine("..", "checkpoints", name));
}
