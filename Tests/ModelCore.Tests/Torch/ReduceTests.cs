using Sweeps.ModelCore.Torch;

namespace Sweeps.ModelCore.Tests.Torch;

public class ReduceTests : TorchTest
{
    private readonly Tensor _x = torch.tensor([1.0, 5, 3, -4, 2, 0], [2, 3]);

    [Fact]
    public void Sums_and_moments_over_all_or_some_dimensions()
    {
        Near([7], _x.sum());
        Near([-3, 7, 3], _x.sum(0));
        Near([9, -2], _x.sum(-1));
        Near([7], _x.sum([0, 1]));
        Assert.Equal([2, 1], _x.sum(1, keepdim: true).shape);
        Near([3, -2.0 / 3], _x.mean(1));
        Near([4, 28.0 / 3], _x.var(1));
        Near([8.0 / 3, 56.0 / 9], _x.var(1, unbiased: false));
        Near([2, Math.Sqrt(28.0 / 3)], _x.std(1));
        Near([Math.Sqrt(55)], _x.norm());
        Near([9, 6], _x.norm(1, [1]));
        Near([1, 6, 9, -4, -2, -2], _x.cumsum(1));
        Near([Math.Log(Math.E + Math.Exp(5) + Math.Exp(3)), Math.Log(Math.Exp(-4) + Math.Exp(2) + 1)], _x.logsumexp(1));
    }

    [Fact]
    public void Extremes_come_with_their_places()
    {
        Near([5], _x.max());
        Near([-4], _x.min());
        Near([5, 2], _x.amax([1]));
        Near([-4, 2, 0], _x.amin([0]));
        var (values, indices) = _x.max(1);
        Near([5, 2], values);
        Assert.Equal([1L, 1], indices.data<long>());
        Assert.Equal([0L, 0, 0], _x.argmax(0).data<long>());
        Assert.Equal(1, _x.argmax().ToInt64());
        Assert.Equal(3, _x.argmin().ToInt64());
    }

    [Fact]
    public void Order_statistics()
    {
        var (top, places) = _x.topk(2);
        Near([5, 3, 2, 0], top);
        Assert.Equal([1L, 2, 1, 2], places.data<long>());
        Near([1, 3, 5, -4, 0, 2], _x.sort().Values);
        Near([5, 3, 1, 2, 0, -4], _x.sort(descending: true).Values);
        Assert.Equal([0L, 2, 1, 0, 2, 1], _x.argsort(stable: true).data<long>());
        Near([3, 0], _x.kthvalue(2).values);
    }

    [Fact]
    public void Counting()
    {
        Assert.Equal(5, _x.count_nonzero().ToInt64());
        Assert.Equal([3L, 2], _x.count_nonzero(1).data<long>());
        Assert.Equal([0L, 0, 0, 1, 0, 2, 1, 1], (_x > 0).nonzero().data<long>());
        Assert.Equal([1L, 0, 2], torch.tensor([0L, 2, 2]).bincount().data<long>());
    }
}
