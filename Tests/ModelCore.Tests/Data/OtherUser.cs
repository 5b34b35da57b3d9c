using System.Runtime.ExceptionServices;
using System.Runtime.InteropServices;

namespace Sweeps.ModelCore.Tests.Data;

/// <summary>Does something with the rights of a user who owns nothing, also when the tests run as root.</summary>
internal static partial class OtherUser
{
    private const uint Nobody = 65534;

    /// <summary>Sets who may read, write and enter what is at a path.</summary>
    public static void Allow(string path, UnixFileMode mode)
    {
        if (OperatingSystem.IsWindows()) throw new PlatformNotSupportedException("the tests run on Linux");
        File.SetUnixFileMode(path, mode);
    }

    public static void Run(Action action)
    {
        ExceptionDispatchInfo? failure = null;
        // Whose rights count for files is a thread's own affair on Linux; the thread ends afterwards.
        var thread = new Thread(() =>
        {
            try
            {
                if (Environment.UserName == "root") _ = SetFileUser(Nobody);
                action();
            }
            catch (Exception e)
            {
                failure = ExceptionDispatchInfo.Capture(e);
            }
        });
        thread.Start();
        thread.Join();
        failure?.Throw();
    }

    [LibraryImport("libc", EntryPoint = "setfsuid")]
    private static partial int SetFileUser(uint user);
}
