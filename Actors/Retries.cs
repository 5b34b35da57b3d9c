using System.ComponentModel;
using Npgsql;
using Sweeps.Actors.Cluster.Leases;
using Sweeps.Files;

namespace Sweeps.Actors;

/// <summary>How often what meets the world is tried again, outside of actors; those use <see cref="Backoff"/> and their timers.</summary>
internal static class Retries
{
    // Error numbers of Linux: what a machine short of something says, or one that is just replacing the program's file.
    private const int TryAgain = 11;
    private const int NoMemory = 12;
    private const int TooManyFilesOnMachine = 23;
    private const int TooManyFiles = 24;
    private const int FileBusy = 26;

    /// <summary>
    /// Around the opening of a journal: a database that is not there, or is just starting, is waited for, some twenty seconds. Once it is
    /// open its streams wait for it themselves.
    /// </summary>
    public static RetryPolicy Database { get; } = new(
        "database",
        e => e is JournalException { InnerException: NpgsqlException { IsTransient: true } },
        7, TimeSpan.FromMilliseconds(500), TimeSpan.FromSeconds(6));

    /// <summary>
    /// Around a question about a lease: a lost connection is made anew at once; whoever asks does so every few seconds, and decides what an
    /// absent database means.
    /// </summary>
    public static RetryPolicy Lease { get; } = new(
        "lease", e => e is LeaseUnavailableException, 3, TimeSpan.FromMilliseconds(100), TimeSpan.FromMilliseconds(500));

    /// <summary>
    /// Around the fetching of a file from another node, which goes on where it was: seven tries, within some twenty seconds, longer than a
    /// fail-over takes.
    /// </summary>
    public static RetryPolicy Transfer { get; } = new(
        "transfer", e => e is Cluster.Artifacts.ArtifactTransferException, 7, TimeSpan.FromMilliseconds(200), TimeSpan.FromSeconds(8));

    /// <summary>
    /// Around the start of a process: four tries within half a second, as an actor waits meanwhile. A missing program is told at once.
    /// </summary>
    public static RetryPolicy ProcessStart { get; } = new(
        "process-start",
        e => e is Win32Exception { NativeErrorCode: TryAgain or NoMemory or TooManyFilesOnMachine or TooManyFiles or FileBusy },
        4, TimeSpan.FromMilliseconds(50), TimeSpan.FromMilliseconds(200));
}
