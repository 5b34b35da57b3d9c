using Sweeps.ModelCore.Importing;
using Sweeps.ModelCore.Model;
using Sweeps.ModelCore.Pruning;
using Sweeps.ModelCore.Tests.Model;
using Sweeps.ModelCore.Tests.Torch;

namespace Sweeps.ModelCore.Tests.Importing;

/// <summary>A circuit in the layout of OpenAI's, which PyTorch wrote (Tests/Reference/checkpoints/make.py).</summary>
public sealed class VizDataTests : TorchTest
{
    private static string Root => Path.Combine(GoldenModel.Root(), "..", "checkpoints");

    private static string File => Path.Combine(Root, "viz", "whole", "single_double_quote_beeg3", "prune_v4", "k_optim", "viz_data.pt");

    private static ModelConfig Model => OpenAiCheckpoint.ReadConfig(Path.Combine(Root, "whole", "beeg_config.json"));

    [Fact]
    public void Its_nodes_are_at_the_eight_sites_and_at_the_last_norm()
    {
        var published = VizData.Load(File);
        Assert.True(published.HasFinalResid);
        Assert.DoesNotContain(new NodeLocation(0, NodeSite.AttnQ), published.Channels.Keys);
        Assert.Equal(2 * NodeLocation.Sites.Count, published.Channels.Count); // the ninth of the last layer for the empty one
        Assert.All(published.Channels, at => Assert.Equal(Model.Width(at.Key.Site) / 4, at.Value.Length));
        var kept = published.Kept(new NodeLayout(Model, finalResid: true));
        Assert.Equal(published.Channels.Values.Sum(channels => channels.Length), kept.Count(k => k));
        foreach (var (at, channels) in published.Channels)
            Assert.All(channels, channel => Assert.True(kept[new NodeLayout(Model, finalResid: true).Offset(at) + channel]));
    }

    [Fact]
    public void Its_losses_are_of_one_prompt_and_its_samples_end_at_their_last_token()
    {
        var published = VizData.Load(File);
        Assert.Equal(0.75, published.CircuitLoss);
        var (first, second) = published.Prompts!.Value;
        Assert.Equal((6, 6), (first.Count, second.Count));
        Assert.All(first.Concat(second), prompt => Assert.InRange(prompt.Length, 5, 11));
        Assert.All(first.Concat(second), prompt => Assert.NotEqual(0, prompt[^1]));
    }

    [Fact]
    public void A_model_without_such_nodes_is_told_which()
    {
        var published = VizData.Load(File);
        Refused("has nodes at final_resid, where the model has none", new NodeLayout(Model));
        Refused("has nodes at 1.", new NodeLayout(Model with { NLayer = 1 }, finalResid: true));
        Refused(": expected channels 0 to 7", new NodeLayout(Model with { DMlp = 8 }, finalResid: true));

        void Refused(string expected, NodeLayout layout) =>
            Assert.Contains(expected, Assert.Throws<InvalidDataException>(() => published.Kept(layout)).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Another_file_of_tensors_is_no_circuit() => Assert.Contains(
        "is no published circuit: it has no circuit_data",
        Assert.Throws<InvalidDataException>(() => VizData.Load(Path.Combine(Root, "whole", "final_model.pt"))).Message,
        StringComparison.Ordinal);
}
