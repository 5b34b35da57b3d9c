using System.Numerics;
using System.Runtime.CompilerServices;
using Sweeps.ModelCore.Kernels.Interop;
using Sweeps.ModelCore.Tests.Torch;
using TorchSharp;
using static TorchSharp.torch;

namespace Sweeps.ModelCore.Tests.Kernels;

public sealed class TorchNumbersTests : TorchTest
{
    private static readonly Dictionary<string, Func<Tensor, IDisposable>> _makers = new(StringComparer.Ordinal)
    {
        ["byte"] = _ => ((byte)1).ToScalar(),
        ["sbyte"] = _ => ((sbyte)1).ToScalar(),
        ["short"] = _ => ((short)1).ToScalar(),
        ["int"] = _ => 1.ToScalar(),
        ["long"] = _ => 1L.ToScalar(),
        ["Half"] = _ => ((Half)1).ToScalar(),
        ["BFloat16"] = _ => ((BFloat16)1).ToScalar(),
        ["float"] = _ => 1f.ToScalar(),
        ["double"] = _ => 1.0.ToScalar(),
        ["bool"] = _ => true.ToScalar(),
        ["pair"] = _ => (1f, 1f).ToScalar(),
        ["Complex"] = _ => Complex.One.ToScalar(),
        ["item"] = x => torch.zeros([x.ToInt64()]),
        ["x + x"] = x => x + x,
        ["x.square()"] = x => x.square(),
        ["x.mul(2)"] = x => x.mul(2),
    };

    public static TheoryData<string> Makers => [.. _makers.Keys];

    [Theory]
    [MemberData(nameof(Makers))]
    public void Every_number_that_TorchSharp_makes_is_known_to_the_native_library(string maker)
    {
        var x = torch.ones([1]);
        var before = TorchNumbers.Stats().Made;
        using (_makers[maker](x)) Assert.Equal(before + 1, TorchNumbers.Stats().Made);
    }

    [Fact]
    public void A_number_that_the_collector_takes_stays_until_its_thread_makes_the_next()
    {
        TakeAllBefore();
        var before = TorchNumbers.Stats();
        MakeAndForget();
        Assert.Equal(before.Held + 1, TorchNumbers.Stats().Held);
        Collect();
        Assert.Equal((before.Held, before.LetGo + 1), (TorchNumbers.Stats().Held, TorchNumbers.Stats().LetGo));
        using (1.5.ToScalar()) Assert.Equal((before.Held + 1, before.LetGo), (TorchNumbers.Stats().Held, TorchNumbers.Stats().LetGo));
        Assert.Equal(before.Held, TorchNumbers.Stats().Held);
    }

    [Fact]
    public void Numbers_do_not_pile_up()
    {
        TakeAllBefore();
        var (x, before) = (torch.ones([1]), TorchNumbers.Stats());
        Compute(x);
        Collect();
        TakeAllBefore();
        Assert.Equal((before.Held, before.LetGo), (TorchNumbers.Stats().Held, TorchNumbers.Stats().LetGo));
    }

    // In methods of their own: a caller's stack may still refer to what it passed last.
    [MethodImpl(MethodImplOptions.NoInlining)]
    private static void Compute(Tensor x)
    {
        for (var i = 0; i < 1000; i++) x.mul_(0.5).add_(1);
    }

    [MethodImpl(MethodImplOptions.NoInlining)]
    private static void MakeAndForget() => _ = 0.5.ToScalar();

    // Those of this thread, made by tests before this one.
    private static void TakeAllBefore()
    {
        Collect();
        using (1.5.ToScalar()) { }
    }

    private static void Collect()
    {
        GC.Collect();
        GC.WaitForPendingFinalizers();
    }
}
