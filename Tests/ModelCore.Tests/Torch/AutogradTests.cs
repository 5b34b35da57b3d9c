using Sweeps.ModelCore.Torch;
using F = Sweeps.ModelCore.Torch.torch.nn.functional;

namespace Sweeps.ModelCore.Tests.Torch;

public class AutogradTests : TorchTest
{
    public static TheoryData<string> Functions => [.. s_functions.Keys];

    // Smooth around the points used, each reduced to one number by a sum with unequal weights.
    private static readonly Dictionary<string, Func<Tensor, Tensor>> s_functions = new()
    {
        ["arithmetic"] = x => (x * x + 3) / (x + 5) - 2 * x,
        ["exponentials"] = x => x.exp() * x.sigmoid() + (x * x + 1).log() + (x * x + 1).rsqrt(),
        ["gelu"] = F.gelu,
        ["logsigmoid"] = F.logsigmoid,
        ["softmax"] = x => x.softmax(-1) * x.log_softmax(-1),
        ["matmul"] = x => x.matmul(x.t()),
        ["linear"] = x => F.linear(x, x[..2] * 2, x[0, ..2]),
        ["reductions"] = x => x.mean(0) * x.var(0) + x.norm(2, [0]) + x.logsumexp(0) + x.amax([0]),
        ["shapes"] = x => torch.cat([x.t().reshape(2, 6), x.flip(0).view(2, 6)], 1).cumsum(1),
        ["indexing"] = x => x.index_select(0, torch.tensor([2L, 2])) * x[1..3, ..] + x.gather(1, torch.tensor([1L, 0, 3, 2, 1, 1, 1, 1], [2, 4])),
        ["where"] = x => torch.where(x > 0, x * x, -x) + x.abs() + x.clamp(-10, 10),
        ["abs_topk"] = x => F.abs_topk(x, 2).square(),
        ["cross_entropy"] = x => F.cross_entropy(x, torch.tensor([1L, 0, 3]), reduction: torch.nn.Reduction.None),
        ["embedding"] = x => F.embedding(torch.tensor([0L, 2, 2]), x).square(),
    };

    [Theory]
    [MemberData(nameof(Functions))]
    public void Gradients_agree_with_finite_differences(string name)
    {
        using var generator = new torch.Generator(7);
        var x = torch.randn([3, 4], ScalarType.Float64, requires_grad: true, generator: generator);
        Value(x).backward();
        var gradient = x.grad!.data<double>();
        var values = x.data<double>();
        const double h = 1e-5;
        for (var i = 0; i < values.Length; i++)
        {
            var slope = (At(i, h) - At(i, -h)) / (2 * h);
            Assert.True(Math.Abs(slope - gradient[i]) < 1e-7 * Math.Max(1, Math.Abs(slope)), $"{name}, element {i}: {gradient[i]}, differences give {slope}");
        }

        Tensor Value(Tensor at)
        {
            var y = s_functions[name](at).reshape(-1);
            return (y * torch.arange(1.0, y.numel() + 1.0, ScalarType.Float64)).sum();
        }

        double At(int i, double shift)
        {
            var moved = (double[])values.Clone();
            moved[i] += shift;
            return Value(torch.tensor(moved, [3, 4])).ToDouble();
        }
    }

    [Fact]
    public void Gradients_add_up_until_cleared()
    {
        var x = torch.tensor([3.0], requires_grad: true);
        Assert.Null(x.grad);
        x.square().backward();
        x.square().backward();
        Near([12], x.grad!);
        x.zero_grad();
        Assert.Null(x.grad);
        x.grad = torch.tensor([1.0]);
        Near([1], x.grad!);
    }

    [Fact]
    public void Grad_gives_derivatives_without_storing_them_and_of_second_order_too()
    {
        var x = torch.tensor([2.0], requires_grad: true);
        var unused = torch.tensor([2.0], requires_grad: true);
        var y = x * x * x;
        var first = torch.autograd.grad([y], [x, unused], create_graph: true, allow_unused: true);
        Near([12], first[0]!);
        Assert.Null(first[1]);
        Near([12], torch.autograd.grad([first[0]!], [x])[0]!);
        Assert.Null(x.grad);
        Assert.Throws<TorchException>(() => torch.autograd.grad([x * 2], [unused]));
    }

    [Fact]
    public void Recording_is_switched_off_and_on_within_blocks()
    {
        var x = torch.tensor([2.0], requires_grad: true);
        using (torch.no_grad())
        {
            Assert.False((x * 2).requires_grad);
            using (torch.enable_grad()) Assert.True((x * 2).requires_grad);
            Assert.False(torch.is_grad_enabled());
        }

        Assert.True((x * 2).requires_grad);
        Assert.False((x * 2).detach().requires_grad);
        using (torch.set_grad_enabled(false)) Assert.False((x * 2).requires_grad);
    }

    [Fact]
    public void A_function_with_a_backward_pass_in_CSharp_is_part_of_the_graph()
    {
        var x = torch.tensor([1.0, 2], requires_grad: true);
        var w = torch.tensor([3.0, 4], requires_grad: true);
        // The backward pass is wrong on purpose, so that it shows.
        var y = torch.autograd.function([x, w], () => x * w, g => [g * 10, null]);
        Near([3, 8], y);
        (y * 2).sum().backward();
        Near([20, 20], x.grad!);
        Assert.Null(w.grad);
    }

    [Fact]
    public void An_exception_in_a_backward_pass_in_CSharp_comes_out_of_backward()
    {
        var x = torch.tensor([1.0], requires_grad: true);
        var y = torch.autograd.function([x], () => x * 2, _ => throw new InvalidDataException("no way back"));
        Assert.Equal("no way back", Assert.Throws<InvalidDataException>(() => y.backward()).Message);
        var z = torch.autograd.function([x], () => x * 2, g => [g, g]);
        Assert.Contains("2 gradients for 1 inputs", Assert.Throws<InvalidOperationException>(() => z.backward()).Message, StringComparison.Ordinal);
    }
}
