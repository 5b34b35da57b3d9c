using Sweeps.ModelCore.Kernels.Interop;

namespace Sweeps.ModelCore.Tests.Kernels;

/// <summary>The instruction sets that the native kernels are compiled for.</summary>
internal static class Kernels
{
    /// <summary>Those that this processor has.</summary>
    internal static TheoryData<string> Sets { get; } = [.. new[] { "default", "avx2", "avx512" }.Where(Works)];

    /// <summary>
    /// All kernels of the process use this set until the result is disposed; for tests that derive from TorchTest, which run alone.
    /// </summary>
    /// <exception cref="ArgumentException">the processor lacks it</exception>
    internal static IDisposable Use(string set)
    {
        Status.Check(NativeMethods.sw_use_kernels(set));
        return new Choice();
    }

    private static bool Works(string set)
    {
        if (NativeMethods.sw_use_kernels(set) != 0) return false;
        new Choice().Dispose();
        return true;
    }

    private sealed class Choice : IDisposable
    {
        public void Dispose() => Status.Check(NativeMethods.sw_use_kernels(null));
    }
}
