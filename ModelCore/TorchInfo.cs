using System.Runtime.Intrinsics.X86;
using Sweeps.ModelCore.Kernels;
using TorchSharp;

namespace Sweeps.ModelCore;

/// <summary>What libtorch this process runs on; results are the same to the bit only where all of it is the same.</summary>
/// <param name="Version">libtorch's version</param>
/// <param name="CpuCapability">vector instructions that libtorch uses: DEFAULT, AVX2 or AVX512</param>
/// <param name="KernelCapability">those of our own kernels: default, avx2 or avx512; none where there are none</param>
/// <param name="Threads">threads of libtorch for callers on this thread</param>
/// <param name="CudaDevices">number of usable GPUs</param>
public sealed record TorchInfo(string Version, string CpuCapability, string KernelCapability, int Threads, int CudaDevices)
{
    // What libtorch itself looks at first.
    private const string Override = "ATEN_CPU_CAPABILITY";

    /// <summary>Asks the library.</summary>
    /// <exception cref="DllNotFoundException">libtorch is missing or cannot be loaded; the message says why</exception>
    public static TorchInfo Read()
    {
        TorchLibraries.Load();
        return new(VersionOf(torch.__version__), Capability(), Functions.Capability, Kernels.Threads.Get(), CudaDeviceCount());
    }

    // Of 2.10.0.0 the fourth number is the package's.
    private static string VersionOf(string version) => string.Join('.', version.Split('.').Take(3));

    private static int CudaDeviceCount() => torch.cuda.is_available() ? torch.cuda.device_count() : 0;

    // TorchSharp has no way to ask; these are libtorch's own rules.
    private static string Capability() => Environment.GetEnvironmentVariable(Override) switch
    {
        "default" => "DEFAULT",
        "avx2" => "AVX2",
        "avx512" => "AVX512",
        _ when Avx512F.VL.IsSupported && Avx512BW.IsSupported && Avx512DQ.IsSupported && Fma.IsSupported => "AVX512",
        _ when Avx2.IsSupported && Fma.IsSupported => "AVX2",
        _ => "DEFAULT",
    };
}
