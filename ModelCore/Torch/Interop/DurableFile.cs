using Sweeps.ModelCore.Jobs;

namespace Sweeps.ModelCore.Torch.Interop;

/// <summary>Files that are either complete or not there, also after a power cut.</summary>
internal static class DurableFile
{
    /// <summary>Writes under a temporary name, syncs, renames, syncs the folder. An existing file is replaced.</summary>
    internal static void Write(string path, Action<Stream> write)
    {
        var full = Path.GetFullPath(path);
        var temporary = $"{full}.{Environment.ProcessId}.tmp";
        try
        {
            using (var stream = new FileStream(temporary, FileMode.Create, FileAccess.Write, FileShare.None, 1 << 16))
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

        using var folder = LibC.OpenFolder(Path.GetDirectoryName(full)!);
        if (folder.IsInvalid) throw new IOException($"cannot open the folder of {full} to sync it");
        LibC.Sync(folder);
    }
}
