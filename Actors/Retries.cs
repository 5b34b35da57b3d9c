using Polly;
using Polly.Retry;

namespace Sweeps.Actors;

/// <summary>How often what meets the world is tried again, outside of actors; those use <see cref="Backoff"/> and their timers.</summary>
internal static class Retries
{
    /// <summary>Around a small operation on the disk: a few tries within two seconds.</summary>
    public static ResiliencePipeline Disk(TimeProvider time) => new ResiliencePipelineBuilder { TimeProvider = time }
        .AddRetry(new RetryStrategyOptions
        {
            ShouldHandle = new PredicateBuilder().Handle<IOException>(e => e is not (FileNotFoundException or DirectoryNotFoundException or PathTooLongException)),
            MaxRetryAttempts = 4,
            Delay = TimeSpan.FromMilliseconds(100),
            MaxDelay = TimeSpan.FromSeconds(1),
            BackoffType = DelayBackoffType.Exponential,
            UseJitter = true,
        })
        .Build();
}
