namespace Sweeps.Files;

/// <summary>Tries an operation on the disk again where what went wrong may pass: a busy file, a network drive that comes back.</summary>
internal static class DiskRetries
{
    // Where .NET has no exception of its own for it, an IOException's HResult is the system's error number: here those of Linux.
    private const int NoSpace = 28;
    private const int FileTooLarge = 27;
    private const int ReadOnly = 30;
    private const int OverQuota = 122;

    /// <summary>Around one whole operation, which may be run again from its start: five tries, within about two seconds.</summary>
    internal static RetryPolicy Policy { get; } =
        new("disk", e => e is IOException io && MayPass(io), 5, TimeSpan.FromMilliseconds(100), TimeSpan.FromSeconds(1));

    /// <summary>Whether the same operation may succeed within seconds, with nobody mending anything.</summary>
    internal static bool MayPass(IOException e) =>
        e is not (FileNotFoundException or DirectoryNotFoundException or DriveNotFoundException or PathTooLongException)
        && e.HResult is not (NoSpace or FileTooLarge or ReadOnly or OverQuota);
}
