using Sweeps.ModelCore.Torch.Interop;
using static Sweeps.ModelCore.Torch.Interop.Errors;

namespace Sweeps.ModelCore.Torch;

public static partial class torch
{
    /// <summary>PyTorch's torch.autograd.</summary>
    public static class autograd
    {
        /// <summary>Derivatives of the sum of the outputs by each input; no tensor's grad changes.</summary>
        /// <param name="outputs">what to differentiate</param>
        /// <param name="inputs">by what</param>
        /// <param name="grad_outputs">weights of the outputs; may be left out where each has one element</param>
        /// <param name="retain_graph">keep what was recorded, to go through it again</param>
        /// <param name="create_graph">record the derivatives themselves, for second derivatives</param>
        /// <param name="allow_unused">give null for an input that the outputs do not depend on, instead of failing</param>
        public static IReadOnlyList<Tensor?> grad(
            IReadOnlyList<Tensor> outputs, IReadOnlyList<Tensor> inputs, IReadOnlyList<Tensor?>? grad_outputs = null,
            bool retain_graph = false, bool create_graph = false, bool allow_unused = false)
        {
            using var from = new Handles(outputs);
            using var by = new Handles(inputs);
            using var weights = new Handles(grad_outputs ?? []);
            var handles = new nint[inputs.Count];
            ManagedFunctions.Run(
                () => Native.sw_autograd_grad(
                    from.Span, outputs.Count, by.Span, inputs.Count, weights.Span, weights.Span.Length,
                    retain_graph || create_graph ? 1 : 0, create_graph ? 1 : 0, allow_unused ? 1 : 0, handles),
                outputs is [var output, ..] ? output : null, inputs is [var input, ..] ? input : null);
            return Array.ConvertAll(handles, handle => handle == 0 ? null : new Tensor(handle));
        }

        /// <summary>An operation with a backward pass of its own, in C#.</summary>
        /// <param name="inputs">the tensors that gradients flow to</param>
        /// <param name="forward">the result; nothing is recorded while it is computed</param>
        /// <param name="backward">
        /// From the derivative by the result, those by each input, null for none. It runs in a scope of its own, within
        /// <see cref="Tensor.backward"/>; what it captures lives as long as the result's graph, so it must keep captured tensors out of scopes
        /// that end before.
        /// </param>
        public static Tensor function(
            IReadOnlyList<Tensor> inputs, Func<Tensor> forward, Func<Tensor, IReadOnlyList<Tensor?>> backward)
        {
            using var handles = new Handles(inputs);
            Tensor output;
            using (no_grad()) output = forward();
            using (output) return Result(ManagedFunctions.Attach(output, handles.Span, backward), output, operation: "autograd.function");
        }
    }
}
