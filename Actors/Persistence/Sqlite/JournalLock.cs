namespace Sweeps.Actors.Persistence.Sqlite;

/// <summary>
/// Keeps a second writer away from a journal: a locked file beside it. The operating system frees the lock when the process
/// ends, however it ends, so that no stale lock is left behind by a kill.
/// </summary>
/// <remarks>On network file systems without locks the database's own checks on sequence numbers still fence a second writer off.</remarks>
internal sealed class JournalLock : IDisposable
{
    private const int WouldBlockOnLinux = 11;
    private const int WouldBlockOnMac = 35;
    private const int SharingViolationOnWindows = unchecked((int)0x80070020);

    private readonly FileStream _file;

    private JournalLock(FileStream file) => _file = file;

    /// <summary>The lock, or null when somebody else has it.</summary>
    /// <exception cref="JournalException">the lock file cannot be opened</exception>
    public static JournalLock? TryTake(string path)
    {
        try
        {
            return new JournalLock(new FileStream(path + ".lock", FileMode.OpenOrCreate, FileAccess.ReadWrite, FileShare.None));
        }
        catch (IOException e) when (e.HResult is WouldBlockOnLinux or WouldBlockOnMac or SharingViolationOnWindows)
        {
            return null;
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw new JournalException(path, $"its lock file cannot be opened: {e.Message}", e);
        }
    }

    /// <summary>Whether somebody has the lock at this moment. Neither creates the file nor takes the lock from anybody.</summary>
    public static bool IsTaken(string path)
    {
        try
        {
            using var file = new FileStream(path + ".lock", FileMode.Open, FileAccess.Read, FileShare.Read);
            return false;
        }
        catch (IOException e) when (e.HResult is WouldBlockOnLinux or WouldBlockOnMac or SharingViolationOnWindows)
        {
            return true;
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            return false;
        }
    }

    /// <summary>True when a journal was created beside this lock: if it is gone or empty now, it was lost.</summary>
    public bool JournalExisted => _file.Length > 0;

    /// <summary>From now on <see cref="JournalExisted"/>.</summary>
    public void RememberJournal()
    {
        if (JournalExisted) return;
        _file.Write("Belongs to the journal beside it; locked while a process has that open.\n"u8);
        _file.Flush(flushToDisk: true);
    }

    // The file stays: deleting it would let two processes lock two files of the same name.
    public void Dispose() => _file.Dispose();
}
