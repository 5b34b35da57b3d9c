using System.ComponentModel;
using Npgsql;
using Polly;
using Polly.Retry;
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

    /// <summary>Around a small operation on the disk: a few tries within two seconds.</summary>
    public static ResiliencePipeline Disk(TimeProvider time) => DiskRetries.Pipeline(time);

    /// <summary>
    /// Around the opening of a journal: a database that is not there, or is just starting, is waited for, some twenty seconds. Once it is
    /// open its
    /// streams wait for it themselves.
    /// </summary>
    public static ResiliencePipeline Database(TimeProvider time) => new ResiliencePipelineBuilder { TimeProvider = time }
        .AddRetry(new RetryStrategyOptions
        {
            ShouldHandle = new PredicateBuilder().Handle<JournalException>(e => e.InnerException is NpgsqlException { IsTransient: true }),
            MaxRetryAttempts = 6,
            Delay = TimeSpan.FromMilliseconds(500),
            MaxDelay = TimeSpan.FromSeconds(6),
            BackoffType = DelayBackoffType.Exponential,
            UseJitter = true,
        })
        .Build();

    /// <summary>
    /// Around the start of a process: four tries within half a second, as an actor waits meanwhile. A missing program is told at once.
    /// </summary>
    public static ResiliencePipeline ProcessStart(TimeProvider time) => new ResiliencePipelineBuilder { TimeProvider = time }
        .AddRetry(new RetryStrategyOptions
        {
            ShouldHandle = new PredicateBuilder().Handle<Win32Exception>(
                e => e.NativeErrorCode is TryAgain or NoMemory or TooManyFilesOnMachine or TooManyFiles or FileBusy),
            MaxRetryAttempts = 3,
            Delay = TimeSpan.FromMilliseconds(50),
            MaxDelay = TimeSpan.FromMilliseconds(200),
            BackoffType = DelayBackoffType.Exponential,
            UseJitter = true,
        })
        .Build();
}
