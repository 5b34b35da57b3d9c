using System.Globalization;
using System.Runtime.InteropServices;

namespace Sweeps.Actors.Tests.Journal;

/// <summary>Takes from this process what it may do with its open files.</summary>
internal static partial class FileDescriptors
{
    /// <summary>Every write to the file fails from now on; its other users, and other files, are not concerned.</summary>
    public static void MakeReadOnly(string path)
    {
        using var readOnly = File.OpenHandle(path, FileMode.Open, FileAccess.Read, FileShare.ReadWrite);
        var found = 0;
        foreach (var link in Directory.GetFiles("/proc/self/fd"))
        {
            var number = int.Parse(Path.GetFileName(link), CultureInfo.InvariantCulture);
            if (number == readOnly.DangerousGetHandle()) continue;
            // Other tests open and close files meanwhile: one that is gone has no target.
            if (new FileInfo(link).LinkTarget != path) continue;
            Assert.Equal(number, Duplicate((int)readOnly.DangerousGetHandle(), number));
            found++;
        }
        Assert.True(found > 0, $"{path} is not open");
    }

    [LibraryImport("libc", EntryPoint = "dup2")]
    private static partial int Duplicate(int from, int to);
}
