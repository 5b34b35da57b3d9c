using System.Runtime.InteropServices;

namespace Sweeps.ModelCore.Torch.Interop;

/// <summary>Threads, versions, devices, generators.</summary>
internal static partial class Native
{
    [LibraryImport(Library)]
    internal static partial int sw_set_num_threads(int n);

    [LibraryImport(Library)]
    internal static partial int sw_get_num_threads();

    [LibraryImport(Library)]
    internal static partial int sw_use_deterministic_algorithms(int mode);

    [LibraryImport(Library)]
    internal static partial nint sw_torch_version();

    [LibraryImport(Library)]
    internal static partial nint sw_cpu_capability();

    [LibraryImport(Library)]
    internal static partial nint sw_kernel_capability();

    [LibraryImport(Library, StringMarshalling = StringMarshalling.Utf8)]
    internal static partial int sw_use_kernels(string? name);

    [LibraryImport(Library)]
    internal static partial nint sw_openblas_config();

    [LibraryImport(Library)]
    internal static partial int sw_openblas_threads();

    [LibraryImport(Library)]
    internal static partial nint sw_blas_library();

    [LibraryImport(Library)]
    internal static partial int sw_has_mkl();

    [LibraryImport(Library)]
    internal static partial int sw_cuda_device_count();

    [LibraryImport(Library)]
    internal static partial int sw_cuda_synchronize(int index);

    [LibraryImport(Library)]
    internal static partial nint sw_generator_new(ulong seed, int device_type, int device_index);

    [LibraryImport(Library)]
    internal static partial void sw_generator_free(nint g);

    [LibraryImport(Library)]
    internal static partial int sw_generator_seed(nint g, ulong seed);

    [LibraryImport(Library)]
    internal static partial nint sw_generator_get_state(nint g);

    [LibraryImport(Library)]
    internal static partial int sw_generator_set_state(nint g, Tensor state);
}
