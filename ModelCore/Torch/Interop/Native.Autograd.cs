using System.Runtime.InteropServices;

namespace Sweeps.ModelCore.Torch.Interop;

/// <summary>Gradients.</summary>
internal static partial class Native
{
    [LibraryImport(Library)]
    internal static partial nint sw_alias(Tensor t);

    [LibraryImport(Library)]
    internal static partial int sw_grad_mode();

    [LibraryImport(Library)]
    internal static partial void sw_set_grad_mode(int enabled);

    [LibraryImport(Library)]
    internal static partial int sw_requires_grad(Tensor t);

    [LibraryImport(Library)]
    internal static partial int sw_is_leaf(Tensor t);

    [LibraryImport(Library)]
    internal static partial int sw_set_requires_grad(Tensor t, int enabled);

    [LibraryImport(Library)]
    internal static partial nint sw_detach(Tensor t);

    [LibraryImport(Library)]
    internal static partial int sw_detach_(Tensor t);

    [LibraryImport(Library)]
    internal static partial nint sw_grad(Tensor t);

    [LibraryImport(Library)]
    internal static partial int sw_set_grad(Tensor t, nint gradient);

    [LibraryImport(Library)]
    internal static partial int sw_backward(Tensor t, nint gradient, int retain_graph, int create_graph);

    [LibraryImport(Library)]
    internal static partial int sw_autograd_grad(ReadOnlySpan<nint> outputs, long n_outputs, ReadOnlySpan<nint> inputs, long n_inputs, ReadOnlySpan<nint> grad_outputs, long n_grad_outputs, int retain_graph, int create_graph, int allow_unused, Span<nint> gradients);

    [LibraryImport(Library)]
    internal static partial nint sw_heaviside_sigmoid(Tensor tau, double temperature);
}
