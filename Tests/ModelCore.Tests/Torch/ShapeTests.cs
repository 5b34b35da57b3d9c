using Sweeps.ModelCore.Torch;

namespace Sweeps.ModelCore.Tests.Torch;

public class ShapeTests : TorchTest
{
    private readonly Tensor _x = torch.arange(6).reshape(2, 3); // 0 1 2 / 3 4 5

    [Fact]
    public void Views_share_memory()
    {
        var x = torch.zeros(2, 3);
        x.view(3, 2).select(0, 0).fill_(1);
        x.transpose(0, 1).narrow(0, 2, 1).fill_(2);
        Near([1, 1, 2, 0, 0, 2], x);
        Assert.False(x.t().is_contiguous());
        Assert.Equal([1, 3], x.t().stride());
    }

    [Fact]
    public void Dimensions_are_moved_added_and_removed()
    {
        Assert.Equal([0L, 3, 1, 4, 2, 5], _x.t().data<long>());
        Assert.Equal([3, 1, 2], _x.unsqueeze(0).permute(2, 0, 1).shape);
        Assert.Equal([2, 3], _x.unsqueeze(1).squeeze().shape);
        Assert.Equal([2, 3], _x.unsqueeze(1).squeeze(1).shape);
        Assert.Equal([4, 2, 3], _x.expand(4, 2, 3).shape);
        Assert.Equal([2, 6], _x.repeat(1, 2).shape);
        Assert.Equal([6], _x.flatten().shape);
        Assert.Equal([5L, 4, 3, 2, 1, 0], _x.flip(0, 1).data<long>());
        Assert.Equal([0L, 0, 0, 3, 4, 0], _x.tril().data<long>());
        Assert.Equal([0L, 1, 2, 0, 4, 5], _x.triu().data<long>());
        Assert.Equal([0L, 4], _x.diagonal().data<long>());
    }

    [Fact]
    public void Joining_and_splitting_are_inverse()
    {
        Assert.Equal(_x.data<long>(), torch.cat(_x.split(2, 1), 1).data<long>());
        Assert.Equal(_x.data<long>(), torch.cat(_x.chunk(2, -1), 1).data<long>());
        Assert.Equal(_x.data<long>(), torch.stack(_x.unbind(1), 1).data<long>());
        Assert.Equal([1, 2], _x.split([1, 2], 1).Select(p => p.shape[1]));
    }

    [Fact]
    public void Indices_choose_and_fill()
    {
        var index = torch.tensor([2L, 0], [2, 1]);
        Assert.Equal([2L, 3], _x.gather(1, index).data<long>());
        Assert.Equal([2L, 1, 5, 4], _x.index_select(1, torch.tensor([2L, 1])).data<long>());
        Assert.Equal([3L, 4, 5], _x.masked_select(_x > 2).data<long>());
        Assert.Equal([0L, 0, 9, 9, 0, 0], torch.zeros_like(_x).scatter_(1, index, 9).data<long>());
        Assert.Equal([0L, 0, 1, 1, 0, 0], torch.zeros_like(_x).scatter(1, index, torch.ones_like(index)).data<long>());
        Assert.Equal([2L, 0, 0], torch.zeros([3], ScalarType.Int64).scatter_add_(0, torch.tensor([0L, 0]), torch.tensor([1L, 1])).data<long>());
        Assert.Equal([0L, 0, 0, 3, 5, 7], torch.zeros_like(_x).index_add_(0, torch.tensor([1L, 1]), _x).data<long>());
        Assert.Equal([0L, 0, 8, 0, 0, 8], torch.zeros_like(_x).index_put_(torch.tensor(8L), [null, torch.tensor([2L])]).data<long>());
    }

    [Fact]
    public void Index_expressions_read_as_in_Python()
    {
        Assert.Equal(4, _x[1, 1].item<long>());
        Assert.Equal([5L, 2], _x[.., ^1].flip(0).data<long>());
        Assert.Equal([1L, 2], _x[0, 1..].data<long>());
        Assert.Equal([0L, 3], _x[TensorIndex.Ellipsis, 0].data<long>());
        Assert.Equal([1, 2, 3], _x[TensorIndex.None].shape);
        Assert.Equal([0L, 2, 3, 5], _x[.., TensorIndex.Slice(step: 2)].data<long>());
        Assert.Equal([4L, 1], _x[torch.tensor([1L, 0]), 1].data<long>());
        Assert.Equal([2L, 0], _x[0, torch.tensor([2L, 0])].data<long>());
        Assert.Equal([4L, 5], _x[_x > 3].data<long>());
        var y = _x.clone();
        y[.., 0] = torch.tensor(7L);
        y[y > 6] = torch.tensor(-1L);
        Assert.Equal([-1L, 1, 2, -1, 4, 5], y.data<long>());
    }
}
