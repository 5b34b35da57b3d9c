using System.Runtime.InteropServices;
using Sweeps.ModelCore.Tests.Torch;
using Sweeps.ModelCore.Kernels;
using TorchSharp;
using static TorchSharp.torch;

namespace Sweeps.ModelCore.Tests.Kernels;

public sealed class MemoryTests : TorchTest
{
    private const long MiB = 1 << 20;

    public MemoryTests() => Memory.Empty();

    [Theory]
    [InlineData(1)]
    [InlineData(1000)]
    [InlineData(123_457)]
    [InlineData(1 << 20)]
    [InlineData(50_000_001)]
    public unsafe void What_is_in_use_is_counted_to_a_sixteenth_and_at_an_address_of_64(int bytes)
    {
        var before = Memory.Allocated;
        Memory.ResetPeak();
        var x = torch.empty([bytes], ScalarType.Byte);
        var taken = Memory.Allocated - before;
        Assert.InRange(taken, bytes, 128 + (bytes * 17L / 16));
        Assert.Equal(0, taken % 64);
        fixed (byte* address = x.bytes) Assert.Equal(0, (nint)address % 64);
        x.Dispose();
        Assert.Equal(before, Memory.Allocated);
        Assert.Equal(before + taken, Memory.Peak);
    }

    [Fact]
    public void Steps_of_equal_shapes_take_nothing_from_the_system_after_the_first()
    {
        Step();
        var after = Memory.SystemAllocations;
        for (var i = 0; i < 10; i++) Step();
        Assert.Equal(after, Memory.SystemAllocations);

        static void Step()
        {
            using var scope = torch.NewDisposeScope();
            var x = torch.ones([1000, 1000], requires_grad: true);
            (x + 1).relu().mm(x).sum().backward();
            x.grad!.Dispose();
        }
    }

    [Fact]
    public void Freed_blocks_are_kept_until_they_are_asked_back()
    {
        var before = Memory.Reserved;
        torch.ones([4 * MiB]).Dispose();
        Assert.InRange(Memory.Reserved - before, 16 * MiB, 18 * MiB);
        Memory.Empty();
        Assert.InRange(Memory.Reserved, 0, before);
        Assert.Equal(Memory.Allocated, Memory.Reserved);
    }

    [Fact]
    public void An_overrun_of_the_budget_names_both_numbers_and_costs_nothing()
    {
        var before = Memory.Allocated;
        var budget = before + (64 * MiB);
        using (Budget(budget))
        {
            using var fits = torch.ones([32 * MiB], ScalarType.Byte);
            var inUse = Memory.Allocated;
            var e = Shortage(() => torch.ones([64 * MiB], ScalarType.Byte));
            Assert.True(e.IsOverBudget);
            Assert.EndsWith(
                $"{64 * MiB} bytes asked for with {inUse} in use: over the memory budget of {budget} bytes", e.Message,
                StringComparison.Ordinal);
            Assert.Equal(inUse, Memory.Allocated);
            Assert.Equal(1, fits[5].ToDouble());
            using var alsoFits = torch.ones([24 * MiB], ScalarType.Byte);
        }
        using var free = torch.ones([64 * MiB], ScalarType.Byte);
    }

    [Fact]
    public void An_overrun_inside_backward_is_the_same_error()
    {
        var x = torch.ones([4 * MiB], requires_grad: true);
        var y = (x * x).sum();
        using (Budget(Memory.Allocated + MiB))
            Assert.True(Shortage(() => y.backward()).IsOverBudget);
    }

    [Fact]
    public void Kept_blocks_give_way_before_an_allocation_fails()
    {
        var budget = Memory.Allocated + (64 * MiB);
        using (Budget(budget))
        {
            for (var i = 1; i < 40; i++) torch.ones([i * MiB], ScalarType.Byte).Dispose();
            Assert.InRange(Memory.Reserved, 0, budget);
            using var most = torch.ones([56 * MiB], ScalarType.Byte);
            Assert.InRange(Memory.Reserved, 56 * MiB, budget);
        }
    }

    [Fact]
    public void Memory_that_the_machine_does_not_have_is_no_overrun()
        => Assert.False(Shortage(() => torch.empty([1L << 50])).IsOverBudget);

    [Fact]
    public void Threads_may_free_what_others_made()
    {
        var before = Memory.Allocated;
        const int Rounds = 100;
        var handed = new System.Collections.Concurrent.BlockingCollection<Tensor>(8);
        var faults = 0;
        var makers = Enumerable.Range(0, 3).Select(seed => Start(() =>
        {
            for (var i = 0; i < Rounds; i++)
            {
                var size = 1 + (((seed * 7919) + (i * 104_729)) % 400_000);
                handed.Add(torch.full([size], size, ScalarType.Float32));
            }
        })).ToList();
        var takers = Enumerable.Range(0, 2).Select(_ => Start(() =>
        {
            foreach (var x in handed.GetConsumingEnumerable())
            {
                if (x.Values<float>().AsSpan().ContainsAnyExcept((float)x.numel())) Interlocked.Increment(ref faults);
                x.Dispose();
            }
        })).ToList();
        makers.ForEach(t => t.Join());
        handed.CompleteAdding();
        takers.ForEach(t => t.Join());
        Assert.Equal(0, faults);
        Assert.Equal(before, Memory.Allocated);

        static Thread Start(Action body)
        {
            var thread = new Thread(() => body());
            thread.Start();
            return thread;
        }
    }

    // libtorch's error, and what the pool says of it: once.
    private static OutOfMemoryOnDeviceException Shortage(Action action)
    {
        Assert.Throws<ExternalException>(action);
        var shortage = Memory.TakeShortage();
        Assert.NotNull(shortage);
        Assert.Null(Memory.TakeShortage());
        return shortage;
    }

    private static Restore Budget(long bytes)
    {
        Memory.SetBudget(bytes);
        return new Restore();
    }

    private sealed class Restore : IDisposable
    {
        public void Dispose() => Memory.SetBudget(0);
    }
}
