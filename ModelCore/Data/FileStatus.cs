using System.Runtime.InteropServices;

namespace Sweeps.ModelCore.Data;

/// <summary>What a path leads to, links followed.</summary>
internal enum PathKind
{
    /// <summary>A file with content of its own.</summary>
    File,

    Folder,

    /// <summary>A pipe, a socket, a device.</summary>
    Other,

    /// <summary>Nothing: there is no such entry, or links lead nowhere or in a circle.</summary>
    Nothing,

    /// <summary>What may not be looked at.</summary>
    Unreadable,
}

/// <summary>
/// What the kernel says of a path. .NET does not tell a pipe from a file, and to open one waits for whoever writes to it.
/// </summary>
/// <param name="Kind">what is there</param>
/// <param name="Bytes">its size; 0 unless it is a file</param>
/// <param name="Identity">device and inode: equal for two names of one file</param>
internal readonly partial record struct FileStatus(PathKind Kind, long Bytes, (ulong Device, ulong Inode) Identity)
{
    private const int WorkingFolder = -100; // AT_FDCWD
    private const uint BasicStats = 0x7ff;
    private const int TypeMask = 0xF000;
    private const int RegularFile = 0x8000;
    private const int Directory = 0x4000;
    private const int NoEntry = 2;
    private const int NotADirectory = 20;
    private const int TooManyLinks = 40;

    /// <summary>The status of what <paramref name="path"/> leads to.</summary>
    public static FileStatus Of(string path)
    {
        if (StatX(WorkingFolder, path, 0, BasicStats, out var status) != 0)
        {
            var kind = Marshal.GetLastPInvokeError() is NoEntry or NotADirectory or TooManyLinks ? PathKind.Nothing : PathKind.Unreadable;
            return new FileStatus(kind, 0, default);
        }
        var identity = (((ulong)status.DeviceMajor << 32) | status.DeviceMinor, status.Inode);
        return (status.Mode & TypeMask) switch
        {
            RegularFile => new FileStatus(PathKind.File, checked((long)status.Size), identity),
            Directory => new FileStatus(PathKind.Folder, 0, identity),
            _ => new FileStatus(PathKind.Other, 0, identity),
        };
    }

    [LibraryImport("libc", EntryPoint = "statx", SetLastError = true, StringMarshalling = StringMarshalling.Utf8)]
    private static partial int StatX(int folder, string path, int flags, uint mask, out KernelStatus status);

    // struct statx has one layout on every architecture, unlike struct stat.
    [StructLayout(LayoutKind.Explicit, Size = 256)]
    private struct KernelStatus
    {
        [FieldOffset(28)]
        public ushort Mode;

        [FieldOffset(32)]
        public ulong Inode;

        [FieldOffset(40)]
        public ulong Size;

        [FieldOffset(136)]
        public uint DeviceMajor;

        [FieldOffset(140)]
        public uint DeviceMinor;
    }
}
