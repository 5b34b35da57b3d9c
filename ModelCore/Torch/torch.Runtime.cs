using Sweeps.ModelCore.Torch.Interop;
using static Sweeps.ModelCore.Torch.Interop.Errors;

namespace Sweeps.ModelCore.Torch;

// Scopes, gradient mode, threads, devices.
public static partial class torch
{
    /// <summary>Opens a scope that disposes the tensors made on this thread while it is the innermost.</summary>
    public static DisposeScope NewDisposeScope() => new();

    /// <summary>Records nothing for gradients on this thread until disposed.</summary>
    public static IDisposable no_grad() => new GradMode(false);

    /// <summary>Records for gradients on this thread until disposed.</summary>
    public static IDisposable enable_grad() => new GradMode(true);

    /// <summary>Sets whether operations are recorded on this thread until disposed.</summary>
    public static IDisposable set_grad_enabled(bool mode) => new GradMode(mode);

    /// <summary>Whether operations are recorded on this thread.</summary>
    public static bool is_grad_enabled() => Native.sw_grad_mode() != 0;

    /// <summary>Threads for one operation on the CPU: in ATen (for callers on this thread), in OpenBLAS and in the kernels (for the process).</summary>
    public static void set_num_threads(int num)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(num, 1);
        Check(Native.sw_set_num_threads(num));
    }

    /// <summary>Threads for one operation on the CPU.</summary>
    public static int get_num_threads() => Native.sw_get_num_threads();

    /// <summary>
    /// Whether results on the CPU must not depend on the number of threads. The kernels and large matrix products then keep their threads;
    /// libtorch's own operators, which cut their work by the number, get one.
    /// </summary>
    public static void use_deterministic_algorithms(bool mode) => Check(Native.sw_use_deterministic_algorithms(mode ? 1 : 0));

    private sealed class GradMode : IDisposable
    {
        private readonly bool _before = is_grad_enabled();

        internal GradMode(bool enabled) => Native.sw_set_grad_mode(enabled ? 1 : 0);

        public void Dispose() => Native.sw_set_grad_mode(_before ? 1 : 0);
    }

    /// <summary>PyTorch's torch.cuda.</summary>
    public static class cuda
    {
        /// <summary>Whether this libtorch and this machine have a usable GPU.</summary>
        public static bool is_available() => device_count() > 0;

        /// <summary>Number of usable GPUs.</summary>
        public static int device_count() => Native.sw_cuda_device_count();

        /// <summary>Waits for the work given to a GPU.</summary>
        public static void synchronize(int index = 0) => Check(Native.sw_cuda_synchronize(index));
    }
}
