using Sweeps.ModelCore.Pruning;
using Sweeps.ModelCore.Tests.Jobs;
using Sweeps.ModelCore.Tests.Torch;
using TorchSharp;

namespace Sweeps.ModelCore.Tests.Pruning;

public sealed class InterventionTests : TorchTest
{
    private static InterventionResult Run(params NodeChange[] changes)
    {
        using var model = PlantedCircuit.Model();
        using var task = new TaskData(split => PlantedCircuit.Pairs(64, (ulong)split), 16, torch.CPU);
        return new Intervention(
            model, task, PlantedCircuit.File(PlantedCircuit.Nodes, "00"), new PruningOptions(), new TestContext(".")).Run(changes);
    }

    private static NodeChange Planted(int which, NodeChangeKind kind, float value = 0) =>
        new(CircuitEdge.Node(PlantedCircuit.Nodes[which].Location.Name, PlantedCircuit.Nodes[which].Channel), kind, value);

    [Theory]
    [InlineData(0)]
    [InlineData(1)]
    [InlineData(2)]
    public void Swapping_any_node_that_carries_the_answer_turns_it_round(int node)
    {
        var found = Run(Planted(node, NodeChangeKind.Swap));
        Assert.Equal(128, found.Prompts);
        Assert.True(found.Model.AOnA > 0.9 && found.Model.AOnB < 0.1);
        Assert.Equal((1, 0), (found.Model.Accuracy, found.ChangedModel.Accuracy));
        // All that the circuit knows of the pair passes this node: it takes each prompt for the other.
        Assert.Equal(found.Circuit.AOnA, found.ChangedCircuit.AOnB, 6);
        Assert.Equal(found.Circuit.AOnB, found.ChangedCircuit.AOnA, 6);
    }

    [Fact]
    public void A_node_at_its_mean_or_at_any_number_says_the_same_of_both_prompts()
    {
        foreach (var change in new[] { Planted(2, NodeChangeKind.Mean), Planted(2, NodeChangeKind.Set, 0.3f) })
        {
            var circuit = Run(change).ChangedCircuit;
            Assert.Equal(circuit.AOnA, circuit.AOnB, 6);
        }
        Assert.True(Run(Planted(2, NodeChangeKind.Set, 5)).ChangedCircuit is { AOnA: > 0.99, AOnB: > 0.99 });
    }

    [Fact]
    public void A_node_outside_of_the_circuit_changes_the_model_and_not_the_circuit_that_has_it_at_its_mean()
    {
        var mean = new NodeChange("0.mlp.post_act:7", NodeChangeKind.Mean);
        var found = Run(mean);
        Assert.Equal(found.Circuit, found.ChangedCircuit);
        Assert.NotEqual(found.Model, found.ChangedModel);
    }

    [Fact]
    public void Changes_that_cannot_be_made_are_refused_with_what_was_expected()
    {
        Assert.Contains(
            "it has 1 layers", Assert.Throws<FormatException>(() => Run(new NodeChange("1.attn.v:3", NodeChangeKind.Mean))).Message,
            StringComparison.Ordinal);
        Assert.Contains(
            "has 16 channels", Assert.Throws<FormatException>(() => Run(new NodeChange("0.attn.v:16", NodeChangeKind.Mean))).Message,
            StringComparison.Ordinal);
        Assert.Contains(
            "expected a location, a colon and a channel",
            Assert.Throws<FormatException>(() => Run(new NodeChange("0.attn.v", NodeChangeKind.Mean))).Message, StringComparison.Ordinal);
        Assert.Contains(
            "changed 2 times",
            Assert.Throws<InvalidDataException>(() => Run(Planted(0, NodeChangeKind.Mean), Planted(0, NodeChangeKind.Swap))).Message,
            StringComparison.Ordinal);
    }
}
