using Sweeps.ModelCore.Torch;

namespace Sweeps.ModelCore.Tests.Torch;

public class LifetimeTests : TorchTest
{
    [Fact]
    public void A_scope_disposes_what_was_made_in_it_except_what_is_taken_out()
    {
        var before = Tensor.TotalCount;
        Tensor outer, detached, disposed;
        using (var scope = torch.NewDisposeScope())
        {
            outer = torch.ones(2).MoveToOuterDisposeScope();
            detached = scope.Detach(torch.ones(2));
            disposed = torch.ones(2);
            disposed.Dispose();
            _ = torch.ones(2) + torch.ones(2);
            Assert.Equal(3, scope.Count);
            Assert.Equal(before + 5, Tensor.TotalCount);
        }

        Assert.Equal(before + 2, Tensor.TotalCount);
        detached.Dispose();
        Assert.Throws<ObjectDisposedException>(() => detached + 1);
        Near([1, 1], outer);
    }

    [Fact]
    public void Keep_hands_a_result_to_the_enclosing_scope()
    {
        var before = Tensor.TotalCount;
        using (torch.NewDisposeScope())
        {
            Near([6], Sum());
            Assert.Equal(before + 1, Tensor.TotalCount);
        }

        Assert.Equal(before, Tensor.TotalCount);

        static Tensor Sum()
        {
            using var scope = torch.NewDisposeScope();
            return scope.Keep((torch.ones(2) + 2).sum());
        }
    }

    [Fact]
    public void A_scope_is_refused_on_another_thread_and_out_of_order()
    {
        using var outer = torch.NewDisposeScope();
        var tensor = torch.ones(1);
        using (torch.NewDisposeScope()) Assert.Throws<InvalidOperationException>(outer.Dispose);
        Exception? caught = null;
        var thread = new Thread(() => caught = Record.Exception(() => outer.Attach(tensor)));
        thread.Start();
        thread.Join();
        Assert.IsType<InvalidOperationException>(caught);
    }

    [Fact]
    public void Training_steps_leave_nothing_behind()
    {
        var weight = torch.zeros([8, 8], requires_grad: true);
        using var adam = new torch.optim.AdamW([("weight", weight)]);
        Step();
        var after = Tensor.TotalCount;
        for (var i = 0; i < 20; i++) Step();
        Assert.Equal(after, Tensor.TotalCount);

        void Step()
        {
            using var scope = torch.NewDisposeScope();
            var x = torch.ones(4, 8);
            var y = torch.autograd.function([weight], () => torch.nn.functional.linear(x, weight), g => [g.t().mm(x)]);
            torch.nn.functional.abs_topk(y + 1, 3).square().mean().backward();
            torch.nn.utils.clip_grad_norm_([weight], 1);
            adam.step();
            adam.zero_grad();
        }
    }

    [Fact]
    public void A_forgotten_tensor_is_freed_by_the_garbage_collector()
    {
        var before = Tensor.TotalCount;
        Forget();
        GC.Collect();
        GC.WaitForPendingFinalizers();
        Assert.Equal(before, Tensor.TotalCount);

        static void Forget()
        {
            for (var i = 0; i < 10; i++) _ = torch.ones(2).DetachFromDisposeScope();
        }
    }
}
