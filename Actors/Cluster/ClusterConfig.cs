using System.Globalization;
using System.Text;
using Akka.Cluster.Tools.Singleton;
using Akka.Configuration;
using Sweeps.Actors.Cluster.Leases;
using Sweeps.Actors.Cluster.Nodes;

namespace Sweeps.Actors.Cluster;

/// <summary>The configuration of a node's actor system that makes it a member of a cluster.</summary>
internal static class ClusterConfig
{
    /// <summary>The name of the actor system of all nodes.</summary>
    public const string System = "sweeps";

    private const string NamePrefix = "name-";

    /// <summary>What the options ask for.</summary>
    /// <param name="options">valid options</param>
    public static Config Of(ClusterOptions options)
    {
        var roles = options.Roles.Append(NamePrefix + options.NodeName).Select(Quoted);
        var pause = options.AcceptableHeartbeatPause.TotalMilliseconds.ToString("F0", CultureInfo.InvariantCulture);
        // Whoever holds the resolver's lease and dies has lost it before the others decide, a pause and a stable time later.
        var lease = ((options.AcceptableHeartbeatPause + options.StableAfter) * 0.8).TotalMilliseconds;
        var stable = options.StableAfter.TotalMilliseconds.ToString("F0", CultureInfo.InvariantCulture);
        var settled = options.AcceptableHeartbeatPause + options.StableAfter;
        // While it is held nobody else can decide, and whoever has decided about one failure need not be the one who sees the next.
        var release = (settled * 2).TotalMilliseconds.ToString("F0", CultureInfo.InvariantCulture);
        // Rather late: all of them ended and joining again costs more than what is not yet decided, and no safety depends on it.
        var unstable = (settled * 4).TotalMilliseconds.ToString("F0", CultureInfo.InvariantCulture);
        return ConfigurationFactory.ParseString(
            $$"""
            akka {
              actor.provider = cluster
              remote.dot-netty.tcp {
                hostname = {{Quoted(options.Host)}}
                port = {{options.Port.ToString(CultureInfo.InvariantCulture)}}
                maximum-frame-size = {{NodeProtocol.MaxBytes.ToString(CultureInfo.InvariantCulture)}}b
                send-buffer-size = 1MiB
                receive-buffer-size = 1MiB
                enable-ssl = {{(options.Certificate.Length > 0 ? "true" : "false")}}
              }
              remote.retry-gate-closed-for = 1s
              remote.watch-failure-detector.acceptable-heartbeat-pause = {{pause}}ms
              cluster {
                roles = [{{string.Join(", ", roles)}}]
                seed-nodes = [{{string.Join(", ", options.SeedNodes.Select(seed => Quoted(Address(options, seed))))}}]
                gossip-interval = 500ms
                leader-actions-interval = 500ms
                unreachable-nodes-reaper-interval = 500ms
                failure-detector { heartbeat-interval = 500ms, acceptable-heartbeat-pause = {{pause}}ms }
                downing-provider-class = "Akka.Cluster.SBR.SplitBrainResolverProvider, Akka.Cluster"
                split-brain-resolver {
                  active-strategy = lease-majority
                  down-all-when-unstable = {{unstable}}ms
                  stable-after = {{stable}}ms
                  lease-majority {
                    lease-implementation = "{{LeaseSetup.Path}}"
                    acquire-lease-delay-for-minority = 1s
                    release-after = {{release}}ms
                    role = "{{ClusterOptions.Orchestrator}}"
                  }
                }
                run-coordinated-shutdown-when-down = on
                singleton-proxy.log-singleton-identification-failure = off
              }
              coordination.lease.sweeps {
                heartbeat-timeout = {{lease.ToString("F0", CultureInfo.InvariantCulture)}}ms
                heartbeat-interval = {{(lease / 4).ToString("F0", CultureInfo.InvariantCulture)}}ms
                lease-operation-timeout = {{(lease / 2).ToString("F0", CultureInfo.InvariantCulture)}}ms
              }
            }
            """)
            .WithFallback(ConfigurationFactory.ParseString(NodeSerializer.Config))
            .WithFallback(LeaseSetup.AkkaConfig)
            .WithFallback(ClusterSingleton.DefaultConfig());
    }

    /// <summary>The node's name among the roles of a member.</summary>
    public static string? NameOf(IEnumerable<string> roles) =>
        roles.FirstOrDefault(role => role.StartsWith(NamePrefix, StringComparison.Ordinal))?[NamePrefix.Length..];

    /// <summary>The address of a node in Akka's words.</summary>
    /// <param name="options">of this node</param>
    /// <param name="node">host:port</param>
    public static string Address(ClusterOptions options, string node) =>
        $"akka.{(options.Certificate.Length > 0 ? "ssl." : "")}tcp://{System}@{node}";

    private static string Quoted(string text)
    {
        var quoted = new StringBuilder("\"");
        foreach (var c in text) quoted.Append(c is '"' or '\\' ? $"\\{c}" : c.ToString());
        return quoted.Append('"').ToString();
    }
}
