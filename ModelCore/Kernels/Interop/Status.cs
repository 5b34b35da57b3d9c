using System.Runtime.InteropServices;

namespace Sweeps.ModelCore.Kernels.Interop;

/// <summary>Turns the status of a native function into an exception.</summary>
internal static class Status
{
    private const int Ok = 0, OutOfMemory = 2;

    /// <exception cref="OutOfMemoryOnDeviceException">the function wanted more memory than there is</exception>
    /// <exception cref="ArgumentException">it refused its arguments</exception>
    internal static void Check(int status)
    {
        if (status == Ok) return;
        var text = Marshal.PtrToStringUTF8(NativeMethods.sw_last_error()) ?? "";
        throw status == OutOfMemory
            ? Memory.TakeShortage() ?? (Exception)new InsufficientMemoryException(text)
            : new ArgumentException(text);
    }
}
