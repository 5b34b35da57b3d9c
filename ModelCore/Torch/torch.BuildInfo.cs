using Sweeps.ModelCore.Torch.Interop;

namespace Sweeps.ModelCore.Torch;

public static partial class torch
{
    /// <summary>What libtorch this process runs on; results are the same to the bit only where all of it is the same.</summary>
    /// <param name="Version">libtorch's version</param>
    /// <param name="CpuCapability">vector instructions in use: DEFAULT, AVX2 or AVX512</param>
    /// <param name="KernelCapability">those of our own kernels: default, avx2 or avx512; see Native/kernels/isa.h</param>
    /// <param name="BlasLibrary">file that does matrix products, null where it is part of libtorch</param>
    /// <param name="BlasConfig">OpenBLAS's version and kernels, null without OpenBLAS</param>
    /// <param name="BlasThreads">threads of OpenBLAS, 0 without</param>
    /// <param name="HasMkl">whether libtorch was built with MKL, which then does the matrix products</param>
    /// <param name="NumThreads">threads of ATen for callers on this thread</param>
    /// <param name="CudaDevices">number of usable GPUs</param>
    public sealed record BuildInfo(
        string Version, string CpuCapability, string KernelCapability, string? BlasLibrary, string? BlasConfig, int BlasThreads, bool HasMkl, int NumThreads, int CudaDevices)
    {
        /// <summary>Whether matrix products run on the reference BLAS, some thirty times slower than OpenBLAS.</summary>
        public bool IsReferenceBlas => BlasConfig is null && !HasMkl && BlasLibrary is not null && !BlasLibrary.Contains("libtorch", StringComparison.Ordinal);

        /// <summary>Asks the library.</summary>
        /// <exception cref="DllNotFoundException">libtorch is missing; the message says what to install</exception>
        /// <exception cref="TorchException">the environment variable SWEEPS_CPU_CAPABILITY asks for instructions that there are not</exception>
        public static BuildInfo Read()
        {
            var blas = Native.Text(Native.sw_blas_library());
            return new(
                Native.Text(Native.sw_torch_version()) ?? "",
                Native.Text(Native.sw_cpu_capability()) ?? "",
                Native.Text(Native.sw_kernel_capability()) ?? throw Errors.Failure("BuildInfo"),
                blas is null ? null : new FileInfo(blas).ResolveLinkTarget(returnFinalTarget: true)?.FullName ?? blas,
                Native.Text(Native.sw_openblas_config()),
                Native.sw_openblas_threads(),
                Native.sw_has_mkl() != 0,
                get_num_threads(),
                cuda.device_count());
        }
    }
}
