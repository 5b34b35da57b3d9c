using System.Text;

namespace Sweeps.Actors.Journal;

/// <summary>
/// Keeps a second process away from a run's folder: a locked file in it. The operating system frees the lock when the process ends,
/// however it ends, so that a kill leaves no stale lock behind.
/// </summary>
/// <remarks>On network file systems without locks the journal's own keys still refuse what a second writer stores.</remarks>
internal sealed class RunLock : IDisposable
{
    private const int WouldBlockOnLinux = 11;
    private const int WouldBlockOnMac = 35;
    private const int SharingViolationOnWindows = unchecked((int)0x80070020);

    private readonly FileStream _file;
    private readonly byte[] _marker;

    private RunLock(FileStream file, string kind)
    {
        (_file, _marker) = (file, Encoding.UTF8.GetBytes($"Belongs to {kind}; locked while a process has that open.\n"));
        // Not to its end: a file of another kind might be of any size.
        var first = new byte[512];
        var text = first.AsSpan(0, file.ReadAtLeast(first, first.Length, throwOnEndOfStream: false));
        JournalExisted = text.SequenceEqual(_marker);
        // A marker that was cut short by a crash is of a journal without events.
        OtherKind = _marker.AsSpan().StartsWith(text) ? null : Encoding.UTF8.GetString(text).Split('\n')[0];
    }

    /// <summary>True when a journal was created here before: if it is gone or empty now, it was lost.</summary>
    public bool JournalExisted { get; }

    /// <summary>What the file says of another journal that this folder belongs to; null when there is none.</summary>
    public string? OtherKind { get; }

    /// <summary>The lock, or null when somebody else has it.</summary>
    /// <param name="path">the lock file</param>
    /// <param name="kind">which journal it belongs to, e.g. "the journal beside it"</param>
    /// <exception cref="JournalException">the lock file cannot be opened</exception>
    public static RunLock? TryTake(string path, string kind)
    {
        FileStream? file = null;
        try
        {
            file = new FileStream(path, FileMode.OpenOrCreate, FileAccess.ReadWrite, FileShare.None);
            return new RunLock(file, kind);
        }
        catch (IOException e) when (IsLocked(e))
        {
            return null;
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            file?.Dispose();
            throw new JournalException(path, $"the lock file cannot be opened: {e.Message}", e);
        }
    }

    /// <summary>Whether somebody has the lock at this moment. Neither creates the file nor takes the lock from anybody.</summary>
    public static bool IsTaken(string path)
    {
        try
        {
            using var file = new FileStream(path, FileMode.Open, FileAccess.Read, FileShare.Read);
            return false;
        }
        catch (IOException e) when (IsLocked(e))
        {
            return true;
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            return false;
        }
    }

    /// <summary>From now on <see cref="JournalExisted"/>, for whoever takes the lock next.</summary>
    public void RememberJournal()
    {
        if (JournalExisted) return;
        _file.Position = 0;
        _file.Write(_marker);
        _file.Flush(flushToDisk: true);
    }

    // The file stays: deleting it would let two processes lock two files of the same name.
    public void Dispose() => _file.Dispose();

    private static bool IsLocked(IOException e) => e.HResult is WouldBlockOnLinux or WouldBlockOnMac or SharingViolationOnWindows;
}
