using System.Runtime.ExceptionServices;
using static TorchSharp.torch;

namespace Sweeps.ModelCore.Kernels.Autograd;

/// <summary>
/// Carries an exception of a backward pass in C# past libtorch, which calls it and would end the process: the gradients are then null, and
/// <see cref="Run"/> throws. CPU backward passes run on the thread that asked for them.
/// </summary>
internal static class KernelBackward
{
    [ThreadStatic]
    private static ExceptionDispatchInfo? t_failure;

    // What the last function gave: libtorch takes it after the return, when nothing else may hold it.
    [ThreadStatic]
    private static List<Tensor>? t_given;

    /// <summary>
    /// Runs a backward pass over a graph that may have functions of ours; an exception of theirs comes out as it was thrown.
    /// </summary>
    internal static void Run(Action pass)
    {
        t_failure = null;
        try
        {
            pass();
        }
        finally
        {
            // What libtorch says of the missing gradients is a consequence.
            t_given = null;
            t_failure?.Throw();
        }
    }

    /// <summary>
    /// The gradients by the arguments of a function, of which there are <paramref name="arguments"/>: what <paramref name="backward"/>
    /// gives, and null for the others.
    /// </summary>
    internal static List<Tensor> Of(int arguments, Func<IEnumerable<Tensor?>> backward)
    {
        var gradients = new List<Tensor>(arguments);
        try
        {
            // What is computed from raw memory has no graph: a second derivative would silently be wrong.
            if (is_grad_enabled()) throw new InvalidOperationException("a kernel has no second derivatives");
            gradients.AddRange(backward()!);
        }
        catch (Exception e)
        {
            t_failure ??= ExceptionDispatchInfo.Capture(e);
            gradients.Clear();
        }
        while (gradients.Count < arguments) gradients.Add(null!);
        t_given = gradients;
        return gradients;
    }
}
