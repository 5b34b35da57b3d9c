using System.Runtime.CompilerServices;
using System.Runtime.ExceptionServices;
using System.Runtime.InteropServices;

namespace Sweeps.ModelCore.Torch.Interop;

/// <summary>Nodes of the autograd graph whose backward pass is C#.</summary>
internal static unsafe partial class ManagedFunctions
{
    // The exception of a backward function on its way through native code; CPU backward runs on the thread that asked for it.
    [ThreadStatic]
    private static ExceptionDispatchInfo? t_failure;

    [LibraryImport("sweeps_native")]
    private static partial nint sw_managed_function(
        Tensor output, ReadOnlySpan<nint> inputs, long n, nint state, delegate* unmanaged<nint, nint, nint*, long, int> call, delegate* unmanaged<nint, void> release);

    internal static nint Attach(Tensor output, ReadOnlySpan<nint> inputs, Func<Tensor, IReadOnlyList<Tensor?>> backward)
        => sw_managed_function(output, inputs, inputs.Length, GCHandle.ToIntPtr(GCHandle.Alloc(backward)), &Call, &Release);

    /// <summary>Runs a backward pass; an exception in C# comes out of it as it was thrown.</summary>
    internal static void Run(Func<int> pass, Tensor? a, Tensor? b, [CallerMemberName] string operation = "")
    {
        t_failure = null;
        if (pass() == 0) return;
        var failure = t_failure;
        t_failure = null;
        failure?.Throw();
        throw Errors.Failure(operation, a, b);
    }

    [UnmanagedCallersOnly]
    private static int Call(nint state, nint gradient, nint* results, long n)
    {
        try
        {
            using var scope = new DisposeScope();
            var gradients = ((Func<Tensor, IReadOnlyList<Tensor?>>)GCHandle.FromIntPtr(state).Target!)(new Tensor(gradient));
            if (gradients.Count != n)
                throw new InvalidOperationException($"a backward function gave {gradients.Count} gradients for {n} inputs");
            for (var i = 0; i < n; i++)
            {
                if (gradients[i] is not { } tensor) continue;
                results[i] = Native.sw_alias(tensor);
            }

            return 0;
        }
        catch (Exception e)
        {
            t_failure = ExceptionDispatchInfo.Capture(e);
            return 1;
        }
    }

    [UnmanagedCallersOnly]
    private static void Release(nint state) => GCHandle.FromIntPtr(state).Free();
}
