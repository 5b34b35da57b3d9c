using System.Runtime.ExceptionServices;
using System.Runtime.InteropServices;

namespace Sweeps.Actors.Tests.Journal;

/// <summary>Does something where a folder can be read and not be written, also when the tests run as root.</summary>
internal static partial class OtherUser
{
    private const uint Nobody = 65534;

    private const UnixFileMode ReadOnly = UnixFileMode.UserRead | UnixFileMode.UserExecute
        | UnixFileMode.GroupRead | UnixFileMode.GroupExecute | UnixFileMode.OtherRead | UnixFileMode.OtherExecute;

    public static void RunWithoutWriting(string folder, Action action)
    {
        if (OperatingSystem.IsWindows()) throw new PlatformNotSupportedException("the tests run on Linux");
        var before = File.GetUnixFileMode(folder);
        foreach (var file in Directory.GetFiles(folder)) File.SetUnixFileMode(file, ReadOnly);
        File.SetUnixFileMode(folder, ReadOnly);
        ExceptionDispatchInfo? failure = null;
        // Whose rights count for files is a thread's own affair on Linux; the thread ends afterwards.
        var thread = new Thread(() =>
        {
            try
            {
                if (Environment.UserName == "root") _ = SetFileUser(Nobody);
                Assert.Throws<UnauthorizedAccessException>(() => File.WriteAllText(Path.Combine(folder, "x"), "x"));
                action();
            }
            catch (Exception e)
            {
                failure = ExceptionDispatchInfo.Capture(e);
            }
        });
        thread.Start();
        thread.Join();
        File.SetUnixFileMode(folder, before);
        failure?.Throw();
    }

    [LibraryImport("libc", EntryPoint = "setfsuid")]
    private static partial int SetFileUser(uint user);
}
