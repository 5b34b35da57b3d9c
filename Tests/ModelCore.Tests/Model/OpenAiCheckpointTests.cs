using Sweeps.ModelCore.Kernels;
using Sweeps.ModelCore.Model;
using Sweeps.ModelCore.Pruning;
using Sweeps.ModelCore.Tests.Torch;
using TorchSharp;
using static TorchSharp.torch;

namespace Sweeps.ModelCore.Tests.Model;

/// <summary>The four reference models give the values of OpenAI's own code.</summary>
public sealed class OpenAiCheckpointTests : TorchTest
{
    [Theory]
    [MemberData(nameof(GoldenModel.All), MemberType = typeof(GoldenModel))]
    public void Logits_and_loss_are_those_of_the_released_code(string name)
    {
        using var golden = new GoldenModel(name);
        GoldenModel.AssertClose(golden.Expected("logits"), golden.Model.Forward(golden.Input("idx")), "logits");
        GoldenModel.AssertClose(golden.Expected("short_logits"), golden.Model.Forward(golden.Input("short_idx")), "short logits");
        GoldenModel.AssertClose(golden.Expected("loss"), golden.Model.Loss(golden.Input("idx"), golden.Input("targets")), "loss");
    }

    [Theory]
    [MemberData(nameof(GoldenModel.All), MemberType = typeof(GoldenModel))]
    public void Every_stored_activation_is_seen_at_its_hook(string name)
    {
        using var golden = new GoldenModel(name);
        var expected = golden.Tensors("activations.pt");
        var seen = new List<string>();
        golden.Model.Forward(
            golden.Input("idx"),
            node: (location, value) =>
            {
                Compare(location.Name, value);
                return value;
            },
            tap: (what, value) =>
            {
                Compare(what, value);
                return value;
            });
        Assert.Equal(expected.Keys.Order(), seen.Order());

        void Compare(string what, Tensor value)
        {
            seen.Add(what);
            GoldenModel.AssertClose(expected[what], value, what);
        }
    }

    [Theory]
    [MemberData(nameof(GoldenModel.All), MemberType = typeof(GoldenModel))]
    public void The_masked_run_gives_the_stored_logits_and_task_loss(string name)
    {
        using var golden = new GoldenModel(name);
        var (masks, means) = golden.Gates();
        using var frozen = new FrozenModel(golden.Model, means);
        GoldenModel.AssertClose(
            golden.Expected("masked_logits"), frozen.Logits(golden.Input("idx"), null, Joined(frozen, masks)), "masked logits");
        GoldenModel.AssertClose(golden.Expected("masked_task_loss"), TaskLoss(golden, frozen, masks), "masked task loss");
    }

    [Theory]
    [MemberData(nameof(GoldenModel.WithGradients), MemberType = typeof(GoldenModel))]
    public void Parameter_gradients_are_those_of_the_released_code(string name)
    {
        using var golden = new GoldenModel(name);
        golden.Model.Loss(golden.Input("idx"), golden.Input("targets")).backward();
        var expected = golden.Tensors("grads.pt").ToDictionary();
        // A wpe of zeros that is added to the residual has a gradient there; no released model uses it, and it is no parameter here.
        if (golden.Model.Config.DPosEmb == 0) expected.Remove("transformer.wpe.weight");
        // The released code looks the table up with padding_idx = -1, so the row of the last token, end of text, gets no gradient there.
        // Here it learns too.
        if (expected.Remove("bigram_table", out var table))
        {
            var rows = golden.Model.Config.VocabSize - 1;
            Assert.Equal(0, table.narrow(0, rows, 1).count_nonzero().ToInt32());
            GoldenModel.AssertClose(table.narrow(0, 0, rows), golden.Model["bigram_table"].grad!.narrow(0, 0, rows), "bigram_table");
        }
        foreach (var (parameter, gradient) in expected) GoldenModel.AssertClose(gradient, golden.Model[parameter].grad!, parameter);
        Assert.Equal(golden.Model.Parameters.Select(p => p.Name).Except(["bigram_table"]).Order(), expected.Keys.Order());
    }

    [Theory]
    [MemberData(nameof(GoldenModel.WithGradients), MemberType = typeof(GoldenModel))]
    public void Mask_gradients_are_those_of_the_released_code(string name)
    {
        using var golden = new GoldenModel(name);
        var (masks, means) = golden.Gates();
        using var frozen = new FrozenModel(golden.Model, means);
        TaskLoss(golden, frozen, masks).backward();
        var stored = golden.Tensors("masked.pt");
        foreach (var (location, mask) in masks)
            GoldenModel.AssertClose(stored[$"grad.{location}"], mask.grad!, $"gradient of the mask of {location}");
    }

    [Fact]
    public void A_config_this_code_cannot_run_is_refused_by_its_key()
    {
        using var golden = new GoldenModel("plain");
        var folder = Directory.CreateTempSubdirectory().FullName;
        var path = Path.Combine(folder, "beeg_config.json");
        var text = File.ReadAllText(Path.Combine(golden.Folder, "beeg_config.json"));
        Refused("\"tied_unembed\": false", "\"tied_unembed\": true", "tied_unembed");
        Refused("\"activation_type\": \"gelu\"", "\"activation_type\": \"relu\"", "activation_type");
        Refused("attn_in,", "resid_pre,", "resid_pre");
        Refused("\"n_layer\": 2", "\"n_layer\": 0", "n_layer");
        Directory.Delete(folder, recursive: true);

        void Refused(string from, string to, string key)
        {
            Assert.Contains(from, text, StringComparison.Ordinal);
            File.WriteAllText(path, text.Replace(from, to, StringComparison.Ordinal));
            Assert.Contains(
                key, Assert.Throws<InvalidDataException>(() => OpenAiCheckpoint.ReadConfig(path)).Message, StringComparison.Ordinal);
        }
    }

    // Through the positions argument: the values must not depend on computing one position per sequence only.
    private static Tensor TaskLoss(GoldenModel golden, FrozenModel frozen, Dictionary<NodeLocation, Tensor> masks) =>
        Functions.cross_entropy(
        frozen.Logits(golden.Input("idx"), golden.Input("task_positions"), Joined(frozen, masks)), golden.Input("task_tokens"));

    private static Tensor Joined(FrozenModel frozen, Dictionary<NodeLocation, Tensor> masks) =>
        torch.cat([.. frozen.Layout.Locations.Select(at => masks[at])]);
}
