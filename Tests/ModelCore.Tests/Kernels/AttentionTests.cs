using Sweeps.ModelCore.Kernels;
using Sweeps.ModelCore.Tests.Model;
using Sweeps.ModelCore.Tests.Torch;
using TorchSharp;
using static TorchSharp.torch;
using F = Sweeps.ModelCore.Kernels.Functions;

namespace Sweeps.ModelCore.Tests.Kernels;

/// <summary>The attention kernel against the composition of ATen operators in double precision, which has no kernel.</summary>
public sealed class AttentionTests : TorchTest
{
    private const int Heads = 2, D = 16 * Heads;

    public static TheoryData<string> Sets => Kernels.Sets;

    [Theory]
    [MemberData(nameof(Sets))]
    public void Values_and_gradients_are_those_of_the_composition(string set)
    {
        using var kernels = Kernels.Use(set);
        foreach (var t in (long[])[1, 2, 5, 16, 17, 63, 64, 65, 100, 256, 1000])
            foreach (var sink in (bool[])[false, true])
                Inputs.Random(t > 200 ? 1 : 2, t, sink).AssertSame();
    }

    [Theory]
    [MemberData(nameof(Sets))]
    public void One_query_per_sequence_may_be_anywhere_in_it(string set)
    {
        using var kernels = Kernels.Use(set);
        foreach (var t in (long[])[1, 2, 17, 64, 100])
        {
            var inputs = Inputs.Random(3, t, sink: true);
            (inputs with { Q = inputs.Q.narrow(1, t / 2, 1), At = torch.tensor([0L, t / 2, t - 1]) }).AssertSame();
        }
    }

    [Theory]
    [MemberData(nameof(Sets))]
    public void Logits_of_hundreds_make_no_difference(string set)
    {
        using var kernels = Kernels.Use(set);
        var inputs = Inputs.Random(2, 40, sink: true);
        // Their own rounding shows in the weights.
        (inputs with { Q = inputs.Q * 100 }).AssertSame(1e-3);
        Assert.All(
            (inputs with { Q = inputs.Q * 1e15, K = inputs.K * 1e15 }).Run(), found => Assert.True(found.isfinite().all().ToBoolean()));
    }

    [Theory]
    [MemberData(nameof(Sets))]
    public void Not_a_number_and_infinity_spread_as_through_a_softmax(string set)
    {
        using var kernels = Kernels.Use(set);
        const int Bad = 20;
        foreach (var value in (double[])[double.NaN, double.PositiveInfinity, double.NegativeInfinity])
        {
            foreach (var which in (int[])[0, 1, 2])
            {
                var inputs = Inputs.Random(1, 40, sink: true);
                ((Tensor[])[inputs.Q, inputs.K, inputs.V])[which].narrow(1, Bad, 1).narrow(2, 3, 1).fill_(value);
                var found = inputs.Run();
                // The composition multiplies later tokens by zero, the kernel those of the same sixteen: infinity spreads to queries before
                // it.
                Assert.True(found[0].narrow(1, 0, 16).isfinite().all().ToBoolean());
                var (after, expected) = (found[0].narrow(1, Bad, 40 - Bad), inputs.InDouble().Run()[0].narrow(
                    1, Bad, 40 - Bad).to(ScalarType.Float32));
                Assert.True(after.isnan().IsSame(expected.isnan()), $"{value} in input {which}");
                var finite = expected.isfinite();
                GoldenModel.AssertClose(
                    expected.masked_fill(finite.logical_not(), 0), after.masked_fill(finite.logical_not(), 0), $"{value} in input {which}",
                    1e-5);
                if (double.IsNaN(value)) Assert.False(found[2].isfinite().all().ToBoolean());
            }
        }
    }

