using System.Runtime.InteropServices;
using Microsoft.Win32.SafeHandles;

namespace Sweeps.ModelCore.Jobs;

/// <summary>The few calls of the C library that .NET does not offer.</summary>
internal static partial class LibC
{
    /// <summary>
    /// Keeps standard output for ourselves: returns a stream over a copy of it and points descriptor 1 at standard error, so that whatever
    /// native code prints cannot corrupt what we say.
    /// </summary>
    internal static FileStream TakeStandardOutput()
    {
        var copy = Duplicate(1);
        if (copy < 0 || Duplicate2(2, 1) < 0)
            throw new IOException($"cannot take over standard output: {Marshal.GetLastPInvokeErrorMessage()}");
        return new FileStream(new SafeFileHandle(copy, ownsHandle: true), FileAccess.Write, bufferSize: 0);
    }

    /// <summary>Ends this process without running anything more of it.</summary>
    [LibraryImport("libc", EntryPoint = "_exit")]
    internal static partial void ExitAtOnce(int code);

    [LibraryImport("libc", EntryPoint = "dup", SetLastError = true)]
    private static partial int Duplicate(int descriptor);

    [LibraryImport("libc", EntryPoint = "dup2", SetLastError = true)]
    private static partial int Duplicate2(int from, int to);
}
