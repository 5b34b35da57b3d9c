using Sweeps.ModelCore.Torch;

namespace Sweeps.ModelCore.Tests.Torch;

public class PointwiseTests : TorchTest
{
    private readonly Tensor _x = torch.tensor([-2.0, -0.5, 0.5, 4.0]);

    [Fact]
    public void Operators_do_what_they_say_with_tensors_and_numbers()
    {
        var y = torch.tensor([1.0, 2, 4, 8]);
        Near([-1, 1.5, 4.5, 12], _x + y);
        Near([-3, -2.5, -3.5, -4], _x - y);
        Near([-2, -1, 2, 32], _x * y);
        Near([-2, -0.25, 0.125, 0.5], _x / y);
        Near([0, 1.5, 2.5, 6], _x + 2);
        Near([0, 1.5, 2.5, 6], 2 + _x);
        Near([-3, -1.5, -0.5, 3], _x - 1);
        Near([3, 1.5, 0.5, -3], 1 - _x);
        Near([-4, -1, 1, 8], 2 * _x);
        Near([-1, -0.25, 0.25, 2], _x / 2);
        Near([-0.5, -2, 2, 0.25], 1 / _x);
        Near([2, 0.5, -0.5, -4], -_x);
    }

    [Fact]
    public void Functions_agree_with_those_of_Math()
    {
        var x = _x.data<double>();
        Near(Array.ConvertAll(x, Math.Abs), _x.abs());
        Near(Array.ConvertAll(x, Math.Exp), _x.exp());
        Near(Array.ConvertAll(x, v => Math.Log(v * v)), _x.square().log());
        Near(Array.ConvertAll(x, v => (double)Math.Sign(v)), _x.sign());
        Near(Array.ConvertAll(x, v => Math.Sqrt(Math.Abs(v))), _x.abs().sqrt());
        Near(Array.ConvertAll(x, v => 1 / Math.Sqrt(Math.Abs(v))), _x.abs().rsqrt());
        Near(Array.ConvertAll(x, v => v * v * v), _x.pow(3));
        Near(Array.ConvertAll(x, v => Math.Max(v, 0)), torch.relu(_x));
        Near(Array.ConvertAll(x, v => 1 / (1 + Math.Exp(-v))), torch.sigmoid(_x));
        Near(Array.ConvertAll(x, v => -Math.Log(1 + Math.Exp(-v))), torch.nn.functional.logsigmoid(_x));
        Near(Array.ConvertAll(x, v => Math.Clamp(v, -1, 1)), _x.clamp(-1, 1));
        Near(Array.ConvertAll(x, v => Math.Max(v, 0.25)), _x.clamp(min: 0.25));
        Near(Array.ConvertAll(x, v => Math.Min(v, 0.25)), _x.clamp(max: 0.25));
        Near(Array.ConvertAll(x, Math.Tanh), _x.tanh());
    }

    [Fact]
    public void Gelu_is_the_exact_one()
    {
        // x Φ(x) to 9 digits; the tanh approximation differs from the fourth.
        Near([-0.0455002639, -0.1542687694, 0.3457312306, 3.9998733150], torch.nn.functional.gelu(_x), 1e-9);
    }

    [Fact]
    public void In_place_operations_change_the_tensor_and_return_it()
    {
        var x = torch.tensor([1.0, 2]);
        Assert.Same(x, x.add_(1));
        Near([2, 3], x);
        Near([4, 9], x.mul_(x));
        Near([2, 4.5], x.div_(2));
        Near([4, 6.5], x.add_(torch.tensor([1.0, 1]), 2));
        Near([1, 3.5], x.sub_(3));
        Near([3, 6.5], x.addcmul_(torch.tensor([1.0, 1.5]), torch.tensor([4.0, 4]), 0.5));
        Near([2, 6], x.addcdiv_(torch.tensor([2.0, 1]), torch.tensor([2.0, 2]), -1));
        Near([1, 5], x.lerp_(torch.tensor([-2.0, 2]), 0.25).clamp_(1, 5));
        Near([1, 9], x.masked_fill_(x > 2, 9));
        Near([0, 0], x.zero_());
        Near([7, 7], x.fill_(7));
        Near([1, 2], x.copy_(torch.tensor([1f, 2])));
    }

    [Fact]
    public void Comparisons_give_masks()
    {
        var y = torch.zeros([4], ScalarType.Float64);
        Assert.Equal([false, false, true, true], (_x > 0).data<bool>());
        Assert.Equal([true, true, false, false], (_x < y).data<bool>());
        Assert.Equal([false, false, true, true], _x.ge(0.5).data<bool>());
        Assert.Equal([true, true, true, false], _x.le(0.5).data<bool>());
        Assert.Equal([false, false, true, false], _x.eq(0.5).data<bool>());
        Assert.Equal([true, true, false, true], _x.ne(0.5).data<bool>());
        Assert.Equal([false, true, false, false], (_x < 0).logical_and(_x > -1).data<bool>());
        Assert.Equal([true, false, false, true], (_x < -1).logical_or(_x > 1).data<bool>());
        Assert.Equal([true, true, false, false], (_x > 0).logical_not().data<bool>());
        Near([-2, -0.5, 0, 0], torch.where(_x < 0, _x, y));
        Near([0, 0, 0.5, 4], torch.maximum(_x, y));
        Near([-2, -0.5, 0, 0], torch.minimum(_x, y));
    }

    [Fact]
    public void Values_that_are_not_finite_are_seen()
    {
        var x = torch.tensor([1.0, double.NaN, double.PositiveInfinity]);
        Assert.Equal([false, true, false], x.isnan().data<bool>());
        Assert.Equal([true, false, false], x.isfinite().data<bool>());
        Assert.True(x.isnan().any().ToBoolean());
        Assert.False(x.isfinite().all().ToBoolean());
    }
}