    [Theory]
    [MemberData(nameof(Sets))]
    public void Views_of_one_joint_tensor_give_the_same_bits(string set)
    {
        using var kernels = Kernels.Use(set);
        var inputs = Inputs.Random(2, 37, sink: true);
        var joint = torch.cat([inputs.Q, inputs.K, inputs.V], -1);
        var views = inputs with { Q = joint.narrow(2, 0, D), K = joint.narrow(2, D, D), V = joint.narrow(2, 2 * D, D) };
        AssertEqual(inputs.Run(), views.Run());
        AssertEqual(inputs.Run(), (inputs with { K = views.K }).Run());
        AssertEqual(inputs.Run(), (inputs with { V = inputs.V.transpose(0, 1).contiguous().transpose(0, 1) }).Run());
    }

    [Fact]
    public void Threads_do_not_change_a_bit()
    {
        var inputs = Inputs.Random(5, 70, sink: true);
        var one = inputs.Run();
        foreach (var threads in (int[])[2, 3])
        {
            Threads.Set(threads);
            try
            {
                AssertEqual(one, inputs.Run());
            }
            finally
            {
                Threads.Set(1);
            }
        }
    }

    [Fact]
    public void Shapes_and_positions_that_do_not_fit_are_refused()
    {
        var x = Inputs.Random(2, 5, sink: false);
        Assert.Throws<ArgumentException>(() => F.causal_attention(x.Q, x.K, x.V, 3));
        Assert.Throws<ArgumentException>(() => F.causal_attention(x.Q.narrow(1, 0, 1), x.K, x.V, Heads));
        Assert.Throws<ArgumentException>(() => F.causal_attention(x.Q, x.K, x.V, Heads, torch.zeros(3)));
        var e = Assert.Throws<ArgumentException>(
            () => F.causal_attention(x.Q.narrow(1, 0, 1), x.K, x.V, Heads, positions: torch.tensor(new long[] { 4L, 5 })));
        Assert.Contains("positions: 5, expected 0 to 4", e.Message, StringComparison.Ordinal);
    }

    private static void AssertEqual(IReadOnlyList<Tensor> expected, IReadOnlyList<Tensor> found)
        => Assert.All(expected.Zip(found), pair => Assert.True(pair.First.IsSame(pair.Second)));

    /// <summary>What attention takes, and the derivative by its result.</summary>
    private sealed record Inputs(Tensor Q, Tensor K, Tensor V, Tensor? Sink, Tensor? At, Tensor Out)
    {
        public static Inputs Random(long b, long t, bool sink)
        {
            using var generator = new torch.Generator((ulong)(1000 + t));
            return new Inputs(Normal(b, t, D), Normal(b, t, D), Normal(b, t, D), sink ? Normal(Heads) : null, null, Normal(b, t, D));

            Tensor Normal(params long[] shape) => torch.randn(shape, generator: generator);
        }

        public Inputs InDouble()
        {
            static Tensor Wide(Tensor x) => x.to(ScalarType.Float64);
            return new Inputs(Wide(Q), Wide(K), Wide(V), Sink is null ? null : Wide(Sink), At, Wide(Out));
        }

        /// <summary>The result and the gradients of q, k, v and the sink.</summary>
        public IReadOnlyList<Tensor> Run()
        {
            List<Tensor> leaves = [Q, K, V];
            if (Sink is not null) leaves.Add(Sink);
            leaves = [.. leaves.Select(x => x.detach().requires_grad_())];
            var result = F.causal_attention(leaves[0], leaves[1], leaves[2], Heads, Sink is null ? null : leaves[3], At);
            var weights = Out.narrow(1, 0, Q.size(1));
            return [result.detach(), .. Gradients(result, leaves, weights)];
        }

        public void AssertSame(double tolerance = 1e-5)
        {
            using var scope = torch.NewDisposeScope();
            var expected = InDouble().Run();
            var found = Run();
            foreach (var (i, name) in ((string[])["result", "dq", "dk", "dv", "dsink"]).Take(found.Count).Index())
            {
                var size = Math.Max(1, expected[i].abs().max().ToDouble());
                GoldenModel.AssertClose(
                    expected[i] / size, found[i] / size, $"{name}, {K.size(1)} tokens{(Sink is null ? "" : " and sink")}", tolerance);
            }
        }
    }
}
