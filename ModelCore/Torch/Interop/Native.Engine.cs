using System.Runtime.InteropServices;
using Microsoft.Win32.SafeHandles;

namespace Sweeps.ModelCore.Torch.Interop;

/// <summary>Passes through whole models: the pruning engine, and training.</summary>
internal static partial class Native
{
    [LibraryImport(Library)]
    internal static partial EngineHandle sw_engine_new(ReadOnlySpan<long> shape, double eps, ReadOnlySpan<nint> tensors, long n);

    [LibraryImport(Library)]
    internal static partial void sw_engine_free(nint engine);

    [LibraryImport(Library)]
    internal static unsafe partial int sw_engine_logits(EngineHandle engine, Tensor tokens, Tensor positions, nint candidates, float* gates, Span<float> into);

    [LibraryImport(Library)]
    internal static partial nint sw_transformer_loss(
        ReadOnlySpan<long> shape, double eps, ReadOnlySpan<nint> parameters, long n, Tensor tokens, Tensor targets, int always, int bf16);

    [LibraryImport(Library)]
    internal static partial int sw_engine_loss(
        EngineHandle engine, Tensor tokens, Tensor positions, Tensor candidates, ReadOnlySpan<float> gates, int wholeVocabulary, out double loss, Span<float> byGate);
}

/// <summary>An engine; freed with the handle.</summary>
internal sealed class EngineHandle() : SafeHandleZeroOrMinusOneIsInvalid(ownsHandle: true)
{
    protected override bool ReleaseHandle()
    {
        Native.sw_engine_free(handle);
        return true;
    }
}
