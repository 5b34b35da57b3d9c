using System.Runtime.InteropServices;

namespace Sweeps.ModelCore.Torch.Interop;

/// <summary>The linear map of a weight in training.</summary>
internal static partial class Native
{
    [LibraryImport(Library)]
    internal static partial int sw_trained_linear(
        Tensor input, Tensor weight, Tensor bias, long pieces, int choice, int bf16, [Out] nint[] outputs, out int by_entries);
}
