using System.Globalization;
using Akka.Configuration;
using Sweeps.Actors.Devices;
using Sweeps.Actors.Searches;

namespace Sweeps.Actors.Sweeps;

/// <summary>The configuration of a node's actor system, but for its journal's.</summary>
internal static class SystemConfig
{
    // Searches compute for seconds on end, and so may a sweep, which must not wait for them; a cluster has several.
    // A hundred wakes a second of a clock that nothing here needs as fine cost a core that devices share three hundredths of its time.
    private const string Defaults =
        $$"""
        akka {
          scheduler.tick-duration = 50ms
          log-dead-letters = off
          log-dead-letters-during-shutdown = off
        }
        {{SearchActor.Dispatcher}} {
          type = ForkJoinDispatcher
          throughput = 1
          dedicated-thread-pool { thread-count = 2, threadtype = background }
        }
        {{SweepActor.Dispatcher}} {
          type = ForkJoinDispatcher
          throughput = 10
          dedicated-thread-pool { thread-count = 2, threadtype = background }
        }
        """;

    /// <summary>What the options ask for: their section of Akka over our defaults, and over both what an end in order needs.</summary>
    public static Config Of(NodeOptions options)
    {
        // The phase in which devices stop, longer than they are waited for.
        var stopping = (options.StopGrace + TimeSpan.FromSeconds(10)).TotalSeconds.ToString("F0", CultureInfo.InvariantCulture);
        return ConfigurationFactory.ParseString(
            $$"""
            akka.coordinated-shutdown {
              run-by-clr-shutdown-hook = off
              phases.before-service-unbind.timeout = {{stopping}}s
            }
            """).WithFallback(OfNode(options.Akka)).WithFallback(ConfigurationFactory.ParseString(Defaults));
    }

    private static Config OfNode(string akka) =>
        akka.Length == 0 ? Config.Empty : ConfigurationFactory.ParseString($"{{\"akka\": {akka}}}");
}
