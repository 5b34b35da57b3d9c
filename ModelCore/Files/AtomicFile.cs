using System.Globalization;
using System.Runtime.InteropServices;
using Microsoft.Win32.SafeHandles;

namespace Sweeps.Files;

/// <summary>Files that are whole or not there, also after a power cut.</summary>
internal static partial class AtomicFile
{
    // O_RDONLY | O_CLOEXEC, the same on every Linux; O_DIRECTORY is another flag on ARM.
    private const int ReadOnlyCloseOnExec = 0x80000;

    private static int _temporaries;

    /// <summary>Writes under a temporary name in the same folder, syncs, renames, syncs the folder. An existing file is replaced.</summary>
    /// <param name="path">the file; its folder exists</param>
    /// <param name="write">writes the content; it may also read what it wrote</param>
    /// <exception cref="IOException">
    /// the disk is full or refuses; an existing file is as it was, unless the message says that the new one is in its place
    /// </exception>
    internal static void Write(string path, Action<Stream> write) => Write(path, write, SyncFolder);

    /// <summary>As <see cref="Write(string, Action{Stream})"/>, with another way to sync the folder.</summary>
    internal static void Write(string path, Action<Stream> write, Action<string> syncFolder)
    {
        var full = Path.GetFullPath(path);
        var folder = Path.GetDirectoryName(full)!;
        // The name holds process and counter: a process that was given up may be writing the same file.
        var temporary = Path.Combine(folder, string.Create(CultureInfo.InvariantCulture,
            $".{Path.GetFileName(full)}.{Environment.ProcessId}-{Interlocked.Increment(ref _temporaries)}.tmp"));
        try
        {
            using (var stream = new FileStream(temporary, FileMode.Create, FileAccess.ReadWrite, FileShare.None, 1 << 16))
            {
                write(stream);
                stream.Flush(flushToDisk: true);
            }
            File.Move(temporary, full, overwrite: true);
        }
        catch
        {
            File.Delete(temporary);
            throw;
        }
        try
        {
            syncFolder(folder);
        }
        catch (IOException e)
        {
            throw new IOException($"the new file {full} is in place, but may not survive a power cut: {e.Message}", e.HResult);
        }
    }

    /// <summary>Whether a file of that name is one that is being written, or was when its process was killed.</summary>
    internal static bool IsTemporary(string name) =>
        name.StartsWith('.') && name.EndsWith(".tmp", StringComparison.Ordinal);

    /// <summary>Deletes what killed processes left in the folder and below: nobody may be writing there.</summary>
    internal static void DeleteTemporaries(string folder)
    {
        foreach (var file in Directory.EnumerateFiles(folder, ".*.tmp", SearchOption.AllDirectories)) File.Delete(file);
    }

    // A rename is durable only when the folder that holds it is.
    private static void SyncFolder(string path)
    {
        using var folder = Open(path, ReadOnlyCloseOnExec);
        if (!folder.IsInvalid && FSync(folder) == 0) return;
        throw new IOException($"cannot sync the folder {path}: {Marshal.GetLastPInvokeErrorMessage()}", Marshal.GetLastPInvokeError());
    }

    [LibraryImport("libc", EntryPoint = "open", SetLastError = true, StringMarshalling = StringMarshalling.Utf8)]
    private static partial SafeFileHandle Open(string path, int flags);

    [LibraryImport("libc", EntryPoint = "fsync", SetLastError = true)]
    private static partial int FSync(SafeFileHandle handle);
}
