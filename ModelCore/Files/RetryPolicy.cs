using Microsoft.Extensions.Logging.Abstractions;
using Polly;
using Polly.Retry;

namespace Sweeps.Files;

/// <summary>
/// How often an operation that meets the world is tried again: after pauses that double, with jitter, and a limit. The meter "Polly"
/// counts what is tried again, under the policy's name.
/// </summary>
/// <param name="Name">what is tried: <c>pipeline.name</c> of the metrics</param>
/// <param name="MayPass">whether the same operation may succeed later, with nobody mending anything</param>
/// <param name="Tries">all of them, the first one too</param>
/// <param name="First">the first pause, before jitter</param>
/// <param name="Longest">no pause is longer</param>
internal sealed record RetryPolicy(string Name, Func<Exception, bool> MayPass, int Tries, TimeSpan First, TimeSpan Longest)
{
    /// <summary>Returns a pipeline that tries as the policy says.</summary>
    /// <param name="time">what the pauses are measured by</param>
    /// <param name="onRetry">is told of every failure that is followed by another try, in a sentence</param>
    public ResiliencePipeline Build(TimeProvider time, Action<string>? onRetry = null)
        => new ResiliencePipelineBuilder { Name = Name, TimeProvider = time }
            .AddRetry(new RetryStrategyOptions
            {
                ShouldHandle = new PredicateBuilder().Handle(MayPass),
                MaxRetryAttempts = Tries - 1,
                Delay = First,
                MaxDelay = Longest,
                BackoffType = DelayBackoffType.Exponential,
                UseJitter = true,
                OnRetry = retry =>
                {
                    onRetry?.Invoke(
                        $"{retry.Outcome.Exception!.Message}; tried again in {retry.RetryDelay.TotalSeconds:0.0} s "
                            + $"({retry.AttemptNumber + 2} of {Tries})");
                    return ValueTask.CompletedTask;
                },
            })
            .ConfigureTelemetry(NullLoggerFactory.Instance)
            .Build();
}
