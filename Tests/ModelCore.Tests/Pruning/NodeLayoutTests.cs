using Sweeps.ModelCore.Pruning;

namespace Sweeps.ModelCore.Tests.Pruning;

public class NodeLayoutTests
{
    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void Every_node_has_one_place_and_every_place_one_node(bool finalResid)
    {
        var layout = new NodeLayout(new ModelConfig { NLayer = 2, DModel = 32, DHead = 8, DMlp = 40, DPosEmb = 4 }, finalResid);
        var node = 0;
        foreach (var location in layout.Locations)
        {
            Assert.Equal(node, layout.Offset(location));
            for (var channel = 0; channel < layout.Width(location); channel++) Assert.Equal((location, channel), layout.At(node++));
        }
        Assert.Equal(node, layout.Count);
        Assert.Equal((2 * ((7 * 32) + (2 * 4) + 40)) + (finalResid ? 32 : 0), layout.Count);
        Assert.All(layout.Locations, location => Assert.Equal(location, NodeLocation.Parse(location.Name)));
        Assert.Equal(finalResid, layout.HasFinalResid);
        Assert.Throws<ArgumentOutOfRangeException>(() => layout.At(node));
    }
}
