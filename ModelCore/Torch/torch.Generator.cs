using Sweeps.ModelCore.Torch.Interop;
using static Sweeps.ModelCore.Torch.Interop.Errors;

namespace Sweeps.ModelCore.Torch;

public static partial class torch
{
    /// <summary>A source of random numbers of its own, whose state can be saved. Not for use by several threads at once.</summary>
    public sealed class Generator : IDisposable
    {
        private nint _handle;

        /// <param name="seed">the same seed gives the same numbers</param>
        /// <param name="device">where the numbers are made; the CPU when left out</param>
        public Generator(ulong seed, Device? device = null)
        {
            var (type, index) = At(device);
            _handle = Native.sw_generator_new(seed, type, index);
            if (_handle == 0) throw Failure("Generator");
        }

        /// <summary>Frees an undisposed generator.</summary>
        ~Generator() => Free();

        /// <summary>Starts again from a seed.</summary>
        public void manual_seed(ulong seed)
        {
            Check(Native.sw_generator_seed(HandleOf(this), seed));
            GC.KeepAlive(this);
        }

        /// <summary>The state, to go on from later.</summary>
        public byte[] get_state()
        {
            using var state = Result(Native.sw_generator_get_state(HandleOf(this)));
            GC.KeepAlive(this);
            return state.data<byte>();
        }

        /// <summary>Goes on from a state that <see cref="get_state"/> gave.</summary>
        /// <exception cref="TorchException">it is no such state</exception>
        public void set_state(ReadOnlySpan<byte> state)
        {
            using var tensor = tensor<byte>(state, [state.Length]);
            Check(Native.sw_generator_set_state(HandleOf(this), tensor), tensor);
            GC.KeepAlive(this);
        }

        /// <inheritdoc/>
        public void Dispose()
        {
            Free();
            GC.SuppressFinalize(this);
        }

        // 0 means libtorch's global generator.
        internal static nint HandleOf(Generator? generator)
        {
            if (generator is null) return 0;
            ObjectDisposedException.ThrowIf(generator._handle == 0, generator);
            return generator._handle;
        }

        private void Free()
        {
            var handle = Interlocked.Exchange(ref _handle, 0);
            if (handle != 0) Native.sw_generator_free(handle);
        }
    }
}
