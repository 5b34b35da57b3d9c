namespace Sweeps.ModelCore.Torch;

public static partial class torch
{
    /// <summary>PyTorch's torch.backends: which code does the work.</summary>
    public static class backends
    {
        /// <summary>The kernels of ModelCore/Native/kernels, for float32 on the CPU.</summary>
        public static class kernels
        {
            /// <summary>
            /// Whether operations that have a kernel use it; default true. Switched off, everything is the plain composition of ATen operators that runs on other devices:
            /// the reference of tests and benchmarks. One switch for the process, not to be changed while others compute.
            /// </summary>
            public static bool enabled { get; set; } = true;
        }
    }
}
