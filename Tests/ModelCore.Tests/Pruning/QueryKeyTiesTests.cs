using Sweeps.ModelCore.Pruning;
using Sweeps.ModelCore.Tests.Jobs;
using Sweeps.ModelCore.Tests.Torch;
using TorchSharp;

namespace Sweeps.ModelCore.Tests.Pruning;

public sealed class QueryKeyTiesTests : TorchTest
{
    private static readonly NodeLayout _layout = new(PlantedCircuit.Config);
    private static readonly int[] _owners = QueryKeyTies.Owners(_layout);
    private static readonly int _query = _layout.Offset(new(0, NodeSite.AttnQ)), _key = _layout.Offset(new(0, NodeSite.AttnK));

    [Fact]
    public void A_key_has_the_mask_of_the_query_channel_that_it_is_multiplied_with_and_others_their_own()
    {
        var width = _layout.Width(new(0, NodeSite.AttnK));
        for (var node = 0; node < _owners.Length; node++)
            Assert.Equal(node >= _key && node < _key + width ? node - _key + _query : node, _owners[node]);
    }

    [Fact]
    public void Tied_nodes_stand_next_to_each_other_even_among_equals()
    {
        var tau = new float[_layout.Count];
        Array.Fill(tau, 1f); // the bound of τ, where many end
        var order = NodeRanking.Order(tau, _owners);
        for (var channel = 0; channel < _layout.Width(new(0, NodeSite.AttnK)); channel++)
            Assert.Equal(Array.IndexOf(order, _query + channel) + 1, Array.IndexOf(order, _key + channel));
    }

    [Theory]
    [InlineData(PruningMethod.Learned)]
    [InlineData(PruningMethod.Attribution)]
    public void Tied_masks_are_equal_when_the_pruning_ends_and_move_like_others(PruningMethod method)
    {
        var root = Directory.CreateTempSubdirectory("sweeps-").FullName;
        using var model = PlantedCircuit.Model();
        using var task = new TaskData(split => PlantedCircuit.Pairs(32, (ulong)split), 16, torch.CPU);
        var job = PlantedCircuit.Job with
        {
            Options = new PruningOptions { Steps = 20, BatchPairs = 16, TieQueryKey = true },
            Method = method,
            Hyperparameters = new PruningHyperparameters { KCoef = 3e-3, Lr = 0.05, InitNoiseBias = 0.3, InitNoiseScale = 0.1 },
        };
        var store = new ArtifactStore(root);
        var context = new TestContext(root);
        var result = method == PruningMethod.Learned
            ? new NodePruning(job, context, store, model, task).Run()
            : new AttributionRanking(job, context, store, model, task).Run();
        var tau = MaskFile.Load(store.Verify(result.Masks), model.Layout, PlantedCircuit.None.Sha256);
        Directory.Delete(root, recursive: true);
        Assert.Equal(tau.AsSpan(_query, 16).ToArray(), tau.AsSpan(_key, 16).ToArray());
        Assert.True(tau.AsSpan(_query, 16).ToArray().Distinct().Count() > 8);
    }
}
