using Akka.Configuration;

namespace Sweeps.Simulator.Virtual;

/// <summary>The configuration of a system in a virtual process.</summary>
internal static class VirtualConfig
{
    private static readonly string _dispatcher =
        $"{{ type = Dispatcher, executor = \"{Name<VirtualExecutor>()}\", throughput = 1, throughput-deadline-time = 0ms, "
            + $"shutdown-timeout = 1s }}";

    /// <summary>
    /// Every dispatcher runs in virtual time. The circuit breaker of a journal would wait on real time, and the shutdown in phases leaves
    /// it: neither is used.
    /// </summary>
    public static Config Config { get; } = ConfigurationFactory.ParseString(
        $$"""
        akka {
          loggers = [], stdout-loglevel = OFF, loglevel = WARNING
          log-dead-letters = off, log-dead-letters-during-shutdown = off, log-config-on-start = off
          scheduler.implementation = "{{Name<VirtualScheduler>()}}"
          coordinated-shutdown { run-by-clr-shutdown-hook = off, run-by-actor-system-terminate = off, terminate-actor-system = off }
          actor {
            default-dispatcher = {{_dispatcher}}
            internal-dispatcher = {{_dispatcher}}
            default-blocking-io-dispatcher = {{_dispatcher}}
            synchronized-dispatcher = {{_dispatcher}}
            default-fork-join-dispatcher = {{_dispatcher}}
          }
          persistence {
            dispatchers {
              default-plugin-dispatcher = {{_dispatcher}}
              default-replay-dispatcher = {{_dispatcher}}
              default-stream-dispatcher = {{_dispatcher}}
            }
            journal.plugin = "sweeps.simulated-journal"
            snapshot-store.plugin = "sweeps.simulated-snapshots"
          }
        }
        sweeps {
          suggest-dispatcher = {{_dispatcher}}
          sweep-dispatcher = {{_dispatcher}}
          simulated-journal {
            class = "{{Name<SimulatedJournal>()}}", plugin-dispatcher = "akka.actor.default-dispatcher", replay-filter.mode = fail
            circuit-breaker { max-failures = 1000000, call-timeout = infinite, reset-timeout = 30s }
          }
          simulated-snapshots {
            class = "{{Name<SimulatedSnapshots>()}}", plugin-dispatcher = "akka.actor.default-dispatcher"
            circuit-breaker { max-failures = 1000000, call-timeout = infinite, reset-timeout = 30s }
          }
        }
        """).WithFallback(Akka.Persistence.Persistence.DefaultConfig()).WithFallback(ConfigurationFactory.Default());

    private static string Name<T>() => $"{typeof(T).FullName}, {typeof(T).Assembly.GetName().Name}";
}
